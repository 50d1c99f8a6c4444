"""From delivery rows to the letters that leave: links are made here and nowhere kept, addresses are read here.

What many readers get alike is made ready once (``Sheets``) and then patched for each.
"""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base import tokens
from jobboard.base.letter import Letter
from jobboard.base.patched import Pieces
from jobboard.base.sheet import Sheet
from jobboard.base.text import clean
from jobboard.domain import links, one_time_codes, placeholders
from jobboard.domain.leasing import Leased
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.wrapping import wrap
from jobboard.models import Account, Handover, MailText, Question, SourceItem, Subscriber, Subscription

PATHS = {
    "manage": "/subscriptions/{}",
    "leave": "/u/{}",
    "leave_all": "/u/{}",
    "confirm": "/subscribe/confirm/{}",
    "question": "/question/{}",
    "invite": "/invitation/{}",
    "reset": "/reset/{}",
    "handover": "/handover/{}",
    "collected": "/collected/{}",
}
"""Where a link of each purpose leads."""

KEPT = 200
"""Sheets that are kept ready. A run of notices has a few texts, each with the words of some criteria."""


class Prepared(NamedTuple):
    """A sheet, or why none can be made, beside what it takes to patch it: by name, the place of each link."""

    sheet: Sheet | ValueError
    places: dict[str, str]


@dataclass
class Sheets:
    """Makes letters of rows; keeps the sheets that were used last."""

    letterhead: Letterhead
    _kept: OrderedDict[tuple[Any, ...], Prepared] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        self._host = self.letterhead.host
        self._opening = {purpose: self.letterhead.base_url + path for purpose, path in PATHS.items()}

    def letters(self, session: Session, rows: Sequence[Leased], *, now: datetime) -> list[Letter | ValueError]:
        """A letter for each row as it goes out, or why none can be made. Sending again gives equal bytes.

        Tokens are derived, the date is the row's. Only links of the recipient's own become URLs; a placeholder that somebody
        wrote into a posting stays text.
        """
        keys = [_key(row) for row in rows]
        self._make(session, {key: row for key, row in zip(keys, rows, strict=True) if key not in self._kept})
        own = [_own_links(row) for row in rows]
        mine = _their_subscriptions(session, own) | _their_questions(session, own) | _their_handovers(session, own)
        mine |= _their_candidates(session, own)
        boxes = _mailboxes(session, own)
        allowed = [
            {name: link for name, link in named.items() if _is_own(row, link, mine, boxes)}
            for row, named in zip(rows, own, strict=True)
        ]
        wanted = [link for named in allowed for link in named.values()]
        made = self._made(session, wanted, now)
        letters = [
            self._letter(row, self._kept.get(key), {name: made[link] for name, link in named.items()})
            for row, key, named in zip(rows, keys, allowed, strict=True)
        ]
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return letters

    def _made(self, session: Session, wanted: Sequence[placeholders.Link], now: datetime) -> dict[placeholders.Link, str]:
        """What stands at each place: an address, or a one-time code."""
        codes = {one for one in wanted if one[0] == one_time_codes.PURPOSE}
        tokens_ = links.issue_all(session, self.letterhead.key, (one for one in wanted if one not in codes), now=now)
        made = {link: self._opening[link[0]].format(token) for link, token in tokens_.items()}
        return made | one_time_codes.issue_all(session, self.letterhead.key, codes, now=now)

    def _letter(self, row: Leased, prepared: Prepared | None, urls: Mapping[str, str]) -> Letter | ValueError:
        if prepared is None:
            return ValueError("its text is gone")
        if isinstance(prepared.sheet, ValueError):
            return prepared.sheet
        try:
            return Letter.on(
                prepared.sheet,
                message_id=f"{row.message_id}@{self._host}",
                recipient=row.address or "",
                envelope_sender=self.letterhead.return_path(row.message_id),
                date=row.created_at,
                fills={prepared.places[name]: url for name, url in urls.items()},
            )
        except ValueError as error:
            return error

    def _make(self, session: Session, missing: Mapping[tuple[Any, ...], Leased]) -> None:
        ids = {row.text_id for row in missing.values() if row.text_id is not None}
        if not ids:
            return
        texts = {text.id: text for text in session.scalars(select(MailText).where(MailText.id.in_(ids)))}
        for key, row in missing.items():
            text = texts.get(row.text_id or 0)
            if text is not None:
                places = {name: placeholders.place_of(name, text.uuid) for name in row.words.get("links", {})}
                self._kept[key] = Prepared(_sheet(text, row, self.letterhead), places)


def _key(row: Leased) -> tuple[Any, ...]:
    """What rows that share a sheet have in common: the text, the words in it, and which places are links."""
    words = row.words
    return row.text_id, *((name, text if isinstance(text, str) else tuple(text)) for name, text in words.items())


def _own_links(row: Leased) -> dict[str, placeholders.Link]:
    return {name: (one[0], one[1], one[2]) for name, one in row.words.get("links", {}).items()}


def _their_subscriptions(session: Session, named: Sequence[Mapping[str, placeholders.Link]]) -> dict[tuple[str, int], int]:
    """Of the subscriptions that these links name, by purpose and id: whose each is."""
    ids = {link[1] for links_ in named for link in links_.values() if link[0] in ("leave", "confirm")}
    if not ids:
        return {}
    found = select(Subscription.id, Subscription.subscriber_id).where(Subscription.id.in_(ids))
    return {(purpose, number): person for number, person in session.execute(found) for purpose in ("leave", "confirm")}


