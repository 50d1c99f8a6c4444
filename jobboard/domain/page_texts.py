"""Texts of the fixed pages that the office writes: every version is kept, the one published last is shown."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base import markdown
from jobboard.base.errors import Incomplete, NotFound, Problem, WrongState
from jobboard.base.states import FixedPage
from jobboard.base.text import clean
from jobboard.domain import audit
from jobboard.domain.addresses import read_address
from jobboard.domain.announcing import body_problems
from jobboard.domain.versions import bump
from jobboard.models import Account, Board, PageText

LONGEST = 40_000
LONGEST_LINE = 200


@dataclass(frozen=True)
class Office:
    """Who answers: the office's name, a mail address or a form's URL, the postal address. Empty: what the settings say."""

    office: str = ""
    contact: str = ""
    postal: str = ""


def read_office(body: str) -> Office:
    """The body of an ``OFFICE`` version; nothing for an empty one."""
    return Office(**json.loads(body)) if body else Office()


def read(page: FixedPage, *, body: str = "", office: str = "", contact: str = "", postal: str = "") -> str:
    """What was typed for the page, as it is kept. Raises ``Incomplete``."""
    if page is not FixedPage.OFFICE:
        text = clean(body)
        problems = body_problems("body", text, LONGEST)
        if problems:
            raise Incomplete(problems)
        return text
    lines = Office(*(" ".join(clean(one).split()) for one in (office, contact, postal)))
    problems = []
    for name, line in asdict(lines).items():
        if len(line) > LONGEST_LINE:
            problems.append(Problem(name, f"{LONGEST_LINE}字以内で書いてください(今は{len(line):,}字)。"))
        else:
            problems += [Problem(name, sentence) for sentence in markdown.html_faults(line)]
    contact, wrong = _contact(lines.contact)
    if problems or wrong:
        raise Incomplete([*problems, *wrong])
    given = Office(lines.office, contact, lines.postal)
    return json.dumps(asdict(given), ensure_ascii=False) if any(asdict(given).values()) else ""


def _contact(line: str) -> tuple[str, list[Problem]]:
    if not line:
        return "", []
    if "://" in line:
        try:
            named = urlsplit(line).hostname
        except ValueError:
            named = None
        if named and line.startswith("https://") and markdown.leads_safely(line):
            return line, []
        return "", [Problem("contact", "https:// で始まる、フォームのアドレスを書いてください。")]
    try:
        return read_address(line, field="contact"), []
    except Incomplete as wrong:
        return "", wrong.problems


def published(session: Session) -> dict[FixedPage, PageText]:
    """The version that is shown of each page that has one; an empty one gives the page its own words back."""
    rows = session.scalars(select(PageText).where(PageText.published_at.is_not(None)).order_by(PageText.published_at, PageText.id))
    return {row.page: row for row in rows}


def versions(session: Session, page: FixedPage) -> list[PageText]:
    """All versions of a page, the newest first."""
    return list(session.scalars(select(PageText).where(PageText.page == page).order_by(PageText.id.desc())))


def find(session: Session, page: FixedPage, text_id: int) -> PageText:
    """Raises ``NotFound``."""
    row = session.get(PageText, text_id)
    if row is None or row.page is not page:
        raise NotFound
    return row


def write(session: Session, page: FixedPage, body: str, *, by: Account, now: datetime) -> PageText:
    """A version that nobody else sees before it is published."""
    row = PageText(page=page, body=body, created_at=now, created_by_id=by.id)
    session.add(row)
    session.flush()
    audit.record(session, "text:write", "page_text", row.id, by=by, now=now, page=str(page))
    return row


def publish(session: Session, row: PageText, *, instead_of: int, by: Account, now: datetime) -> None:
    """Shows the version instead of the one of that id, 0 for the page's own words.

    Raises ``WrongState``: ``text_shown`` when it was published before, ``text_overtaken`` when another one is shown meanwhile.
    """
    _take_turn(session, row.page, instead_of)
    session.refresh(row)
    if row.published_at is not None:
        raise WrongState("text_shown", "publish")
    row.published_at = now
    audit.record(session, "text:publish", "page_text", row.id, by=by, now=now, page=str(row.page), instead_of=instead_of)
    bump(session)


def go_back(session: Session, row: PageText, *, instead_of: int, by: Account, now: datetime) -> PageText:
    """An earlier version as a new one, shown at once. Raises ``WrongState`` as ``publish``."""
    _take_turn(session, row.page, instead_of)
    again = write(session, row.page, row.body, by=by, now=now)
    publish(session, again, instead_of=instead_of, by=by, now=now)
    return again


def _take_turn(session: Session, page: FixedPage, instead_of: int) -> None:
    """Waits for whoever publishes now, by the board's row, for pages have none; then looks at what is shown."""
    session.flush()
    session.get_one(Board, 1, with_for_update=True, populate_existing=True)
    shown = published(session).get(page)
    if (shown.id if shown else 0) != instead_of:
        raise WrongState("text_overtaken", "publish")


def difference(old: str, new: str) -> list[tuple[str, str]]:
    """Lines in order: ``("same" | "before" | "after" | "gap", line)``; of what is the same only the lines beside a change."""
    before, after = old.splitlines(), new.splitlines()
    lines: list[tuple[str, str]] = []
    for group in SequenceMatcher(None, before, after).get_grouped_opcodes(2):
        lines += [("gap", "")] if lines else []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [("same", line) for line in before[i1:i2]]
            else:
                lines += [("before", line) for line in before[i1:i2]] + [("after", line) for line in after[j1:j2]]
    return lines
