"""Single mails to staff: what happened, and the one link to act on. Each is a Delivery in the caller's transaction.

``base_url`` has no slash at its end; ``site`` is the site's name. Links with tokens are placeholders until sent.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from jobboard.base.fields import BY_NAME
from jobboard.base.states import AccountRole, CodeAct, DeliveryKind, EventKind
from jobboard.base.wording import japanese_opening
from jobboard.domain import agreements, link_alone, placeholders, prefectures
from jobboard.domain.telling import AUTOMATIC as AUTOMATIC
from jobboard.domain.telling import addressed
from jobboard.domain.telling import tell as tell
from jobboard.domain.telling import tell_all as tell_all
from jobboard.models import Account, Agreement, Delivery, Hold, Membership, Municipality, Posting


def invitation(session: Session, account: Account, *, why: str = "", base_url: str, site: str, now: datetime) -> Delivery:
    """Asks a new account to set its password; the link's generation is the account's ``link_generation``."""
    text = (
        f"{why}「{site}」の利用者として招待されました。\n\n"
        "次のページを開いて、パスワードを設定してください。リンクは7日間有効です。\n"
        f"{placeholders.place('invite', account.id, account.link_generation)}\n\n"
        "心当たりがないときは、このメールを捨ててください。設定するまで、利用は始まりません。\n"
    )
    subject = f"{site}:利用者の招待"
    return tell(session, DeliveryKind.INVITATION, account, subject, text, base_url, site, now, act=CodeAct.INVITATION)


def password_reset(session: Session, to: Sequence[Account], *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    """Sends the link to choose a new password to each of those who share the mailbox; one mail."""
    links = [placeholders.place("reset", one.id, one.link_generation) for one in to]
    named_ = [f"{addressed([one])}\n{link}" for one, link in zip(to, links, strict=True)]
    listed = links[0] if len(to) == 1 else "\n\n".join(named_)
    whose = "" if len(to) == 1 else "このアドレスは何人かで使っています。自分の氏名の下のリンクを開いてください。\n\n"
    text = (
        "パスワードの再設定の申込みを受け付けました。\n\n"
        f"次のページを開いて、新しいパスワードを設定してください。リンクは1時間有効です。\n{whose}"
        f"{listed}\n\n"
        "申し込んでいないときは、このメールを捨ててください。パスワードは変わりません。\n"
    )
    subject = f"{site}:パスワードの再設定"
    return tell_all(session, DeliveryKind.PASSWORD_RESET, to, subject, text, base_url, site, now, act=CodeAct.PASSWORD)


def sign_in_code(session: Session, to: Sequence[Account], *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    """The code that its holder asked for, in place of the password; of each who share the mailbox."""
    text = (
        "ログインのための確認コードの申込みを受け付けました。\n\n"
        "このメールの下の方にある確認コードを、次のページで入力してください。\n"
        f"{base_url}/code\n\n"
        "申し込んでいないときは、このメールを捨ててください。確認コードは、だれにも教えないでください。\n"
    )
    subject = f"{site}:確認コード"
    return tell_all(session, DeliveryKind.ONE_TIME_CODE, to, subject, text, base_url, site, now, act=CodeAct.SIGN_IN)


def submitted(session: Session, posting: Posting, *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    """A receipt to whoever asked for publication, and word that something waits: to the prefecture (経由), or the moderators."""
    name, held = named(posting), prefectures.holds(session, posting)
    way = f"{posting.municipality.prefecture}を経由して、総務省に届きます。" if held else ""
    receipt = (
        f"「{name}」の掲載の依頼を受け付けました。\n\n"
        f"{way}掲載の確認が終わりましたら、メールでお知らせします。\n"
        f"{base_url}/desk/postings/{posting.id}\n"
    )
    thanks = f"掲載の依頼を受け付けました:{name}"
    to = editors(session, posting)
    told = tell_all(session, DeliveryKind.SUBMITTED, to, thanks, receipt, base_url, site, now, posting=posting)
    asked = [one for one in agreements.of(session, posting) if one.asked_at == now]
    told += joint_asked(session, posting, asked, base_url=base_url, site=site, now=now)
    waits = _at_prefecture if held else arrived
    return told + waits(session, posting, base_url=base_url, site=site, now=now)


def joint_asked(
    session: Session, posting: Posting, asked: Sequence[Agreement], *, base_url: str, site: str, now: datetime
) -> list[Delivery]:
    """Asks the editors of each co-municipality to agree to the joint recruitment."""
    name, owner = named(posting), posting.municipality.full_name
    told = []
    for one in asked:
        told += tell_all(
            session, DeliveryKind.JOINT, editors_of(session, one.municipality_code), f"共同募集の確認のお願い:{name}",
            f"{owner}が、{one.municipality.full_name}を共同募集の相手として、掲載を依頼しました。\n\n{name}\n\n"
            "次のページで内容を確かめ、同意するかどうかを答えてください。同意するまで、貴市区町村の名は公開されません。\n"
            f"{base_url}/desk/joint/{posting.id}/{one.municipality_code}\n",
            base_url, site, now, act=CodeAct.JOINT, posting=posting,
        )  # fmt: skip
    return told


def arrived(session: Session, posting: Posting, *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    """Tells the moderators that something waits for 掲載確認."""
    name = named(posting)
    text = f"{name}\n\n掲載の依頼が届きました。次のページで確認してください。\n{base_url}/review/postings/{posting.id}\n"
    return tell_all(
        session, DeliveryKind.SUBMITTED, moderators(session), f"掲載の依頼:{name}", text, base_url, site, now,
        act=CodeAct.REVIEW, posting=posting,
    )  # fmt: skip


def _at_prefecture(session: Session, posting: Posting, *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    name = named(posting)
    text = (
        f"{name}\n\n掲載の依頼が届きました。次のページで内容を確かめ、総務省に進達するか、修正を依頼してください。\n"
        f"{base_url}/desk/prefecture/postings/{posting.id}\n"
    )
    return tell_all(
        session, DeliveryKind.PREFECTURE, prefectures.staff(session, posting.municipality.pref_code),
        f"掲載の依頼(経由):{name}", text, base_url, site, now, act=CodeAct.PREFECTURE, posting=posting,
    )  # fmt: skip


def forwarded(session: Session, posting: Posting, *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    """Tells whoever asked for publication that the prefecture sent it on, and the moderators that it waits."""
    name = named(posting)
    text = (
        f"「{name}」を、{posting.municipality.prefecture}が総務省に進達しました。\n\n"
        "掲載の確認が終わりましたら、メールでお知らせします。\n"
        f"{base_url}/desk/postings/{posting.id}\n"
    )
    told = tell_all(
        session, DeliveryKind.PREFECTURE, editors(session, posting), f"進達しました:{name}", text, base_url, site, now, posting=posting
    )
    return told + arrived(session, posting, base_url=base_url, site=site, now=now)


def returned(
    session: Session, posting: Posting, remarks: Sequence[tuple[str, str]], *, base_url: str, site: str, now: datetime
) -> list[Delivery]:
    """修正依頼 with each remark: (field name or "" for the whole, text)."""
    name = named(posting)
    labels = {field: BY_NAME[field].label if field in BY_NAME else "全体" for field, _ in remarks}
    asked = "\n".join(f"■ {labels[field]}\n{words}\n" for field, words in remarks)
    text = (
        f"「{name}」について、次の点の修正をお願いします。\n\n{asked}\n"
        f"次のページで修正し、もう一度「掲載を依頼する」を押してください。\n{base_url}/desk/postings/{posting.id}\n"
    )
    return tell_all(
        session, DeliveryKind.RETURNED, editors(session, posting), f"修正のお願い:{name}", text, base_url, site, now, posting=posting
    )


def published(session: Session, posting: Posting, *, base_url: str, site: str, now: datetime) -> list[Delivery]:
    """Tells whoever asked for it that the posting, or its change, is public, or when it will be (掲載予定)."""
    name, subject = named(posting), "掲載しました"
    text = (
        f"「{name}」を掲載しました。\n{base_url}/postings/{posting.id}\n\n"
        f"変更、締切の延長、終了は、次のページからできます。\n{base_url}/desk/postings/{posting.id}\n"
    )
    if posting.scheduled_at is not None:
        at, subject = japanese_opening(posting.scheduled_at), "掲載の予定"
        text = f"「{name}」の確認が終わりました。{at}に公開します。\n{base_url}/desk/postings/{posting.id}\n"
    return tell_all(
        session, DeliveryKind.PUBLISHED, editors(session, posting), f"{subject}:{name}", text, base_url, site, now, posting=posting
    )


def stopped(
    session: Session, posting: Posting, reason: str, *, fell: bool, base_url: str, site: str, now: datetime
) -> list[Delivery]:
    """Tells the municipality that a moderator stopped its posting after a request for correction, and why.

    ``fell``: a request of its own waited, which is off with it.
    """
    name, word = named(posting), link_alone.label(EventKind.WITHDRAWN, alone=posting.link_only)
    text = (
        f"「{name}」の掲載を止めました。\n\n"
        f"掲載内容についての訂正・削除の申出があったためです。募集のページには「{word}」と表示しています。\n"
        f"{base_url}/postings/{posting.id}\n\n"
        f"■ 理由\n{reason}\n\n"
        f"{'掲載の依頼は、取り下げになりました。書いた内容は残っています。' if fell else ''}"
        "この募集は、そのままでは再開できません。また募集するときは、次のページから写して内容を直し、新しい募集として掲載を"
        f"依頼してください。\n{base_url}/desk/postings/{posting.id}/copy\n"
    )
    return tell_all(
        session, DeliveryKind.STOPPED, editors(session, posting), f"掲載を止めました:{name}", text, base_url, site, now, posting=posting
    )


def asked(
    session: Session, posting: Posting, question: str, address: str, *, base_url: str, site: str, now: datetime
) -> list[Delivery]:
    """Tells every editor of the municipality what was asked, and nothing of who asked; ``address``: where it is answered."""
    text = (
        f"{named(posting)}\n\nこの募集に質問が届きました。\n\n■ 質問\n{question}\n\n"
        f"次のページで回答してください。質問と回答は公開され、質問した方にはメールで届きます。\n{address}\n"
    )
    return tell_all(
        session, DeliveryKind.QUESTION, editors_of(session, posting.municipality_code),
        f"質問が届きました:{named(posting)}", text, base_url, site, now, act=CodeAct.QUESTIONS, posting=posting,
    )  # fmt: skip


def held(
    session: Session,
    hold: Hold,
    told: Sequence[tuple[Posting, EventKind, int]],
    *,
    base_url: str,
    site: str,
    now: datetime,
) -> list[Delivery]:
    """Tells moderators and administrators that notices wait for their decision; ``told``: of what most people would hear."""
    most = "\n".join(f"■ {link_alone.label(kind, alone=posting.link_only)} {named(posting)}({people:,}人)" for posting, kind, people in told)
    together = f"この24時間に送った{hold.today:,}通と合わせて、" if hold.today else ""
    text = (
        f"{hold.waiting:,}人へのお知らせを、送らずに止めています。\n\n"
        f"{together}上限の{hold.limit:,}を超えるためです。\n"
        f"次のページで中身を確かめ、送るか、送らないかを決めてください。決めるまで、お知らせは送りません。\n"
        f"{base_url}/ministry/mail\n\n"
        f"{most}\n"
    )
    subject = f"お知らせを保留しています:{hold.waiting:,}人"
    deciding = Membership.role.in_((AccountRole.MODERATOR, AccountRole.ADMINISTRATOR))
    return tell_all(
        session, DeliveryKind.HELD, _active(session, deciding), subject, text, base_url, site, now, act=CodeAct.MAIL
    )


def named(posting: Posting) -> str:
    """The municipality and title, of what waits if something does, else of what is public, else as typed."""
    version = posting.pending or posting.current
    typed = version.content.get("title", "") if version else "".join(posting.draft.get("title", [])[:1])
    return f"{posting.municipality.full_name} {typed or '(題名なし)'}"


def editors(session: Session, posting: Posting) -> list[Account]:
    """Who sent the posting in; when that account is gone or nobody, every editor of the municipality."""
    sender = session.get(Account, posting.submitted_by_id) if posting.submitted_by_id else None
    if sender is not None and sender.deactivated_at is None:
        return [sender]
    return editors_of(session, posting.municipality_code)


def editors_of(session: Session, municipality_code: str) -> list[Account]:
    """The accounts in use that edit for a municipality, or for the one that it went into."""
    heir = select(Municipality.successor_code).where(Municipality.code == municipality_code).scalar_subquery()
    return _active(session, or_(Membership.municipality_code == municipality_code, Membership.municipality_code == heir))


def moderators(session: Session) -> list[Account]:
    """Every moderator in use."""
    return _active(session, Membership.role == AccountRole.MODERATOR)


def _active(session: Session, *conditions: object) -> list[Account]:
    chosen = select(Membership.account_id).where(*conditions)  # type: ignore[arg-type]
    found = select(Account).where(
        Account.id.in_(chosen), Account.activated_at.is_not(None), Account.deactivated_at.is_(None)
    )
    return list(session.scalars(found.order_by(Account.id)))
