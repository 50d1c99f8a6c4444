"""Builders of postings for tests: a whole content of few words, and its publication by the real steps."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES, check_digit
from jobboard.base.content import Content
from jobboard.base.states import EventKind, State
from jobboard.base.vocabulary import (
    AgeCondition,
    ApplyMethod,
    Audience,
    ChangeScope,
    DeadlineKind,
    Engagement,
    Expenses,
    MunicipalityKind,
    PayUnit,
    RecruitmentRoute,
    Remote,
    Role,
    Scheme,
    SideJob,
    Theme,
    WorkPeriod,
)
from jobboard.domain import publication, versions
from jobboard.models import Agreement, Board, Municipality, Posting, Version

NOW = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
"""1 April 2026, 09:00 in Japan: the edge on which the tests' clock stands."""

DEADLINE = datetime(2026, 5, 29, 8, 0, tzinfo=UTC)
"""29 May 2026, 17:00 in Japan."""

WHOLE: dict[str, Any] = {
    "title": "CIO補佐官(全庁DX推進)",
    "role": Role.CIO_ADVISER,
    "themes": (Theme.STANDARDISATION, Theme.BPR),
    "engagement": Engagement.COMMISSION,
    "scheme": Scheme.NONE,
    "audience": Audience.PERSON,
    "recruitment_routes": (RecruitmentRoute.OPEN_CALL,),
    "headcount": 1,
    "employer_name": "青葉市",
    "employer_address": "宮城県青葉市本町1-1-1",
    "background": "全体の工程を見る人がいません。",
    "duties": "全庁の計画の見直しについて助言し、各課の業務改革を職員とともに進めていただきます。",
    "requirements_must": "情報システムの企画又は導入を3年以上担当した経験",
    "age_condition": AgeCondition.NONE,
    "term_start_on": date(2026, 6, 1),
    "term_end_on": date(2027, 3, 31),
    "work_place": "青葉市役所本庁舎4階",
    "remote": Remote.PARTLY,
    "workdays": Decimal(4),
    "workdays_period": WorkPeriod.MONTH,
    "hours_per_day": Decimal("7.75"),
    "side_job": SideJob.YES,
    "pay_unit": PayUnit.DAY,
    "pay_low": 25_000,
    "pay_high": 30_000,
    "expenses": Expenses.PAID,
    "cancellation_terms": "30日前までに書面で予告します",
    "apply_method": (ApplyMethod.EMAIL,),
    "apply_target": "総務部デジタル推進課",
    "documents_required": "履歴書、職務経歴書",
    "selection_process": "書類選考の後、オンラインで面接します",
    "conflict": ChangeScope.NONE,
    "official_url": "https://www.city.aoba.example.jp/dx/boshu.html",
    "department": "総務部デジタル推進課",
    "contact_tel": "022-000-0000",
    "apply_by_kind": DeadlineKind.CLOSING,
    "apply_by": DEADLINE,
}


def content(**values: Any) -> Content:
    """A whole content; ``None`` leaves a field out."""
    return Content({name: value for name, value in {**WHOLE, **values}.items() if value is not None})


def code_of(first_five: str) -> str:
    return first_five + check_digit(first_five)


def municipality(first_five: str = "04780", name: str = "青葉市", **values: Any) -> Municipality:
    """An invented municipality, not yet in a session."""
    return Municipality(
        code=code_of(first_five),
        pref_code=first_five[:2],
        prefecture=PREFECTURES[first_five[:2]],
        name=name,
        **{"kana": "", "kind": MunicipalityKind.CITY, "district": "", "former_names": "", **values},
    )


def board(session: Session) -> Board:
    """The board's one row, made when it is missing."""
    row = session.get(Board, 1)
    if row is None:
        row = Board(id=1, version=1)
        session.add(row)
        session.flush()
    return row


def published(session: Session, place: Municipality, *, now: datetime = NOW, **values: Any) -> Posting:
    """A posting of ``content(**values)`` that was submitted and is published at ``now``."""
    board(session)
    place = session.merge(place)
    posting = Posting(
        uuid=str(uuid.uuid4()), municipality=place, state=State.SUBMITTED, created_at=now, draft_at=now, revision=1
    )
    session.add(posting)
    session.flush()
    agreed(session, posting, *values.get("co_municipalities") or ())
    version = versions.new_version(session, posting, content(**values), by=None, now=now)
    publication.move(session, posting, publication.Action.PUBLISH, by=None, now=now)
    versions.show(session, posting, version, EventKind.PUBLISHED, by=None, now=now)
    return posting


def agreed(session: Session, posting: Posting, *codes: str, now: datetime = NOW) -> None:
    """These municipalities have agreed to recruit jointly."""
    for code in codes:
        session.merge(Agreement(posting_id=posting.id, municipality_code=code, asked_at=now, agreed_at=now))
    session.flush()


def amended(session: Session, posting: Posting, *, now: datetime, summary: str = "変更しました", **values: Any) -> Version:
    """Shows a version of ``posting`` with some fields changed, as an amendment."""
    agreed(session, posting, *values.get("co_municipalities") or ())
    new = versions.current_content(posting).with_values(**values)
    version = versions.new_version(session, posting, new, by=None, now=now)
    version.change_summary = summary
    versions.show(session, posting, version, EventKind.AMENDED, by=None, now=now)
    return version


__all__ = ["DEADLINE", "NOW", "agreed", "amended", "board", "code_of", "content", "municipality", "published"]
