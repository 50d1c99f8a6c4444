"""一括取込 and its reverse: what a file holds becomes drafts of one's own municipalities; postings become a file."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from jobboard.base.content import Content
from jobboard.base.reading import read
from jobboard.base.states import SourceKind
from jobboard.domain import audit, drafting, permissions
from jobboard.domain.sheets_form import write_forms
from jobboard.domain.sheets_opening import open_sheets, refused
from jobboard.domain.sheets_reading import CODE, PLACE, Row, read_sheets
from jobboard.domain.sheets_words import folded
from jobboard.domain.sheets_writing import Entry, Layout, write_csv, write_list
from jobboard.models import Account, Municipality, Posting

MOST_FORMS = 200
"""Sheets of one file of 単票."""

ACTION, LEFT_OUT = "posting:import", "-"
"""As 監査記録 tells of it: in ``rows`` the posting's id for each row, ``-`` for one left out, nothing for one not taken."""


@dataclass(frozen=True)
class Candidate:
    """One row of a file and its municipality; ``wanted`` when it is to become a draft. ``content``: what was understood of it."""

    row: Row
    municipality: Municipality | None
    wanted: bool
    content: Content


@dataclass(frozen=True)
class Taken:
    """What became of one row: the draft that it was made to, or None; ``left_out`` where a posting like it was enough."""

    row: Row
    posting: Posting | None
    content: Content
    left_out: bool = False


@dataclass(frozen=True)
class Report:
    """What became of a file. ``unknown``: (address, heading) of columns that hold something and were not read.

    ``id``: of the entry of 監査記録 that tells of it.
    """

    taken: list[Taken]
    unknown: list[tuple[str, str]]
    id: int = 0

    @property
    def drafts(self) -> list[Taken]:
        """The rows that became drafts."""
        return [one for one in self.taken if one.posting is not None]

    @property
    def faulty(self) -> list[Taken]:
        """The rows in which something is wrong, whether or not they were kept."""
        return [one for one in self.taken if one.row.faults]

    @property
    def left_out(self) -> list[Taken]:
        """The rows that were left out because a posting like them was there."""
        return [one for one in self.taken if one.left_out]


