"""配信: each mail of the service is a row, enqueued in the transaction of what it tells of, delivered by leases.

The rows guarantee: never lost; twice at most the one message in flight when a worker is killed, under one Message-ID.
"""

import logging
import secrets
import uuid
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import Letter
from jobboard.base.states import DeliveryKind
from jobboard.base.text import visible
from jobboard.domain import leasing, placeholders
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.lettering import letter
from jobboard.domain.wrapping import wrap
from jobboard.models import Account, Board, Delivery, MailText, Subscriber

log = logging.getLogger(__name__)

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a writing transaction that commits durably when its block ends and rolls back when it raises."""

BATCH = 20
"""Deliveries leased at a time: small, so that who leaves now is not in a batch claimed long ago."""

ENOUGH_TROUBLE = 2
"""Unreachable answers in a row after which a run ends; one alone may be the fault of one message."""

HEAD_START = timedelta(hours=1)
"""A mail that a person waits for is due this long before now: it overtakes a running bulk by the index alone."""


def enqueue(
    session: Session,
    kind: DeliveryKind,
    *,
    to: Subscriber | Account,
    subject: str,
    text: str,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    now: datetime,
) -> Delivery:
    """Adds one mail to one recipient, frozen as it stands; it leaves after the caller's commit.

    ``text``, ``html`` and header values may hold placeholders (``placeholders.place``); only those of the recipient's own
    links become URLs when the mail is sent. The subject says 【見本】 in the demonstration.
    """
    session.flush()
    name, links = str(uuid.uuid4()), dict[str, placeholders.Link]()
    frozen = MailText(
        uuid=name,
        subject=f"【見本】{subject}" if is_demonstration(session) else subject,
        text=placeholders.seal(wrap(visible(text)), name, links),
        html=placeholders.seal(visible(html), name, links),
        headers={header: placeholders.seal(words, name, links) for header, words in (headers or {}).items()},
        created_at=now,
    )
    delivery = Delivery(
        kind=kind,
        subscriber=to if isinstance(to, Subscriber) else None,
        account=to if isinstance(to, Account) else None,
        message_id=message_id(),
        mail_text=frozen,
        words={"links": links},
        created_at=now,
        due_at=now if kind is DeliveryKind.NOTICE else now - HEAD_START,
    )
    session.add(delivery)
    session.info["wake"] = True
    return delivery


def message_id() -> str:
    """The left side of a new Message-ID, which nobody can guess: whoever names it has seen the mail."""
    return secrets.token_hex(16)


def is_demonstration(session: Session) -> bool:
    """Whether this database holds invented municipalities."""
    board = session.get(Board, 1)
    return board is not None and board.demonstration


@dataclass(frozen=True)
class Door:
    """The way out: ``send`` raises ``MailRefused``; ``longest`` is the most seconds that one ``send`` takes."""

    send: Callable[[Letter], None]
    longest: float


@dataclass(frozen=True)
class Leased:
    """A claimed row beside the letter made of it."""

    row: Delivery
    letter: Letter


@dataclass(frozen=True)
class Run:
    """What one ``deliver`` did. ``ended``: nothing more can be done now; ``away``: because the server is not there."""

    sent: int
    refused: int
    ended: bool
    away: bool = False


def deliver(
    transaction: Transaction,
    door: Door,
    letterhead: Letterhead,
    *,
    owner: str,
    clock: Callable[[], datetime],
    limit: int = BATCH,
    stop: Callable[[], bool] = bool,
) -> Run:
    """Sends up to ``limit`` of what is due, less when ``stop()`` says so or the server is away.

    Alone in the domain this step needs several transactions and the time in between: nothing may be held over the network,
    and each mail is settled durably before the next one is begun. So it is handed ``transaction`` and ``clock``.
    """
    until = clock() + _lease_time(door)
    with transaction() as session:
        rows = leasing.lease(session, owner, now=clock(), until=until, limit=limit)
        batch = _with_letters(session, rows, letterhead, owner, now=clock())
    sent = trouble = 0
    for index, leased in enumerate(batch):
        late = clock() + timedelta(seconds=door.longest) >= until
        if late or stop() or trouble >= ENOUGH_TROUBLE:
            with transaction() as session:
                leasing.release(session, [rest.row.id for rest in batch[index:]], owner)
            batch = batch[:index]
            break
        refused = _send(door, leased.letter)
        trouble = trouble + 1 if isinstance(refused, ServerUnreachable) else 0
        sent += refused is None
        with transaction() as session:
            held = _settle(session, leased.row, owner, refused, now=clock())
        if not held:
            log.warning("delivery %s was settled by another worker", leased.row.id)
    away = trouble >= ENOUGH_TROUBLE
    return Run(sent, len(batch) - sent, ended=not rows or stop() or away, away=away)


def _lease_time(door: Door) -> timedelta:
    """Outlasts the longest exchange with room for several ordinary ones."""
    return timedelta(seconds=3 * door.longest + 60)


def _with_letters(
    session: Session, rows: list[Delivery], letterhead: Letterhead, owner: str, *, now: datetime
) -> list[Leased]:
    leased = []
    for row in rows:
        try:
            leased.append(Leased(row, letter(session, row, letterhead, now=now)))
        except ValueError as error:
            refused = MailRefused(lasting=True, reason=f"メールの形にできません: {error}")
            leasing.settle_refused(session, row, owner, refused, now=now)
    return leased


def _send(door: Door, ready: Letter) -> MailRefused | None:
    try:
        door.send(ready)
    except MailRefused as refused:
        return refused
    return None


def _settle(session: Session, row: Delivery, owner: str, refused: MailRefused | None, *, now: datetime) -> bool:
    if refused is None:
        return leasing.settle_sent(session, row.id, owner, now=now)
    log.warning("delivery %s refused: %s", row.id, refused.reason)
    return leasing.settle_refused(session, row, owner, refused, now=now)
