"""A posting as one JSON object: the same in the API, as ``/postings/<id>.json`` and, its codes, in the feeds' extension."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from jobboard.base.content import Content
from jobboard.base.fields import BY_NAME, FieldType
from jobboard.base.showing import monthly_equivalent
from jobboard.base.states import ClosedReason, Outcome, PublicState
from jobboard.domain.facets import closing_instant
from jobboard.domain.publication import public_state
from jobboard.models import Municipality, Posting
from jobboard.web.api_fields import fields_object, fields_schema, value_schema
from jobboard.web.api_shapes import (
    ADDRESS,
    CODE,
    DAY,
    FLAG,
    INSTANT,
    TEXT,
    WHOLE,
    Property,
    Schema,
    listed,
    local,
    nullable,
    object_of,
    schema_of,
    several,
)

SAMPLE = "【見本】"


@dataclass(frozen=True)
class Shown:
    """A public posting with the content to show, seen at ``now``."""

    posting: Posting
    content: Content
    base_url: str
    now: datetime

    @property
    def state(self) -> PublicState:
        return public_state(self.posting, self.now)

    @property
    def place(self) -> Municipality:
        return self.posting.municipality


def _chosen(name: str) -> Property[Shown]:
    """A choice by its code, or its codes; null, or none, when it was left open."""
    field = BY_NAME[name]
    if field.type is FieldType.CHOICES:
        return Property(name, field.label, value_schema(field), lambda shown: list(shown.content.codes(name)))
    return Property(
        name, field.label, nullable(value_schema(field)), lambda shown: next(iter(shown.content.codes(name)), None)
    )


def _label(member: Any) -> str | None:
    return member.label if member else None


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _code(member: Any) -> str | None:
    return str(member) if member else None


CODES: tuple[Property[Shown], ...] = (
    Property("id", "募集の番号。変わらず、使い回されません。", WHOLE, lambda shown: shown.posting.id),
    Property(
        "version", "公開している版の番号。変更のたびに増えます。", nullable(WHOLE),
        lambda shown: shown.posting.current.number if shown.posting.current else None,
    ),
    Property(
        "status", "募集の状態。unlisted は「リンクのみ」の掲載が終わったことで、募集の終了や中止を意味しません。", listed(PublicState),
        lambda shown: str(shown.state),
    ),
    Property("municipality", "募集する市区町村の全国地方公共団体コード", CODE, lambda shown: shown.place.code),
    Property(
        "co_municipalities", BY_NAME["co_municipalities"].label, several(CODE),
        lambda shown: list(shown.content.codes("co_municipalities")),
    ),
    Property("prefecture", "都道府県の2桁のコード", TEXT, lambda shown: shown.place.pref_code),
    *map(_chosen, ("role", "themes", "engagement", "scheme", "audience", "remote", "side_job", "pay_unit")),
    Property("pay_low", BY_NAME["pay_low"].label, nullable(WHOLE), lambda shown: shown.content.number("pay_low")),
    Property("pay_high", BY_NAME["pay_high"].label, nullable(WHOLE), lambda shown: shown.content.number("pay_high")),
    Property(
        "apply_by", "応募締切。日付だけの締切は、翌日の0時で表します。随時の募集では null です。", nullable(INSTANT),
        lambda shown: local(shown.content.instant("apply_by")),
    ),
    Property("outcome", "募集の結果", nullable(listed(Outcome)), lambda shown: _code(shown.posting.outcome)),
    Property(
        "link_only", "「リンクのみ」か。市区町村のサイトで見つけた募集の、題名と公式ページだけが分かっています。掲載が終わると、公式ページは示しません。",
        FLAG, lambda shown: shown.content.is_link_only,
    ),
    Property(
        "confirmed_on", "「リンクのみ」を載せてよいと、市区町村が答えた日。答えるまでと、ほかの募集では null です。", nullable(DAY),
        lambda shown: _day(shown.posting.info_as_of) if shown.content.is_link_only else None,
    ),
)  # fmt: skip
"""The machine's side of a posting: every choice by its ASCII code (decisions.md, Query grammar)."""

