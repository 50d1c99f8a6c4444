"""The mails around a call that was found on a municipality's site: whether it may be here, and what the municipality said."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import CodeAct, DeliveryKind, State
from jobboard.base.wording import japanese_instant
from jobboard.domain import drafting, notices, permissions, placeholders
from jobboard.domain.deliveries import enqueue
from jobboard.domain.letterhead import OPERATOR, Letterhead
from jobboard.domain.versions import current_content
from jobboard.models import Account, AuditEntry, Delivery, SourceItem, Subscriber

ONLY = "市区町村名、題名、公式ページへのリンク、見つけた日時だけ"
"""What a link alone shows."""


def is_shown(item: SourceItem) -> bool:
    """Whether it is public as a link alone."""
    return item.posting is not None and item.posting.link_only and item.posting.state is State.PUBLISHED


def matter(item: SourceItem) -> tuple[str, str]:
    """Title and link that the municipality is asked about: what is public, else what the feed says."""
    if item.posting is None or not is_shown(item):
        return item.title, item.link
    content = current_content(item.posting)
    return str(content["title"]), str(content["official_url"])


def question(session: Session, item: SourceItem, to: Subscriber, *, letterhead: Letterhead, now: datetime) -> Delivery:
    """To the municipality: what was found, whether it is public, the link to say yes or no, and how the whole call gets here."""
    place, base, shown = item.source.municipality, letterhead.base_url, is_shown(item)
    title, link = matter(item)
    text = (
        f"{place.full_name} ご担当者様\n\n"
        f"{OPERATOR}の「{letterhead.site}」は、市区町村の外部デジタル人材の募集を1か所で案内するサイトです。"
        f"{place.name}のサイトで、次の募集を見つけました。\n\n"
        f"募集: {title}\n{link}\n見つけた日時: {japanese_instant(item.first_seen_at)}\n\n"
        f"{_public_now(item, base)}"
        f"■ このサイトに{'載せ続けてよいか' if shown else '載せてよいか'}を教えてください\n"
        "次のページを開いて、「掲載してよい」か「掲載しない」を押してください。アカウントは要りません。リンクは14日間有効です。\n"
        f"{placeholders.place('collected', item.id, item.link_generation)}\n\n"
        f"{_what_follows(shown)}\n\n"
        f"■ 報酬や任用の形など、募集の全部を載せるには\n{_whole(session, item, base)}\n"
        f"どこからどのように集めているか: {base}/about#collecting\n"
        f"\n--\n{letterhead.foot()}\nこのメールには返信できません。\n"
    )
    subject = f"{letterhead.site}:{'掲載のお知らせと確認のお願い' if shown else '掲載の確認のお願い'}({place.name})"
    return enqueue(session, DeliveryKind.COLLECTED, to=to, subject=subject, text=text, headers=notices.AUTOMATIC, now=now)


def _public_now(item: SourceItem, base: str) -> str:
    if item.posting is None or not is_shown(item):
        return ""
    return f"■ すでに「リンクのみ」として載せています\n載せているのは、{ONLY}です。\n{base}/postings/{item.posting.id}\n\n"


def _what_follows(shown: bool) -> str:
    if shown:
        return "「掲載してよい」のときは、市区町村が確認したことを表示します。「掲載しない」のときは、すぐに取り下げます。"
    return (
        f"いまは載せていません。載せるときも、載せるのは{ONLY}です(リンクのみ)。「掲載しない」のときは載せません。"
        "お答えの前に載せることもあります。そのときは新しいメールで知らせ、そのメールのリンクから「掲載しない」を押すと、すぐに取り下げます。"
    )


def _whole(session: Session, item: SourceItem, base: str) -> str:
    """How the municipality goes on by itself: with its draft, with one of its own, or first with an account."""
    joining = f"アカウントのない方は、次のページから担当の登録を申し出てください(引き継ぎの方も、はじめての方も同じページです)。\n{base}/handover\n"
    if not notices.editors_of(session, item.source.municipality_code):
        return joining
    if item.posting is not None and drafting.is_editable(item.posting):
        going_on = f"下書きがあります。アカウントのある方は、ログインして続きを書き、掲載を依頼してください。\n{base}/desk/postings/{item.posting.id}\n"
    else:
        going_on = f"アカウントのある方は、ログインして募集を書き、掲載を依頼してください。\n{base}/desk/\n"
    return going_on + joining


def answered(session: Session, item: SourceItem, *, letterhead: Letterhead, now: datetime) -> list[Delivery]:
    """To the moderators, who asked and who took it up: what the municipality said, and what came of it or is left to do."""
    name = f"{item.source.municipality.full_name} {matter(item)[0]}"
    said = "掲載してよい" if item.agreed else "掲載しない"
    text = (
        f"「{name}」について、市区町村が「{said}」と答えました。\n\n{_came_of(item)}\n"
        f"{letterhead.base_url}/review/candidates/{item.id}\n"
    )
    return notices.tell_all(
        session, DeliveryKind.COLLECTED, _concerned(session, item), f"市区町村の答え({said}):{name}", text,
        letterhead.base_url, letterhead.site, now, act=CodeAct.REVIEW,
    )  # fmt: skip


def _came_of(item: SourceItem) -> str:
    if item.posting is not None and item.posting.link_only:
        return "掲載中のリンクに、市区町村が確認したことを表示しました。" if item.agreed else "掲載中のリンクは、取り下げました。"
    if item.agreed:
        return "まだ掲載していません。掲載するかどうかを決めてください。"
    if item.posting is not None:
        return "掲載していません。下書きは、市区町村の担当者のところに残ります。"
    return "掲載していません。見送るときは、理由を残してください。"


def _concerned(session: Session, item: SourceItem) -> list[Account]:
    """Those who may still decide; nobody twice."""
    asked = select(AuditEntry.account_id).where(
        AuditEntry.subject_kind == "candidate", AuditEntry.subject_id == str(item.id), AuditEntry.action == "candidate:invite"
    )
    last = session.scalar(asked.order_by(AuditEntry.id.desc()).limit(1))
    found = [session.get(Account, number) for number in (last, item.decided_by_id) if number is not None]
    deciding = [one for one in found if one is not None and permissions.moderates(one)]
    return list({one.id: one for one in [*notices.moderators(session), *deciding]}.values())
