"""What the ministry stopped after a request for correction (掲載を止めた): which posting it is, and which one it no longer can be."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.states import ClosedReason, Remedy, State
from jobboard.base.wording import japanese_instant
from jobboard.models import Correction, Posting


def stop(session: Session, posting: Posting) -> Correction | None:
    """The answer by which it is stopped now: given at the very instant of its end. A town's own 募集中止 is none."""
    if posting.state is not State.WITHDRAWN:
        return None
    by_it = Correction.posting_id == posting.id, Correction.remedy == Remedy.STOPPED, Correction.answered_at == posting.closed_at
    return session.scalars(select(Correction).where(*by_it).order_by(Correction.id).limit(1)).first()


def over_before(session: Session, posting: Posting) -> str:
    """Why there is nothing to stop: it ended otherwise before. Empty where it is public, or where the ministry stopped it."""
    if posting.state is State.PUBLISHED or posting.closed_at is None or stop(session, posting) is not None:
        return ""
    at = japanese_instant(posting.closed_at)
    if posting.link_only:
        return f"このサイトへの掲載は、先に終わりました({at})。"
    if posting.closed_reason is ClosedReason.DEADLINE:
        return f"募集は、締切で先に終了しました({at})。"
    done = "中止" if posting.state is State.WITHDRAWN else "終了"
    return f"{posting.municipality.full_name}が先に{done}しました({at})。"
