"""To editors who were writing in full of a link alone (リンクのみ): that it ended, and where their text is."""

from datetime import datetime

from sqlalchemy.orm import Session

from jobboard.base.states import DeliveryKind
from jobboard.domain import link_alone, notices
from jobboard.domain.letterhead import Letterhead
from jobboard.models import Account, Delivery, Posting


def writers(session: Session, posting: Posting) -> list[Account]:
    """The editors in use of its municipality who wrote in its draft last, or sent it in last."""
    wrote = {posting.draft_by_id, posting.submitted_by_id}
    return [one for one in notices.editors_of(session, posting.municipality_code) if one.id in wrote]


def ended(session: Session, posting: Posting, *, letterhead: Letterhead, now: datetime) -> list[Delivery]:
    """Tells those whose text can be sent in no more. Nobody, where nobody has written."""
    name, base = notices.named(posting), letterhead.base_url
    text = (
        f"「{name}」の「リンクのみ」の掲載が終わりました。\n\n{link_alone.ending(posting)}\n\n"
        "書いていた内容は残っていますが、この募集としては、もう掲載を依頼できません。掲載するときは、次のページの"
        f"「もう一度募集する」で、内容を写した新しい下書きを作ってください。\n{base}/desk/postings/{posting.id}\n"
    )
    to, subject = writers(session, posting), f"「リンクのみ」の掲載が終わりました:{name}"
    return notices.tell_all(session, DeliveryKind.STOPPED, to, subject, text, base, letterhead.site, now, posting=posting)
