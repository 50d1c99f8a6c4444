"""The audit in plain words: what each action, subject and fact is called."""

from collections.abc import Mapping
from typing import Any

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.fields import BY_NAME
from jobboard.base.keeping import Kept
from jobboard.base.states import (
    AccountRole,
    ClosedReason,
    CodeAct,
    ExtensionReason,
    Fault,
    FixedPage,
    Holder,
    Outcome,
    Remedy,
    SecondFactor,
    State,
    Strange,
    Succession,
)

ACTIONS: dict[str, str] = {
    "account:invite": "利用者を招待した・役割を加えた",
    "account:accept": "招待を受けて利用を始めた",
    "account:forgot": "パスワードの再設定を求めた",
    "account:ask_code": "ログインのコードを求めた",
    "account:reset": "パスワードを設定し直した",
    "account:deactivate": "利用者の利用を停止した",
    "account:sign_in_failed": "ログインに失敗した",
    "account:code_failed": "ログインのコードが正しくなかった",
    "account:remove_role": "役割を外した",
    "account:reset_factor": "2つめの確認を解除した",
    "account:sign_out": "すべての端末でログアウトした",
    "session:begin_by_code": "コードでログインした",
    "factor:enrol": "2つめの確認を登録した",
    "factor:recover": "回復コードでログインした",
    "factor:refused": "2つめの確認に失敗した",
    "source:add": "収集元を加えた",
    "source:pause": "収集元を止めた",
    "source:resume": "収集元を動かした",
    "candidate:draft": "候補から下書きを作った",
    "candidate:drop_draft": "候補から作った下書きを取りやめた",
    "candidate:dismiss": "候補を見送った",
    "candidate:restore": "見送った項目を候補に戻した",
    "candidate:follow": "リンクのみの題名とリンクを直した",
    "candidate:invite": "候補について市区町村に確かめた",
    "candidate:agree": "市区町村が掲載してよいと答えた",
    "candidate:decline": "市区町村が掲載しないと答えた",
    "candidate:look": "変わった項目を確認した",
    "posting:link": "リンクのみで掲載した",
    "handover:confirm": "引き継ぎの申出が届いた",
    "handover:grant": "引き継ぎを認めた",
    "handover:refuse": "引き継ぎを認めなかった",
    "posting:start": "募集を書き始めた",
    "posting:save": "下書きを保存した",
    "posting:discard": "変更の下書きを捨てた",
    "posting:attach": "ファイルを添付した",
    "posting:detach": "添付ファイルを外した",
    "posting:import": "募集をファイルから取り込んだ",
    "posting:drop": "使われていない下書きを取りやめた",
    "posting:copy": "募集を写して書き始めた",
    "posting:print": "下書きを印刷した",
    "posting:hand_over": "下書きを引き渡した",
    "posting:submit": "掲載を依頼した",
    "posting:recall": "依頼を取り下げた",
    "posting:forward": "総務省に進達した",
    "posting:return": "修正を依頼した",
    "posting:approve": "掲載を予定した",
    "posting:publish": "掲載した",
    "posting:amend": "掲載中の募集を変更した",
    "posting:correct": "掲載中の募集の誤りを直した(お知らせなし)",
    "posting:take_on": "担当になった",
    "posting:put_down": "担当をやめた",
    "posting:look_at": "事後確認をした",
    "posting:extend": "締切を延長した",
    "posting:close": "募集を終了した",
    "posting:outcome": "募集の結果を登録した",
    "posting:withdraw": "募集を中止した",
    "posting:reopen": "募集を再開した",
    "posting:archive": "古い下書きを保管した",
    "posting:restore": "保管した下書きを戻した",
    "joint:ask": "共同募集への同意を求めた",
    "joint:agree": "共同募集に同意した",
    "joint:decline": "共同募集に同意しなかった・同意をやめた",
    "joint:cancel": "共同募集への依頼を取り消した",
    "reading_link:make": "下書きを読むリンクを作った",
    "reading_link:revoke": "下書きを読むリンクを止めた",
    "question:confirm": "質問が届いた",
    "question:answer": "質問に答えた",
    "question:correct": "質問の答えを直した",
    "question:set_aside": "質問を取り上げなかった",
    "talk:write": "掲載確認についてのやり取りに書いた",
    "talk:see": "やり取りを確認した(返事なし)",
    "remark:save": "修正依頼の文を保存した",
    "remark:change": "保存した修正依頼の文を直した",
    "remark:put_away": "保存した修正依頼の文を使わないことにした",
    "remark:bring_back": "使わないことにした修正依頼の文を戻した",
    "correction:receive": "訂正・削除の申出が届いた",
    "correction:inquire": "訂正・削除の申出について、市区町村に確かめた",
    "correction:answer": "訂正・削除の申出に回答した",
    "subscriber:delete": "登録者が登録をすべて消した",
    "mail:explain": "メールが届いた理由・届かない理由を調べた",
    "mail:release": "保留したお知らせを送った",
    "mail:discard": "保留したお知らせを送らないことにした",
    "mail:resume": "アドレスへの配信を再開した",
    "mail:stop": "メールの送信を止めた",
    "mail:start": "メールの送信を再開した",
    "municipality:accept_terms": "利用の条件に同意した",
    "municipality:edit": "市区町村の連絡先を変えた",
    "municipality:plan": "合併・名称変更などを登録した",
    "municipality:unplan": "合併・名称変更などの登録を取り消した",
    "municipality:succeed": "合併・名称変更などを反映した",
    "municipality:export": "市区町村の一覧を書き出した",
    "prefecture:route": "都道府県の経由・直接を変えた",
    "board:promise": "掲載確認の期限と連絡先を決めた",
    "grant:write": "特別交付税措置の目安を書いた",
    "grant:remove": "特別交付税措置の目安を消した",
    "text:write": "ページの文章を書いた",
    "text:publish": "ページの文章を公開した",
    "announcement:write": "サイトのお知らせを書いた",
    "announcement:change": "サイトのお知らせを直した",
    "announcement:publish": "サイトのお知らせを公開した",
    "announcement:end": "サイトのお知らせを終えた",
    "announcement:take_down": "サイトのお知らせを取り下げた",
    "audit:export": "監査記録を書き出した",
    "audit:acknowledge": "気づいたことを確認した",
    "audit:forget": "保存期間を過ぎた監査記録を消すことにした",
    "posting:forget": "保存期間を過ぎた募集を消した",
    "house:backup": "控えを取った",
    "house:tidy": "保存期間を過ぎたものを消した",
}
"""Every action that the code records; a test asks for each."""

