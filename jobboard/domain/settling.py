"""What became of leased deliveries, written where they still are this worker's; what failed keeps the server's words."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, CursorResult, bindparam, select, update
from sqlalchemy.orm import Session

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import Answer
from jobboard.base.states import Attempted, Bounce, DeliveryState
from jobboard.domain import bounces, diagnosing
from jobboard.domain.leasing import Leased, held
from jobboard.models import Attempt, Delivery

PATIENCE = timedelta(days=3)
"""A mail that could not be handed over for so long is given up."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 30, 60, 120, 240))
"""Before the next attempt, by attempts made; the last one repeats."""

Settled = tuple[Leased, Answer]


def settle(session: Session, settled: Sequence[Settled], owner: str, *, now: datetime) -> list[int]:
    """Records what became of each; returns the ids of those whose lease was no longer this owner's, which are left alone."""
    lost = _settle_sent(session, [one for one in settled if one[1].refused is None], owner, now)
    for row, answer in settled:
        if answer.refused is not None and not _settle_refused(session, row, answer.refused, owner, now):
            lost.append(row.id)
    return lost


def _sent() -> Any:
    table: Any = Delivery.__table__
    mine = update(table).where(table.c.id == bindparam("row"), held(bindparam("owner")))
    columns = {"state": DeliveryState.SENT, "settled_at": bindparam("now"), "reason": bindparam("said")}
    return mine.values(**columns, lease_owner=None, leased_until=None)


_SENT = _sent()
"""Put together once: that costs more than to run it."""


def _settle_sent(session: Session, settled: Sequence[Settled], owner: str, now: datetime) -> list[int]:
    if not settled:
        return []
    rows = [{"row": row.id, "owner": owner, "now": now, "said": answer.words} for row, answer in settled]
    connection = session.bind if isinstance(session.bind, Connection) else session.connection()
    result = connection.execute(_SENT, rows[0] if len(rows) == 1 else rows)
    if result.rowcount == len(rows):
        return []
    ids = [row.id for row, _ in settled]
    done = select(Delivery.id).where(
        Delivery.id.in_(ids), Delivery.state == DeliveryState.SENT, Delivery.settled_at == now
    )
    return sorted(set(ids) - set(session.scalars(done)))


def _settle_refused(session: Session, row: Leased, refused: MailRefused, owner: str, now: datetime) -> bool:
    """Stops at a lasting refusal and after three days, else queues the mail again after a growing pause."""
    columns: dict[str, Any] = {"attempts": row.attempts + 1, "lease_owner": None, "leased_until": None}
    if refused.lasting:
        columns |= {"state": DeliveryState.FAILED, "settled_at": now, "reason": refused.reason}
    elif now - row.created_at >= PATIENCE:
        reason = f"3日間送れませんでした: {refused.reason}"
        columns |= {"state": DeliveryState.FAILED, "settled_at": now, "reason": reason}
    else:
        due_at = now + PAUSES[min(row.attempts, len(PAUSES) - 1)]
        columns |= {"state": DeliveryState.QUEUED, "due_at": due_at, "reason": refused.reason}
    changed = session.execute(
        update(Delivery).where(Delivery.id == row.id, held(owner)).values(**columns),
        execution_options={"synchronize_session": False},
    )
    if not isinstance(changed, CursorResult) or changed.rowcount != 1:
        return False
    session.add(Attempt(delivery_id=row.id, at=now, outcome=_outcome(refused), words=refused.reason))
    if refused.lasting and diagnosing.is_gone(refused.reason):
        _stop(session, row, refused.reason, now)
    return True


def _outcome(refused: MailRefused) -> Attempted:
    if isinstance(refused, ServerUnreachable):
        return Attempted.UNREACHABLE
    return Attempted.REFUSED if refused.lasting else Attempted.DEFERRED


def _stop(session: Session, row: Leased, words: str, now: datetime) -> None:
    """The address is gone: it counts as a mail that came back for good."""
    delivery = session.get_one(Delivery, row.id)
    delivery.bounce, delivery.bounced_at = Bounce.HARD, now
    bounces.stop(session, delivery, words, now=now)
    session.flush()