def examined(
    session: Session, content: bytes, *, by: Account, keep_faulty: bool = False
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """The rows of a file, and (address, heading) of the columns that were not read; nothing is stored.

    Raises ``Incomplete`` when the file as a whole cannot be read.
    """
    reading = read_sheets(open_sheets(content))
    if not reading.rows:
        raise refused("募集が1行もありません。見出しの下の行に書いてください。")
    own = session.scalars(select(Municipality).where(permissions.own_municipalities(by)).order_by(Municipality.code)).all()
    places = _Places(own)
    found = []
    for row in reading.rows:
        lasting = places.check(row)
        municipality = places.found(row)
        wanted = municipality is not None and not lasting and (keep_faulty or not row.faults)
        found.append(Candidate(row, municipality, wanted, read(row.typed)[0]))
    return found, reading.unknown


def import_file(
    session: Session, content: bytes, *, by: Account, now: datetime, keep_faulty: bool = False,
    leave_out: Collection[int] = (), key: str = "",
) -> Report:  # fmt: skip
    """Makes a draft of every row without a fault but those ``leave_out``, by their place. Raises ``Incomplete`` as ``examined``.

    ``keep_faulty``: also of rows whose values cannot all be read; they stay in the draft as they were written. A row without a
    title, with a formula, or for a municipality that ``by`` does not write for is never taken. ``key``: what the file is known by.
    """
    candidates, unknown = examined(session, content, by=by, keep_faulty=keep_faulty)
    taken = []
    for place, one in enumerate(candidates):
        left_out = one.wanted and place in leave_out
        makes = one.municipality is not None and one.wanted and not left_out
        posting = _draft(session, one.municipality, one.row, by=by, now=now) if makes and one.municipality else None
        taken.append(Taken(one.row, posting, one.content, left_out))
    report = Report(taken, unknown)
    entry = audit.record(
        session, ACTION, "account", by.id, by=by, now=now, drafts=len(report.drafts), faulty=len(report.faulty), file=key,
        rows=[str(one.posting.id) if one.posting else LEFT_OUT if one.left_out else "" for one in taken],
    )  # fmt: skip
    session.flush()
    return replace(report, id=entry.id)


def _draft(session: Session, municipality: Municipality, row: Row, *, by: Account, now: datetime) -> Posting:
    posting = drafting.start(session, municipality, by=by, now=now)
    posting.draft, posting.source_kind = row.typed, SourceKind.IMPORTED
    session.flush()
    return posting


class _Places:
    """The municipalities that an account writes for, as rows name them."""

    def __init__(self, own: Sequence[Municipality]) -> None:
        self._own = own
        self._codes = {one.code: one for one in own}
        names = [(folded(name), one) for one in own for name in (one.full_name, one.name)]
        told = [name for name, _ in names]
        self._names = {name: one for name, one in names if told.count(name) == 1}

    def found(self, row: Row) -> Municipality | None:
        """The row's municipality; where it names none, the only one there is."""
        if row.code:
            return self._codes.get(row.code)
        if row.municipality:
            return self._names.get(folded(row.municipality)) or self._codes.get(row.municipality.zfill(6))
        return self._own[0] if len(self._own) == 1 else None

    def check(self, row: Row) -> bool:
        """Whether the row is lost whatever its values say; notes why."""
        found = self.found(row)
        if found is None:
            told = CODE if row.code else PLACE
            named = row.code or row.municipality
            row.fault(told, f"「{named}」の募集を書く権限がないか、その市区町村がありません。" if named else "市区町村を書いてください。")
        elif row.code and row.municipality and folded(row.municipality) not in (folded(found.full_name), folded(found.name)):
            row.fault(PLACE, f"「{row.municipality}」と、コード{row.code}の{found.full_name}が違います。どちらかを直してください。")
        return not row.title or row.is_lost or any(fault.label in (PLACE, CODE) for fault in row.faults)


def export_file(session: Session, postings: ColumnElement[bool], layout: Layout, part: int = 0) -> bytes:
    """The postings of a where-clause as a file: each as its edit page would show it, also a change that was not sent.

    ``part``: from 1, so many as fit into one file of 単票; 0 is all. Raises ``Incomplete`` where all are too many.
    """
    chosen = select(Posting).where(postings, Posting.archived_at.is_(None)).options(selectinload(Posting.current))
    if part:
        chosen = chosen.offset((part - 1) * MOST_FORMS).limit(MOST_FORMS)
    found = session.scalars(chosen.options(selectinload(Posting.versions)).order_by(Posting.id)).unique().all()
    if layout is Layout.FORM and len(found) > MOST_FORMS:
        raise refused(f"単票は、1つのファイルに{MOST_FORMS}件までです。{MOST_FORMS}件ずつ受け取るか、一覧を選んでください。")
    return written([_entry(posting) for posting in found], layout)


def parts(session: Session, postings: ColumnElement[bool]) -> list[tuple[int, int]]:
    """First and last number of the postings in each file of 単票, where one is not enough."""
    count = session.scalar(select(func.count(Posting.id)).where(postings, Posting.archived_at.is_(None))) or 0
    firsts = range(1, count + 1, MOST_FORMS) if count > MOST_FORMS else ()
    return [(first, min(first + MOST_FORMS - 1, count)) for first in firsts]


def _entry(posting: Posting) -> Entry:
    place = posting.municipality
    return Entry(place.full_name, place.code, drafting.text(posting), str(posting.id), posting.state.label)


def empty_file(municipality: Municipality | None, layout: Layout) -> bytes:
    """A file to be filled in."""
    entry = Entry(municipality.full_name, municipality.code) if municipality else Entry()
    return written([entry], layout)


def written(entries: Sequence[Entry], layout: Layout) -> bytes:
    """The entries in a layout; a 単票 without any is an empty one."""
    if layout is Layout.CSV:
        return write_csv(entries)
    return write_forms(entries or [Entry()]) if layout is Layout.FORM else write_list(entries)