EXPORTS = tuple(action for action in ACTIONS if action.endswith(":export"))
"""Writing out what is about persons."""

SUBJECTS: dict[str, str] = {
    "account": "利用者", "posting": "募集", "question": "質問", "correction": "訂正・削除の申出", "subscriber": "登録者",
    "hold": "保留", "board": "サイト", "municipality": "市区町村", "prefecture": "都道府県", "grant_rule": "特別交付税措置の目安",
    "saved_remark": "修正依頼の文",
    "handover": "引き継ぎの申出", "announcement": "サイトのお知らせ", "page_text": "ページの文章", "audit": "監査記録", "audit_notice": "気づいたこと",
    "source": "収集元", "candidate": "候補",
}  # fmt: skip
"""Every kind of subject."""

FACTS: dict[str, str] = {
    "accounts": "引き継いだ役割の数", "act": "コードで開くもの", "action": "操作", "account": "した人の番号", "after": "後の状態", "attachment": "添付ファイル",
    "before": "前の状態", "factor": "2つめの確認", "digest": "最後の封", "done": "消したもの", "drafts": "下書きの数", "entries": "記録の数",
    "failures": "続けて読めなかった回数",
    "fault": "申出の内容", "faulty": "読めなかった数", "fields": "変わった項目",
    "instead_of": "前の文章の番号", "left": "残りの回復コード", "link": "リンク", "matches": "お知らせの数", "municipalities": "市区町村",
    "municipality": "市区町村", "number": "番号",
    "outcome": "結果", "page": "ページ", "posting": "募集", "prefecture": "都道府県", "reason": "理由", "remedy": "対応",
    "reviewer": "前の担当者の番号", "revision": "保存の回数", "rows": "行の数",
    "role": "役割", "sharing": "同じアドレスの人数", "silent": "お知らせなし", "since": "この日から", "stopped_at": "止めた日時", "strange": "種類",
    "subject": "対象", "sources": "引き継いだ収集元の数", "subscriptions": "消した登録の数", "succession": "変更の種類", "successor": "後継のコード",
    "through": "経由", "to": "引き渡した先", "until": "この日まで",
    "version": "版", "urgent": "緊急", "waiting": "待っていた人数", "workdays": "開庁日", "year": "年度",
}  # fmt: skip

_CODED: dict[str, type[Choice]] = {
    "act": CodeAct, "after": State, "before": State, "factor": SecondFactor, "fault": Fault, "outcome": Outcome, "page": FixedPage,
    "remedy": Remedy, "role": AccountRole,
    "strange": Strange, "succession": Succession, "to": Holder,
}  # fmt: skip
_CONTACT = {"contact_section": "担当課", "contact_phone": "電話番号", "contact_email": "メールアドレス"}
_REASONS: tuple[type[Choice], ...] = (ExtensionReason, ClosedReason)


def action(code: str) -> str:
    """What was done, in words; the code itself for one that is no longer in use."""
    return ACTIONS.get(code, code)


def facts(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of each fact that says something, in words."""
    return [(FACTS.get(name, name), _word(name, value)) for name, value in told.items() if value not in (None, "", [])]


def _word(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, list):
        return "、".join(_word(name, one) for one in value)
    if name == "done":
        code, _, count = str(value).partition(" ")
        return f"{Kept(code).label} {count}" if code in list(Kept) else str(value)
    choices = _REASONS if name == "reason" else (_CODED[name],) if name in _CODED else ()
    labels = [one(value).label for one in choices if value in list(one)]
    if labels:
        return labels[0]
    if name == "fields" and (value in _CONTACT or value in BY_NAME):
        return _CONTACT.get(value) or BY_NAME[value].label
    if name == "action":
        return action(value)
    return PREFECTURES.get(value, str(value)) if name == "prefecture" else str(value)
