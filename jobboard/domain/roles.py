"""だれが何をできるか: the table of permissions in words, for the help page and docs/permissions.md."""

from dataclasses import dataclass
from datetime import UTC, datetime

from jobboard.base.codes import PREFECTURES
from jobboard.base.states import AccountRole
from jobboard.domain.permissions import RULES
from jobboard.models import Account, Membership

NAMES: dict[str, str] = {
    "municipality:post": "新しい募集を書き始める",
    "posting:read_draft": "下書きと募集の状態を見る",
    "posting:edit": "下書きを書く・変更の下書きを捨てる",
    "posting:hand_over": "下書きを引き渡す(代理作成)",
    "posting:take_back": "引き渡した下書きを引き取る",
    "posting:submit": "掲載を依頼する・変更を送る",
    "posting:recall": "掲載の依頼を取り下げる",
    "posting:extend": "締切を延長する",
    "posting:close": "募集を終了し、結果を登録する",
    "posting:withdraw": "募集を中止する",
    "posting:reopen": "募集を再開する",
    "posting:answer": "届いた質問に答える・取り上げない",
    "posting:copy": "募集を写して、新しい募集を書き始める",
    "joint:ask": "共同募集の相手に、もう一度同意を依頼する",
    "joint:cancel": "答えのない共同募集への依頼を取り消す",
    "joint:answer": "共同募集に同意する・同意しない・同意をやめる",
    "prefecture:read": "市区町村が依頼した募集を見る",
    "prefecture:forward": "総務省に進達する(経由のとき)",
    "prefecture:return": "進達の前に修正を依頼する(経由のとき)",
    "posting:review": "掲載確認の一覧と内容を見る・担当する・事後確認をする",
    "posting:return": "修正を依頼する",
    "posting:publish": "掲載する",
    "talk:read": "総務省とのやり取りを読む",
    "talk:write": "総務省とのやり取りに書く",
    "talk:below": "経由した募集のやり取りを読む",
    "talk:review": "市区町村とのやり取りを読む・書く",
    "remark:save": "修正依頼の文を保存して、使い回す",
    "correction:read": "訂正・削除の申出を見る",
    "correction:inquire": "訂正・削除の申出について、市区町村に確かめる",
    "correction:answer": "訂正・削除の申出に答える",
    "municipality:read": "市区町村の一覧、連絡先、合併・名称変更を見る",
    "municipality:edit": "市区町村の連絡先を変える",
    "municipality:succeed": "合併・名称変更を登録する・取り消す",
    "municipality:export": "市区町村の一覧を書き出す",
    "finding:read": "フィードからの見つけ方の規則と、その当たり具合を見る",
    "candidate:review": "見つけた募集の候補を見る・取り上げる・市区町村に確かめる・見送る",
    "source:read": "収集元(市区町村のフィード)と、読んだ記録を見る",
    "source:edit": "収集元を加える・試す・止める・動かす",
    "mail:read": "メールの配信の状況を見る",
    "mail:explain": "メールが届いた理由、届かない理由を調べる",
    "mail:release": "止めたお知らせを送るか決める",
    "mail:rehearse": "お知らせの届く先を、送らずに確かめる",
    "mail:switch": "メールの配信を止める・再開する",
    "figures:read": "統計を見る",
    "figures:export": "統計をExcelとCSVで書き出す",
    "board:promise": "掲載確認の目安と連絡先を決める",
    "grant:edit": "特別交付税措置の対象を年度ごとに決める",
    "prefecture:route": "都道府県の経由・直接を決める",
    "announcement:write": "お知らせを書く・公開する・取り下げる",
    "text:write": "サイトのページの文章と、運営者の連絡先を書く",
    "account:list": "利用者の一覧を見る",
    "account:invite": "利用者を招待する",
    "account:deactivate": "利用者の利用を停止する",
    "audit:read": "監査記録を見る",
    "audit:export": "監査記録を書き出す",
    "audit:acknowledge": "監査記録で気づいたことを確認する",
    "account:reset_factor": "利用者の2つめの確認を解除する",
    "account:change_roles": "利用者の役割を加える・外す",
    "keeping:read": "保存する期間の決まりと、期限が来た数を見る",
    "keeping:run": "保存する期間の過ぎたものを、今すぐ消す",
    "handover:decide": "引き継ぎの申出を認める・認めない",
    "session:own": "自分のパスワード、2つめの確認、ログインを管理する",
}
"""What each action of the table is called; in the order of the page."""


@dataclass(frozen=True)
class Line:
    """One action: its name, the roles that may do it, in the order of ``AccountRole``, and to what it is limited."""

    action: str
    name: str
    roles: tuple[bool, ...]
    limits: str


def table() -> list[Line]:
    """Every action of ``permissions.RULES``, asked of one account of each role."""
    people = [_somebody(role) for role in AccountRole]
    return [
        Line(action, name, tuple(RULES[action].enters(account) for account in people), RULES[action].limits)
        for action, name in NAMES.items()
    ]


def document() -> str:
    """The same table in Markdown: the whole of docs/permissions.md after its first paragraph."""
    heads = ["できること", *(role.label for role in AccountRole), "範囲", "コード"]
    rows = [
        [line.name, *("○" if may else "―" for may in line.roles), line.limits or "―", f"`{line.action}`"] for line in table()
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows)) + "\n"


def _somebody(role: AccountRole) -> Account:
    """An account in use of one role, in no session."""
    since = datetime(2026, 1, 1, tzinfo=UTC)
    membership = Membership(
        role=role,
        municipality_code="011002" if role is AccountRole.EDITOR else None,
        pref_code=next(iter(PREFECTURES)) if role is AccountRole.PREFECTURE else None,
    )
    return Account(activated_at=since, memberships=[membership])
