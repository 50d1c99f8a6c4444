"""From people's due matches to mails: each posting once, saying what changed and which criteria it meets.

Readers who are told the same share one frozen text; what differs, the criteria's words and the links, stands in the row.
"""

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, and_, cast, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, joinedload

from jobboard.base.clock import japan_date
from jobboard.base.states import DeliveryKind, DeliveryState
from jobboard.base.text import visible
from jobboard.domain import naming, placeholders, sets, storing
from jobboard.domain.deliveries import is_demonstration, message_id
from jobboard.domain.entries import Entry, entry
from jobboard.domain.gathering import Told, drop_known, is_due, matches_of, people_due, told_before
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.noticing import MOST_SHARED, Notice, headers, heading, matched, subject, write
from jobboard.models import (
    ChangeEvent,
    Delivery,
    MailDay,
    MailText,
    Match,
    StoredCriteria,
    Version,
)  # fmt: skip

Render = Callable[..., str]
"""``render(name, **values)``: the HTML of a template, styles inlined. The domain knows no template engine."""

PEOPLE = 2_000
"""Mails composed in one transaction."""

Pairs = tuple[tuple[int, int], ...]
"""What one person is told: (event id, criteria id), in the order of the events."""

Seen = tuple[tuple[int, int], ...]
"""What that person saw last: (posting id, version id)."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What a delivery is made of: its text, and its words as JSON."""

    text_id: int
    words: str


def compose(
    session: Session,
    letterhead: Letterhead,
    render: Render,
    *,
    now: datetime,
    limit: int = PEOPLE,
    among: ColumnElement[bool] | None = None,
) -> int:
    """Writes one delivery for each of up to ``limit`` persons with due matches; returns for how many persons it acted.

    Two workers take different persons: the row of each is locked while the mail is written. ``among``: only these matches.
    """
    due = is_due(now) if among is None else and_(is_due(now), among)
    people = people_due(session, due, limit)
    if not people:
        return 0
    waiting = matches_of(session, people, due)
    writer = Writer.of(session, letterhead, render, [row for rows in waiting.values() for row in rows], now)
    told = told_before(session, people, writer.events.values())
    known: list[dict[str, int]] = []
    mails: dict[int, Mail] = {}
    composed: list[int] = []
    for person, rows in waiting.items():
        before = told.get(person, ())
        fresh = drop_known(rows, before, known)
        if fresh:
            mails[person] = writer.mail(person, fresh, before)
            composed += [row.id for row in fresh]
    if known:
        session.execute(update(Match), known)
    _insert(session, mails, composed, now)
    _count(session, len(mails), now)
    return len(people)


def _insert(session: Session, mails: Mapping[int, "Mail"], matches: Sequence[int], now: datetime) -> None:
    """The deliveries of these persons, and which of them each match went into; set-based, for 100,000 in seconds."""
    if not mails:
        return
    listed = sets.rows(
        session,
        {
            "person": (Integer, list(mails)),
            "message_id": (Text, [message_id() for _ in mails]),
            "text_id": (Integer, [mail.text_id for mail in mails.values()]),
            "words": (Text, [mail.words for mail in mails.values()]),
        },
    )
    same = {Delivery.kind: DeliveryKind.NOTICE, Delivery.state: DeliveryState.QUEUED, Delivery.attempts: 0}
    same |= {Delivery.reason: "", Delivery.created_at: now, Delivery.due_at: now}
    constant = [literal(value, column.type).label(column.key) for column, value in same.items()]
    words = listed.c.words if sets.is_sqlite(session) else cast(listed.c.words, JSONB)
    columns = ["subscriber_id", "message_id", "text_id", "words", *(column.key for column in same)]
    rows = select(listed.c.person, listed.c.message_id, listed.c.text_id, words, *constant)
    session.execute(insert(Delivery).from_select(columns, rows))
    texts = {mail.text_id for mail in mails.values()}  # made in this transaction: they name this run's mails
    sent = update(Match).where(
        sets.one_of(session, Match.id, matches), Delivery.subscriber_id == Match.subscriber_id, Delivery.text_id.in_(texts)
    )
    session.execute(sent.values(delivery_id=Delivery.id).execution_options(synchronize_session=False))


def _count(session: Session, notices: int, now: datetime) -> None:
    insert_ = sqlite.insert if sets.is_sqlite(session) else postgresql.insert
    one = insert_(MailDay).values(on=japan_date(now), notices=notices)
    session.execute(one.on_conflict_do_update(index_elements=[MailDay.on], set_={"notices": MailDay.notices + notices}))


