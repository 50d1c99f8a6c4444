"""The mails around a call that was found on a municipality's site: whether it may be here, and what the municipality said."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.states import CodeAct, DeliveryKind
from jobboard.base.wording import japanese_instant
from jobboard.domain import notices, placeholders
from jobboard.domain.deliveries import enqueue
from jobboard.domain.letterhead import OPERATOR, Letterhead
from jobboard.models import Delivery, SourceItem, Subscriber


def question(session: Session, item: SourceItem, to: Subscriber, *, letterhead: Letterhead, now: datetime) -> Delivery:
    """To the municipality: what was found, the link to say yes or no, and how the whole call gets here."""
    place, base = item.source.municipality, letterhead.base_url
    text = (
        f"{place.full_name} ご担当者様\n\n"
        f"{OPERATOR}の「{letterhead.site}」は、市区町村の外部デジタル人材の募集を1か所で案内するサイトです。"
        f"{place.name}のサイトで、次の募集を見つけました。\n\n"
        f"募集: {item.title}\n{item.link}\n見つけた日時: {japanese_instant(item.first_seen_at)}\n\n"
        "■ このサイトに載せてよいかを教えてください\n"
        "次のページを開いて、「掲載してよい」か「掲載しない」を押してください。アカウントは要りません。リンクは14日間有効です。\n"
        f"{placeholders.place('collected', item.id, item.link_generation)}\n\n"
        "「掲載してよい」のときに載せるのは、市区町村名、題名、公式ページへのリンク、見つけた日時だけです(リンクのみ)。"
        "「掲載しない」のときは載せません。すでに載せているときは、すぐに取り下げます。\n\n"
        "■ 報酬や任用の形など、募集の全部を載せるには\n"
        f"アカウントのある方は、ログインして下書きを完成させ、掲載を依頼してください。\n{base}/desk/\n"
        f"アカウントのない方は、次のページから申し出てください。\n{base}/handover\n\n"
        f"どこからどのように集めているか: {base}/about#collecting\n"
        f"\n--\n{letterhead.foot()}\nこのメールには返信できません。\n"
    )
    subject = f"{letterhead.site}:掲載の確認のお願い({place.name})"
    return enqueue(session, DeliveryKind.COLLECTED, to=to, subject=subject, text=text, headers=notices.AUTOMATIC, now=now)


def answered(session: Session, item: SourceItem, *, letterhead: Letterhead, now: datetime) -> list[Delivery]:
    """To the moderators: what the municipality said, and what came of it or is left to do."""
    name = f"{item.source.municipality.full_name} {item.title}"
    said = "掲載してよい" if item.agreed else "掲載しない"
    shown = item.posting is not None and item.posting.link_only
    then = {
        (True, True): "掲載中のリンクに、市区町村が確認したことを表示しました。",
        (True, False): "まだ掲載していません。掲載するかどうかを決めてください。",
        (False, True): "掲載中のリンクは、取り下げました。",
        (False, False): "掲載していません。見送るときは、理由を残してください。",
    }[bool(item.agreed), shown]
    text = (
        f"「{name}」について、市区町村が「{said}」と答えました。\n\n{then}\n"
        f"{letterhead.base_url}/review/candidates/{item.id}\n"
    )
    return notices.tell_all(
        session, DeliveryKind.COLLECTED, notices.moderators(session), f"市区町村の答え({said}):{name}", text,
        letterhead.base_url, letterhead.site, now, act=CodeAct.REVIEW,
    )  # fmt: skip
