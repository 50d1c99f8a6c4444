"""決裁: the draft on paper, frozen as it was printed, with a number and a checksum that tie the paper to the text."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.content import Content
from jobboard.base.errors import NotFound
from jobboard.base.fields import BY_SECTION, FIELDS, Field, FieldType, Section
from jobboard.base.reading import Typed, read
from jobboard.base.showing import show
from jobboard.domain import attached, audit, completeness, drafting, listing, publication
from jobboard.domain.attached import FILES
from jobboard.models import Account, Posting, Printout

EMPTY = "未入力"
ON_TOP = ("approval_on", "approval_number")
"""決裁日 and 文書番号: they stand in the head of the paper, where they can also be written by hand."""

_SHOWN_DIGITS, _GROUP = 16, 4


@dataclass(frozen=True)
class Line:
    """One field on the paper. ``unread``: the text stands as typed, for it could not be read."""

    label: str
    text: str
    empty: bool
    unread: bool
    public: bool


@dataclass(frozen=True)
class Sheet:
    """A draft as it is read: its title, 決裁日 and 文書番号 (empty when not written), and every field that applies."""

    title: str
    approval: list[tuple[str, str]]
    parts: list[tuple[Section, list[Line]]]


@dataclass(frozen=True)
class Difference:
    """One field that is no longer as it was printed."""

    field: Field
    label: str
    printed: str
    now: str


def checksum(draft: Typed) -> str:
    """SHA-256, as hexadecimal digits, over the draft as JSON: keys in order, no spaces, UTF-8."""
    canonical = json.dumps(draft, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def in_groups(digits: str) -> str:
    """The first 16 digits in groups of four, as the paper shows them: two people compare them by eye."""
    return " ".join(digits[start : start + _GROUP] for start in range(0, _SHOWN_DIGITS, _GROUP))


def print_draft(session: Session, posting: Posting, *, by: Account | None, now: datetime) -> Printout:
    """Freezes the draft as it stands. Prints of one posting are numbered from 1."""
    publication.lock(session, posting)
    last = session.scalar(select(func.max(Printout.number)).where(Printout.posting_id == posting.id)) or 0
    draft = written(session, posting)
    printout = Printout(
        posting_id=posting.id, number=last + 1, checksum=checksum(draft), draft=draft, printed_at=now,
        printed_by_id=by.id if by else None,
    )  # fmt: skip
    session.add(printout)
    session.flush()
    audit.record(session, "posting:print", "posting", posting.id, by=by, now=now, number=printout.number)
    return printout


def written(session: Session, posting: Posting) -> dict[str, list[str]]:
    """The draft as it stands with its files, each by name and the first digits of its SHA-256: a paper is of both."""
    files = [f"{one.name}(照合コード {in_groups(one.sha256)})" for one in attached.of_posting(session, posting)]
    return {**drafting.text(posting), **({FILES.name: files} if files else {})}


def prints(session: Session, posting: Posting) -> list[Printout]:
    """The posting's prints, newest first."""
    found = select(Printout).where(Printout.posting_id == posting.id)
    return list(session.scalars(found.order_by(Printout.number.desc())))


def find(session: Session, posting: Posting, number: int) -> Printout:
    """One print of the posting. Raises ``NotFound``."""
    chosen = (Printout.posting_id == posting.id, Printout.number == number)
    found = session.scalar(select(Printout).where(*chosen))
    if found is None:
        raise NotFound
    return found


def sheet(session: Session, draft: Typed) -> Sheet:
    """The draft as its paper says it; names of municipalities are looked up."""
    content, _ = read(draft)
    names = listing.names(session, content.codes("co_municipalities"))
    parts = []
    for section, fields in BY_SECTION.items():
        on_paper = (field for field in fields if field.name not in ON_TOP and completeness.applies(field, content))
        files = [FILES] if section is FILES.section and draft.get(FILES.name) else []
        parts.append((section, [_line(field, content, draft, names) for field in (*on_paper, *files)]))
    top = [(field.label, _text(field, content, draft, {})) for field in FIELDS if field.name in ON_TOP]
    return Sheet(_title(draft), top, parts)


def changed_since(session: Session, posting: Posting, printout: Printout) -> list[Difference]:
    """The fields of the draft that differ from the paper, in the order of the field table, and its files."""
    return compare(printout.draft, written(session, posting))


def compare(printed: Typed, typed: Typed) -> list[Difference]:
    """The fields that differ between two drafts, as people read them; what reads the same (25000, 25,000円) does not."""
    before, after = read(printed)[0], read(typed)[0]
    found = []
    for field in (*FIELDS, FILES):
        old, new = _text(field, before, printed, {}), _text(field, after, typed, {})
        if old != new or before.get(field.name) != after.get(field.name):
            label = field.label_for(after.engagement)
            found.append(Difference(field, label, old or EMPTY, new or EMPTY))
    return found


def _line(field: Field, content: Content, draft: Typed, names: Mapping[str, str]) -> Line:
    text = _text(field, content, draft, names)
    return Line(
        label=field.label_for(content.engagement),
        text=text or EMPTY,
        empty=not text,
        unread=bool(text) and field.name not in content,
        public=field.public,
    )


def _text(field: Field, content: Content, draft: Typed, names: Mapping[str, str]) -> str:
    """What the field says; as typed where that cannot be read, empty where nothing was typed."""
    if field.name not in content:
        typed = [*draft.get(field.name, []), *draft.get(f"{field.name}.explicit", [])]
        return "\n".join(word for word in typed if word.strip())
    if field.type is FieldType.MUNICIPALITIES:
        return "、".join(names.get(code, code) for code in content.codes(field.name))
    return show(field.name, content)


def _title(draft: Typed) -> str:
    return " ".join("".join(draft.get("title", [])[:1]).split()) or "(題名なし)"
