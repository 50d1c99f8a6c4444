"""Filling a migrated, empty database with generated calls quickly: the rows that publishing would have written, in bulk.

The derived values come from the very functions that publication uses; what is left out is what lists do not read (audit, mail).
"""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from benchmarks.generated import Call
from jobboard.base.clock import end_of, start_of
from jobboard.base.content import SCHEMA, Content, from_json, to_json
from jobboard.base.states import ClosedReason, EventKind, State, VersionState
from jobboard.base.vocabulary import DeadlineKind
from jobboard.domain import cards, documents, facets, searching
from jobboard.models import Board, ChangeEvent, Municipality, Posting, PostingPlace, PostingTheme, Version

BATCH = 1_000
COMMON: dict[str, Any] = {
    "scheme": "none", "recruitment_routes": ["open_call"], "headcount": 1, "duties": "計画の見直しについて助言し、業務の改善を職員とともに進めていただきます。",
    "requirements_must": "情報システムの企画を担当した経験", "age_condition": "none", "workdays": "4", "workdays_period": "month",
    "work_place": "市役所本庁舎", "apply_method": ["email"], "conflict": "none", "apply_by_kind": DeadlineKind.CLOSING.value,
    "official_url": "https://www.city.example.jp/boshu.html", "department": "デジタル推進課", "contact_tel": "03-0000-0000",
}  # fmt: skip


def fill(session: Session, calls: Iterable[Call]) -> int:
    """Writes every call in the caller's transaction; returns how many. Ids count from 1 in the order of ``calls``."""
    session.execute(sa.update(Board).values(index_format=facets.FORMAT))
    places = {place.code: place for place in session.scalars(sa.select(Municipality))}
    numbered = enumerate(calls, 1)
    last = 0
    while batch := list(islice(numbered, BATCH)):
        rows = [_rows(number, call, places[call.code]) for number, call in batch]
        session.execute(sa.insert(Posting), [{**row["posting"], "current_id": None} for row in rows])
        session.execute(sa.insert(Version), [row["version"] for row in rows])
        session.execute(sa.update(Posting).where(Posting.current_id.is_(None)).values(current_id=Posting.id))
        session.execute(sa.insert(PostingPlace), [row["place"] for row in rows])
        session.execute(sa.insert(PostingTheme), [theme for row in rows for theme in row["themes"]])
        session.execute(sa.insert(ChangeEvent), [row["event"] for row in rows])
        for number, call in batch:
            searching.index(session, number, rows[number - batch[0][0]]["document"])
            if not call.open:
                searching.put_away(session, number)
        last = batch[-1][0]
    session.execute(sa.update(Board).values(version=Board.version + last))
    return last


def content_of(call: Call) -> Content:
    """The typed content of a call."""
    listed = {name: list(value) if isinstance(value, tuple) else value for name, value in call.values.items()}
    deadline = end_of(call.deadline) - timedelta(hours=7)
    return from_json({**COMMON, **listed, "apply_by": deadline.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})


def published_at(number: int, call: Call) -> datetime:
    """Between nine and noon of the day, each second alike, so that ties occur."""
    return start_of(call.published_on) + timedelta(hours=9, seconds=number * 7 % 10_800)


def _rows(number: int, call: Call, place: Municipality) -> dict[str, Any]:
    content = content_of(call)
    at = published_at(number, call)
    derived = {name: getattr(value, "value", value) for name, value in facets.columns(content).items()}
    posting = {
        "id": number, "uuid": str(uuid.UUID(int=number)), "municipality_code": place.code, "created_at": at, "draft_at": at,
        "draft": {}, "state": State.PUBLISHED if call.open else State.CLOSED, "published_at": at, "updated_at": at,
        "info_as_of": call.published_on, "card": cards.card(place, content), **derived,
        "closed_at": None if call.open else facets.closing_instant(content),
        "closed_reason": None if call.open else ClosedReason.DEADLINE, "closed_note": "", "outcome_note": "",
    }  # fmt: skip
    version = {
        "id": number, "posting_id": number, "number": 1, "uuid": str(uuid.UUID(int=number + 2**64)), "schema": SCHEMA,
        "content": to_json(content), "state": VersionState.PUBLISHED, "created_at": at, "published_at": at,
    }  # fmt: skip
    event = {
        "uuid": str(uuid.UUID(int=number + 2**65)), "posting_id": number, "version_id": number, "kind": EventKind.PUBLISHED,
        "material": True, "occurred_at": at, "matched_at": at,
    }  # fmt: skip
    return {
        "posting": posting,
        "version": version,
        "event": event,
        "place": {"posting_id": number, "municipality_code": place.code, "pref_code": place.pref_code},
        "themes": [{"posting_id": number, "theme": theme} for theme in call.values["themes"]],
        "document": documents.document(place, content),
    }