@dataclass
class Writer:
    """Writes mails; what several readers are told in the same words is put together once."""

    session: Session
    letterhead: Letterhead
    render: Render
    now: datetime
    mark: str
    events: dict[int, ChangeEvent]
    described: dict[int, tuple[str, str]]
    texts: dict[Notice, int] = field(default_factory=dict)
    entries: dict[tuple[int, ...], Entry] = field(default_factory=dict)
    alike: dict[tuple[Pairs, Seen], tuple[int, str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, session: Session, letterhead: Letterhead, render: Render, matches: Sequence[Any], now: datetime
    ) -> "Writer":
        """One that knows the events and the criteria of these matches."""
        event_ids = {match.event_id for match in matches}
        found = select(ChangeEvent).where(ChangeEvent.id.in_(event_ids)).order_by(ChangeEvent.id)
        found = found.options(
            joinedload(ChangeEvent.posting), joinedload(ChangeEvent.version), joinedload(ChangeEvent.previous)
        ).execution_options(populate_existing=True)
        events = {event.id: event for event in session.scalars(found).unique()}
        mark = "【見本】" if is_demonstration(session) else ""
        described = _described(session, {match.criteria_id for match in matches})
        return cls(session, letterhead, render, now, mark, events, described)

    def mail(self, person: int, matches: Sequence[Any], told: Sequence[Told]) -> Mail:
        """One person's mail."""
        postings = {self.events[match.event_id].posting_id for match in matches}
        pairs = tuple((match.event_id, match.criteria_id) for match in matches)
        last = {one.posting_id: one.version_id for one in told if one.posting_id in postings}
        key = pairs, tuple(sorted(last.items()))
        if key not in self.alike:
            text_id, words = self._worded(pairs, last)
            self.alike[key] = text_id, json.dumps(words, ensure_ascii=False).removesuffix("}")
        text_id, begun = self.alike[key]
        return Mail(text_id, f'{begun}, "links": {_links(person, matches)}}}')

    def _worded(self, pairs: Pairs, last: Mapping[int, int]) -> tuple[int, dict[str, str]]:
        """The text and the words of all who meet these events by these criteria and saw these versions last."""
        by_posting: dict[int, list[tuple[int, int]]] = {}
        for event_id, criteria_id in pairs:
            by_posting.setdefault(self.events[event_id].posting_id, []).append((event_id, criteria_id))
        criteria = dict.fromkeys(self.described[criteria_id] for _, criteria_id in pairs)
        notice = Notice(
            entries=tuple(self._entry([one for one, _ in group], last.get(posting)) for posting, group in by_posting.items()),
            thread=tuple(self.events[group[0][0]].posting.uuid for group in by_posting.values()),
            criteria=min(len(criteria), MOST_SHARED + 1),
            letterhead=self.letterhead,
            mark=self.mark,
        )
        words = {"heading": heading(len(notice.entries), [words for words, _ in criteria])}
        for number, (_, query) in enumerate(list(criteria)[: notice.shared]):
            words[f"share-{number}"] = f"{self.letterhead.base_url}/subscribe{query}"
        if notice.several:
            for number, group in enumerate(by_posting.values()):
                reasons = dict.fromkeys(self.described[criteria_id][0] for _, criteria_id in group)
                words[f"matched-{number}"] = matched(reasons)
        return self._text(notice), words

    def _text(self, notice: Notice) -> int:
        """The id of the frozen text."""
        if notice not in self.texts:
            name = str(uuid.uuid4())
            html = self.render("mail/notice.html", notice=notice, title=subject(notice))
            frozen = MailText(
                uuid=name,
                subject=subject(notice),
                text=placeholders.seal(visible(write(notice)), name, {}),
                html=placeholders.seal(visible(html), name, {}),
                headers={header: placeholders.seal(words, name, {}) for header, words in headers(notice).items()},
                created_at=self.now,
            )
            self.session.add(frozen)
            self.session.flush()
            self.texts[notice] = frozen.id
        return self.texts[notice]

    def _entry(self, event_ids: Iterable[int], last: int | None) -> Entry:
        events = [self.events[number] for number in dict.fromkeys(event_ids)]
        key = (last or 0, *(event.id for event in events))
        if key not in self.entries:
            self.entries[key] = entry(events, self.session.get(Version, last) if last else None)
        return self.entries[key]


def _described(session: Session, ids: set[int]) -> dict[int, tuple[str, str]]:
    """By id, these criteria's words, and their query for a reader to whom the mail is forwarded."""
    found = select(StoredCriteria.id, StoredCriteria.query, StoredCriteria.version, StoredCriteria.described)
    rows = session.execute(found.where(sets.one_of(session, StoredCriteria.id, list(ids)))).all()
    unnamed = {number: storing.parse(query, version) for number, query, version, words in rows if not words}
    names = naming.names(session, unnamed.values()) if unnamed else {}
    described = {number: criteria.describe(names) for number, criteria in unnamed.items()}
    return {number: (words or described[number], f"?{query}" if query else "") for number, query, _, words in rows}


def _links(person: int, matches: Sequence[Any]) -> str:
    """As JSON, the one-click link: of the subscription, or of all when the mail bundles several (docs/decisions); and managing."""
    first = matches[0]
    leave = f'["leave", {first.subscription_id}, {first.link_generation}]'
    if len(matches) > 1 and any(match.subscription_id != first.subscription_id for match in matches):
        leave = f'["leave_all", {person}, {first.person_generation}]'
    return f'{{"leave": {leave}, "manage": ["manage", {person}, {first.person_generation}]}}'