def _their_questions(session: Session, named: Sequence[Mapping[str, placeholders.Link]]) -> dict[tuple[str, int], int]:
    """Of the questions that these links name: who asked each."""
    ids = {link[1] for links_ in named for link in links_.values() if link[0] == "question"}
    if not ids:
        return {}
    found = select(Question.id, Question.asker_id).where(Question.id.in_(ids))
    return {("question", number): person for number, person in session.execute(found) if person is not None}


def _their_handovers(session: Session, named: Sequence[Mapping[str, placeholders.Link]]) -> dict[tuple[str, int], int]:
    """Of the handovers that these links name: who asked for each."""
    ids = {link[1] for links_ in named for link in links_.values() if link[0] == "handover"}
    if not ids:
        return {}
    found = select(Handover.id, Subscriber.id).join(Subscriber, Subscriber.address_key == Handover.email).where(Handover.id.in_(ids))
    return {("handover", number): person for number, person in session.execute(found)}


def _their_candidates(session: Session, named: Sequence[Mapping[str, placeholders.Link]]) -> dict[tuple[str, int], int]:
    """Of the candidates that these links name: who was asked about each."""
    ids = {link[1] for links_ in named for link in links_.values() if link[0] == "collected"}
    if not ids:
        return {}
    asked = select(SourceItem.id, Subscriber.id).join(Subscriber, Subscriber.address_key == SourceItem.invited_address)
    return {("collected", number): person for number, person in session.execute(asked.where(SourceItem.id.in_(ids)))}


def _mailboxes(session: Session, named: Sequence[Mapping[str, placeholders.Link]]) -> dict[tuple[str, int], str]:
    """To which mailbox these links and one-time codes of accounts may go; several persons may share one."""
    wanted = {link[:2] for links_ in named for link in links_.values()}
    codes = one_time_codes.mailboxes(session, {number for purpose, number in wanted if purpose == one_time_codes.PURPOSE})
    boxes = {(one_time_codes.PURPOSE, number): address for number, address in codes.items()}
    people = {one for one in wanted if one[0] in ("invite", "reset")}
    if people:
        found = select(Account.id, Account.email).where(Account.id.in_({number for _, number in people}))
        addresses = {number: address for number, address in session.execute(found)}
        boxes |= {one: addresses[one[1]] for one in people if one[1] in addresses}
    return boxes


def _is_own(
    row: Leased, link: placeholders.Link, mine: Mapping[tuple[str, int], int], boxes: Mapping[tuple[str, int], str]
) -> bool:
    """Whether the recipient may hold this link."""
    purpose, subject_id, _ = link
    if row.account_id is not None:
        return boxes.get((purpose, subject_id), "") == row.address
    if row.subscriber_id is None:
        return False
    if purpose in ("manage", "leave_all"):
        return subject_id == row.subscriber_id
    return mine.get((purpose, subject_id)) == row.subscriber_id


def sheet(text: MailText, words: Mapping[str, Any], letterhead: Letterhead) -> Sheet:
    """The text with the words (``Delivery.words``) in it; only places of links are left. Raises ``ValueError``."""
    plain = {name: value for name, value in words.items() if isinstance(value, str)}
    named: Collection[str] = words.get("links", {})
    in_text, in_html = _in_text(plain), _in_html(plain)
    return Sheet(
        mark=tokens.digest(text.uuid)[:24],
        sender=letterhead.sender,
        sender_name=letterhead.site,
        subject=" ".join(clean(text.subject).split()),
        text=_pieces(text.text, text.uuid, named, in_text),
        html=_pieces(text.html, text.uuid, named, in_html) if text.html else (),
        headers={name: _pieces(value, text.uuid, named, lambda found: found[0]) for name, value in text.headers.items()},
    )


def _sheet(text: MailText, row: Leased, letterhead: Letterhead) -> Sheet | ValueError:
    try:
        return sheet(text, row.words, letterhead)
    except ValueError as error:
        return error


Fill = Callable[[re.Match[str]], str]


def _pieces(template: str, uuid: str, named: Collection[str], fill: Fill) -> Pieces:
    """The template cut at the places of links; what ``fill`` says of any other place is not looked at again."""
    pieces, end = [""], 0
    for found in placeholders.pattern(uuid).finditer(template):
        pieces[-1] += template[end : found.start()]
        end = found.end()
        if found[2] in named:
            pieces[-1] += found[1] or ""
            pieces += [placeholders.place_of(found[2], uuid), ""]
        else:
            pieces[-1] += fill(found)
    pieces[-1] += template[end:]
    return tuple(pieces)


def _in_text(words: Mapping[str, str]) -> Fill:
    """Words that begin a line are wrapped with its indentation."""

    def filled(found: re.Match[str]) -> str:
        indent, text = found[1], words.get(found[2])
        if text is None:
            return found[0]
        return text if indent is None else wrap(text, indent=indent)

    return filled


def _in_html(words: Mapping[str, str]) -> Fill:
    def filled(found: re.Match[str]) -> str:
        text = words.get(found[2])
        return found[0] if text is None else (found[1] or "") + str(escape(text))

    return filled
