"""配信: each mail of the service is a row, enqueued in the transaction of what it tells of, delivered by leases.

The rows guarantee: never lost; twice at most the one message in flight when a worker is killed, under one Message-ID.
"""

import contextlib
import logging
import secrets
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy.orm import Session

from jobboard.base.errors import MailRefused, ServerUnreachable
from jobboard.base.letter import Answer, Letter
from jobboard.base.states import DeliveryKind
from jobboard.base.text import visible
from jobboard.domain import leasing, pacing, placeholders, settling
from jobboard.domain.leasing import Leased
from jobboard.domain.lettering import Sheets
from jobboard.domain.pacing import Limits
from jobboard.domain.wrapping import wrap
from jobboard.models import Account, Board, Delivery, MailText, Subscriber

log = logging.getLogger(__name__)

Transaction = Callable[[], AbstractContextManager[Session]]
"""Opens a writing transaction that commits durably when its block ends and rolls back when it raises."""

BATCH = 20
"""Deliveries leased at first: few, so that who leaves now is not in a batch claimed long ago."""

LONGEST_BATCH = timedelta(seconds=0.5)
"""So long one batch may take: who leaves now is in no letter that leaves much later, and what a person waits for is next."""

LARGEST_BATCH = 1_000
"""On SQLite nobody else writes while a batch is leased."""

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


class Door(Protocol):
    """The way out (``jobboard.mailer``). ``longest``: the most seconds that the exchange of one letter takes."""

    longest: float

    def send(self, letters: Iterable[Letter], halted: Callable[[], bool] = ...) -> Generator[list[Answer]]:
        """What became of the letters; while the caller keeps an answer, no further letter leaves. None after ``halted()``."""
        ...


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
    sheets: Sheets,
    *,
    owner: str,
    clock: Callable[[], datetime],
    limit: int = BATCH,
    limits: Limits = pacing.NONE,
    stop: Callable[[], bool] = bool,
) -> Run:
    """Sends up to ``limit`` of what is due, less when ``stop()`` says so or the server is away.

    Alone in the domain this step needs several transactions and the time in between: nothing may be held over the network,
    and what was answered is settled durably before the next letter leaves. So it is handed ``transaction`` and ``clock``.
    """
    until = clock() + _lease_time(door)
    with transaction() as session:
        rows = leasing.lease(session, owner, now=clock(), until=until, limit=limit, limits=limits)
        batch = _with_letters(session, rows, sheets, owner, now=clock())
    sending = _Sending({letter.message_id: row for row, letter in batch})

    def halted() -> bool:
        # One letter may be announced while another is in flight: the lease must outlast both.
        late = clock() + timedelta(seconds=2 * door.longest) >= until
        return late or sending.trouble >= ENOUGH_TROUBLE or stop()

    with contextlib.closing(door.send(_while_not(halted, batch), halted)) as answers:
        for some in answers:
            settled = sending.take(some)
            with transaction() as session:
                lost = settling.settle(session, settled, owner, now=clock())
            for number in lost:
                log.warning("delivery %s was settled by another worker", number)
    if sending.held:
        with transaction() as session:
            leasing.release(session, [row.id for row in sending.held.values()], owner)
    away = sending.trouble >= ENOUGH_TROUBLE
    return Run(sending.sent, sending.refused, ended=not rows or stop() or away, away=away)


def next_batch(limit: int, run: Run, took: timedelta) -> int:
    """How many to lease next, after a batch of up to ``limit`` took so long."""
    done = run.sent + run.refused
    if done < limit and took < LONGEST_BATCH:
        return limit  # there was no more: nothing is known
    fitting = int(done * LONGEST_BATCH / max(took, timedelta(microseconds=1)))
    return max(BATCH, min(fitting, 2 * limit, LARGEST_BATCH))


@dataclass
class _Sending:
    """``held``: what has not been answered, by Message-ID. ``trouble``: unreachable answers in a row."""

    held: dict[str, Leased]
    sent: int = 0
    refused: int = 0
    trouble: int = 0

    def take(self, answers: Iterable[Answer]) -> list[settling.Settled]:
        settled = []
        for answer in answers:
            row = self.held.pop(answer.message_id)
            settled.append((row, answer))
            if answer.refused is None:
                self.sent += 1
            else:
                self.refused += 1
                log.warning("delivery %s refused: %s", row.id, answer.words)
            self.trouble = self.trouble + 1 if isinstance(answer.refused, ServerUnreachable) else 0
        return settled


def _while_not(halted: Callable[[], bool], batch: Iterable[tuple[Leased, Letter]]) -> Iterator[Letter]:
    for _, letter in batch:
        if halted():
            return
        yield letter


def _lease_time(door: Door) -> timedelta:
    """Outlasts the longest exchange with room for several ordinary ones."""
    return timedelta(seconds=3 * door.longest + 60)


def _with_letters(
    session: Session, rows: list[Leased], sheets: Sheets, owner: str, *, now: datetime
) -> list[tuple[Leased, Letter]]:
    batch, unfit = [], []
    for row, letter in zip(rows, sheets.letters(session, rows, now=now), strict=True):
        if isinstance(letter, Letter):
            batch.append((row, letter))
        else:
            refused = MailRefused(lasting=True, reason=f"メールの形にできません: {letter}")
            unfit.append((row, Answer(row.message_id, refused, refused.reason)))
    settling.settle(session, unfit, owner, now=now)
    return batch