_SUMMARY: tuple[Property[Shown], ...] = (
    *CODES,
    Property("uuid", "フィードでの識別子", TEXT, lambda shown: f"urn:uuid:{shown.posting.uuid}"),
    Property("url", "募集のページ", ADDRESS, lambda shown: f"{shown.base_url}/postings/{shown.posting.id}"),
    Property("api_url", "このAPIでの募集", ADDRESS, lambda shown: f"{shown.base_url}/api/v1/postings/{shown.posting.id}"),
    Property(
        "title", f"{BY_NAME['title'].label}。見本では「{SAMPLE}」で始まります。", TEXT,
        lambda shown: f"{SAMPLE if shown.place.demonstration else ''}{shown.content.text('title')}",
    ),
    Property("sample", "架空の市区町村による見本か", FLAG, lambda shown: shown.place.demonstration),
    Property("status_label", "募集の状態の名", TEXT, lambda shown: shown.state.label),
    Property("municipality_name", "都道府県から書いた市区町村の名", TEXT, lambda shown: shown.place.full_name),
    Property("prefecture_name", "都道府県の名", TEXT, lambda shown: shown.place.prefecture),
    Property(
        "pay_monthly", "報酬を月額に換算した目安(円)。換算できないときは null です。", nullable(WHOLE),
        lambda shown: monthly_equivalent(shown.content),
    ),
    Property(
        "closes_at", "この時刻まで募集中です。随時の募集では、見直しの日から14日後です。", nullable(INSTANT),
        lambda shown: local(closing_instant(shown.content)),
    ),
    Property("published_at", "掲載した時刻", nullable(INSTANT), lambda shown: local(shown.posting.published_at)),
    Property("updated_at", "最後に変わった時刻", nullable(INSTANT), lambda shown: local(shown.posting.updated_at)),
    Property(
        "info_as_of", "情報の時点。市区町村がまだ確かめていない「リンクのみ」では null です。", nullable(DAY),
        lambda shown: _day(shown.posting.info_as_of),
    ),
    Property("collected_at", "市区町村のサイトで見つけた時刻", nullable(INSTANT), lambda shown: local(shown.posting.collected_at)),
    Property("closed_at", "終了または中止した時刻", nullable(INSTANT), lambda shown: local(shown.posting.closed_at)),
    Property(
        "closed_reason", "終了の理由", nullable(listed(ClosedReason)), lambda shown: _code(shown.posting.closed_reason)
    ),
    Property("closed_reason_label", "終了の理由の名", nullable(TEXT), lambda shown: _label(shown.posting.closed_reason)),
    Property("closed_note", "終了または中止についての説明", TEXT, lambda shown: shown.posting.closed_note),
    Property("outcome_label", "募集の結果の名", nullable(TEXT), lambda shown: _label(shown.posting.outcome)),
    Property("outcome_note", "募集の結果についての説明", TEXT, lambda shown: shown.posting.outcome_note),
)  # fmt: skip

_WHOLE: tuple[Property[Shown], ...] = (
    *_SUMMARY,
    Property("fields", "公開している項目。答えのない項目はありません。", fields_schema(), lambda shown: fields_object(shown.content)),
)


def posting_object(posting: Posting, content: Content, *, base_url: str, now: datetime) -> dict[str, Any]:
    """A public posting with every public field: codes at the top, labels and texts in ``fields``. Instants in +09:00."""
    return object_of(_WHOLE, Shown(posting, content, base_url, now))


def summary_object(posting: Posting, content: Content, *, base_url: str, now: datetime) -> dict[str, Any]:
    """``posting_object`` without ``fields``."""
    return object_of(_SUMMARY, Shown(posting, content, base_url, now))


def codes(posting: Posting, content: Content, *, now: datetime) -> dict[str, Any]:
    """The codes alone."""
    return object_of(CODES, Shown(posting, content, "", now))


def posting_schema() -> Schema:
    """The schema of ``posting_object``."""
    return schema_of(_WHOLE)


def summary_schema() -> Schema:
    """The schema of ``summary_object``."""
    return schema_of(_SUMMARY)
