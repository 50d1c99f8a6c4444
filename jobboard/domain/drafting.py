"""Writing a draft: it saves with anything missing or wrong, and keeps what was typed as it was typed.

The draft of a posting that was published is its amendment. It names the version it was begun from, so that what took
effect meanwhile (an extended deadline, a corrected telephone number) is not undone by a text that was begun earlier.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobboard.base.choice import Choice
from jobboard.base.clock import in_japan
from jobboard.base.content import Content, Value, from_json
from jobboard.base.errors import EditConflict, Incomplete, NotFound, Problem, WrongState
from jobboard.base.fields import FIELDS, FieldType
from jobboard.base.reading import Typed
from jobboard.base.states import State
from jobboard.base.text import visible
from jobboard.base.vocabulary import AgeCondition, Explicit
from jobboard.domain import attached, audit, completeness, permissions
from jobboard.domain.examples import Example
from jobboard.models import Account, Municipality, Posting, Version

LONGEST = 20_000
"""Characters kept per field; more is refused with a sentence, never cut."""

MOST_VALUES = 100
"""Values kept per field: more than any list of choices has."""

_BEGUN_FROM = ".begun_from"
_LABELS = {key: field.label for field in FIELDS for key in (field.name, f"{field.name}.explicit")}
KEYS = tuple(
    key for field in FIELDS for key in (field.name, f"{field.name}.explicit") if key == field.name or field.explicit
)
"""The keys that a draft knows: each field, and its explicit answer where it has one."""

_WRITTEN_IN = (State.DRAFT, State.RETURNED, State.PUBLISHED)


def start(
    session: Session, municipality: Municipality, *, title: str = "", example: Example | None = None, by: Account,
    now: datetime,
) -> Posting:  # fmt: skip
    """A new draft: the words of an example, and the answers that are the same for nearly every posting of the municipality.

    Begun by an account of the prefecture it lies there (代理作成) until it is handed over.
    """
    words = example.of(municipality.name) if example else {}
    draft = {
        **words,
        "title": [title] if title.strip() else words.get("title", []),
        "employer_name": [municipality.name],
        "work_place_prefecture": [municipality.pref_code],
        "age_condition": [AgeCondition.NONE.value],
    }
    posting = Posting(
        uuid=str(uuid4()), municipality=municipality, state=State.DRAFT, created_at=now, created_by_id=by.id,
        draft=kept(draft), draft_at=now, draft_by_id=by.id, held_by=permissions.side(by, municipality),
    )
    session.add(posting)
    session.flush()
    audit.record(session, "posting:start", "posting", posting.id, by=by, now=now)
    return posting


def is_editable(posting: Posting) -> bool:
    """Whether its text may be written now: not while it, or a change of it, waits for 掲載確認, nor once it is over."""
    return posting.state in _WRITTEN_IN and posting.pending_id is None


def save(
    session: Session, posting: Posting, typed: Typed, *, keys: Collection[str] = KEYS, revision: int, by: Account,
    now: datetime,
) -> Posting:  # fmt: skip
    """Keeps ``typed`` as the draft if nobody saved since ``revision``; of one step only its ``keys``, the rest stays.

    Raises EditConflict with both texts, Incomplete when a field is longer than is kept, WrongState when the text may
    not be written now, NotFound when it was dropped at this moment. Nothing is saved then. The same text sent twice (a
    double click) is no conflict.
    """
    mine = merged(text(posting), typed, keys)
    wrong = too_long(mine)
    if wrong:
        raise Incomplete(wrong)
    if not is_editable(posting):
        raise WrongState(posting.state.value, "posting:edit")
    if not _replace(session, posting, mine, revision=revision, by=by, now=now):
        if session.get(Posting, posting.id, populate_existing=True) is None:
            raise NotFound
        theirs = text(posting)
        mine = merged(theirs, typed, keys)
        if theirs != mine:
            raise EditConflict(theirs, mine, posting.revision, _name(session, posting.draft_by_id))
        return posting
    audit.record(session, "posting:save", "posting", posting.id, by=by, now=now, revision=posting.revision)
    return posting


def settle(session: Session, posting: Posting, *, by: Account, now: datetime) -> None:
    """Lays an amendment over what is published now, if it was begun from an earlier version; before it is sent in."""
    if posting.current_id is not None and posting.draft.get(_BEGUN_FROM) != [str(posting.current_id)]:
        _replace(session, posting, text(posting), revision=posting.revision, by=by, now=now)


def discard(session: Session, posting: Posting, *, revision: int, by: Account, now: datetime) -> Posting:
    """Throws an amendment away: text and files are again what is published. Raises EditConflict and WrongState."""
    if posting.current is None or not is_editable(posting):
        raise WrongState(posting.state.value, "posting:discard")
    if not _replace(session, posting, {}, revision=revision, by=by, now=now):
        session.refresh(posting)
        raise EditConflict(text(posting), {}, posting.revision, _name(session, posting.draft_by_id))
    attached.restore(session, posting, now=now)
    audit.record(session, "posting:discard", "posting", posting.id, by=by, now=now)
    return posting


def _replace(
    session: Session, posting: Posting, draft: dict[str, list[str]], *, revision: int, by: Account, now: datetime
) -> bool:
    """The conditional UPDATE; whether it met the row as it was read."""
    begun_from = {_BEGUN_FROM: [str(posting.current_id)]} if posting.current_id and draft else {}
    session.flush()
    unchanged = sa.and_(
        Posting.id == posting.id,
        Posting.revision == revision,
        Posting.state == posting.state,
        Posting.held_by == posting.held_by,
        Posting.pending_id.is_(None),
    )
    replaced: Any = session.execute(
        sa.update(Posting)
        .where(unchanged)
        .values(draft={**draft, **begun_from}, revision=revision + 1, draft_at=now, draft_by_id=by.id, archived_at=None)
        .execution_options(synchronize_session=False)
    )
    if replaced.rowcount != 1:
        return False
    session.refresh(posting)
    return True


def merged(draft: Typed, typed: Typed, keys: Collection[str]) -> dict[str, list[str]]:
    """``draft`` with what ``typed`` says for ``keys``, in the order of the field table: a key that it lacks was emptied."""
    return kept({key: list((typed if key in keys else draft).get(key, [])) for key in KEYS})


def kept(typed: Typed) -> dict[str, list[str]]:
    """What a draft keeps of ``typed``: known keys that hold something, without what is invisible."""
    cleaned = {key: [visible(value) for value in typed[key]][:MOST_VALUES] for key in KEYS if key in typed}
    return {key: filled for key, values in cleaned.items() if (filled := [value for value in values if value])}


def too_long(typed: Mapping[str, Sequence[str]]) -> list[Problem]:
    """The fields of which more was typed than is kept."""
    sizes = {key: sum(map(len, values)) for key, values in typed.items()}
    return [
        Problem(key.removesuffix(".explicit"), f"「{_LABELS[key]}」は{LONGEST:,}字以内にしてください(今は{size:,}字)。")
        for key, size in sizes.items()
        if size > LONGEST
    ]


def _name(session: Session, account_id: int | None) -> str:
    account = session.get(Account, account_id) if account_id else None
    return account.name if account else ""


def text(posting: Posting) -> dict[str, list[str]]:
    """What the edit page starts from: the draft; for a published posting what is published, under its amendment."""
    draft = {key: values for key, values in posting.draft.items() if key != _BEGUN_FROM}
    if posting.current is None:
        return draft
    published = from_content(_content(posting.current))
    begun_from = posting.draft.get(_BEGUN_FROM)
    if not begun_from:
        return published
    if begun_from == [str(posting.current_id)]:
        return draft
    before = from_content(_content(next(one for one in posting.versions if str(one.id) == begun_from[0])))
    newest = {key: draft.get(key) if draft.get(key) != before.get(key) else published.get(key) for key in KEYS}
    return {key: values for key, values in newest.items() if values}


def go_on(posting: Posting) -> None:
    """What was drafted when something shorter was published becomes the amendment of that."""
    posting.draft = {**posting.draft, _BEGUN_FROM: [str(posting.current_id)]}


def has_amendment(posting: Posting) -> bool:
    """Whether the draft of a published posting says anything else than what is published."""
    if posting.current is None or not posting.draft.get(_BEGUN_FROM):
        return False
    typed = text(posting)
    content, problems = completeness.read_applying(typed)
    return bool(problems) or content != _content(posting.current)


def title(posting: Posting) -> str:
    """The published title, else the one in the draft, else a word that there is none."""
    drafted = " ".join("".join(posting.draft.get("title", [])[:1]).split())
    return posting.title or drafted[:80] or "(題名なし)"


def title_of_version(version: Version) -> str:
    """The title that a version sent in bears."""
    return str(version.content.get("title") or "(題名なし)")


def _content(version: Version) -> Content:
    return from_json(version.content)


def from_content(content: Content) -> dict[str, list[str]]:
    """The draft that reads as ``content``: where an amendment starts."""
    kinds = {field.name: field.type for field in FIELDS}
    draft = {}
    for name, value in content.items():
        key = f"{name}.explicit" if isinstance(value, Explicit) else name
        draft[key] = _typed(kinds[name], value)
    return draft


def _typed(kind: FieldType, value: Value) -> list[str]:
    if isinstance(value, Choice):
        return [value.value]
    if isinstance(value, tuple):
        return [str(member) for member in value] if kind is FieldType.CHOICES else [" ".join(value)]
    if isinstance(value, datetime):
        return [_typed_instant(value)]
    if isinstance(value, date):
        return [value.isoformat()]
    return [format(value, "f") if kind is FieldType.DECIMAL else str(value)]


def _typed_instant(instant: datetime) -> str:
    local = in_japan(instant)
    if local.hour == 0 and local.minute == 0:
        return (local.date() - timedelta(days=1)).isoformat()
    return local.strftime("%Y-%m-%dT%H:%M")
