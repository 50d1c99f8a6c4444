"""What happened to a posting as JSON: its kind, and each field old → new."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jobboard.base.content import Content, from_json
from jobboard.base.fields import BY_NAME
from jobboard.base.states import EventKind
from jobboard.base.vocabulary import Explicit
from jobboard.domain import link_alone
from jobboard.domain.attached import FILES, NO_FILES
from jobboard.domain.history import Happening
from jobboard.models import ChangeEvent
from jobboard.web.api_fields import field_object
from jobboard.web.api_shapes import (
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
from jobboard.web.posting_json import summary_object, summary_schema


@dataclass(frozen=True)
class Told:
    """A happening, seen at ``now``."""

    step: Happening
    base_url: str
    now: datetime

    @property
    def event(self) -> ChangeEvent:
        return self.step.event


_SIDE: Schema = nullable(
    {
        "type": "object",
        "properties": {
            "value": {"description": "機械のための値。型は募集の項目と同じです。"},
            "explicit": nullable(listed(Explicit)),
            "text": TEXT,
        },
        "required": ["value", "text"],
    }
)
_CHANGE: Schema = {
    "type": "object",
    "properties": {
        "field": {**TEXT, "description": "項目の名。添付ファイルは attachments です。"},
        "label": {**TEXT, "description": "項目の日本語の名"},
        "old": {**_SIDE, "description": "前の値。答えがなかったときは null です。"},
        "new": {**_SIDE, "description": "後の値。答えがなくなったときは null です。"},
    },
    "required": ["field", "label", "old", "new"],
}


def _changes(told: Told) -> list[dict[str, Any]]:
    previous = told.event.previous
    old = from_json(previous.content) if previous else Content({})
    new = from_json(told.event.version.content)
    return [
        {"field": FILES.name, "label": FILES.label, "old": _names(one.old), "new": _names(one.new)}
        if one.field is FILES
        else {"field": one.field.name, "label": one.label, "old": _side(one.field.name, old), "new": _side(one.field.name, new)}
        for one in told.step.differences
    ]


def _names(names: str) -> Mapping[str, Any]:
    """What one version had for files; a posting's own document tells more of each."""
    return {"value": None if names == NO_FILES else names, "text": names}


def _side(name: str, content: Content) -> Mapping[str, Any] | None:
    """What one version said of a field; the label stands beside the two."""
    if name not in content:
        return None
    return {key: said for key, said in field_object(BY_NAME[name], content).items() if key != "label"}


HAPPENING: tuple[Property[Told], ...] = (
    Property("id", "フィードでの識別子", TEXT, lambda told: f"urn:uuid:{told.event.uuid}"),
    Property(
        "kind", "起きたこと。「リンクのみ」では、closed と withdrawn は掲載の終わりで(kind_label は「掲載終了」)、募集の終了や中止を意味しません。",
        listed(EventKind), lambda told: str(told.event.kind),
    ),
    Property("kind_label", "起きたことの名", TEXT, lambda told: link_alone.word(told.event)),
    Property(
        "occurred_at", "起きた時刻。締切による終了は、締切の時刻です。", INSTANT, lambda told: local(told.event.occurred_at)
    ),
    Property("version", "このとき公開されていた版の番号", nullable(WHOLE), lambda told: told.event.version.number),
    Property("summary", "市区町村による説明", TEXT, lambda told: told.event.summary),
    Property("changes", "変わった項目の前と後。終了や中止では空です。", several(_CHANGE), _changes),
)

CHANGE: tuple[Property[Told], ...] = (
    *HAPPENING,
    Property(
        "posting", "募集の今の姿", summary_schema(),
        lambda told: summary_object(
            told.event.posting,
            from_json(told.event.posting.current.content if told.event.posting.current else {}),
            base_url=told.base_url,
            now=told.now,
        ),
    ),
)  # fmt: skip


def happening_object(step: Happening, *, base_url: str, now: datetime) -> dict[str, Any]:
    """One step of a posting's history."""
    return object_of(HAPPENING, Told(step, base_url, now))


def change_object(step: Happening, *, base_url: str, now: datetime) -> dict[str, Any]:
    """One step among those of all postings, with the posting as it stands now."""
    return object_of(CHANGE, Told(step, base_url, now))


def happening_schema() -> Schema:
    """The schema of ``happening_object``."""
    return schema_of(HAPPENING)


def change_schema() -> Schema:
    """The schema of ``change_object``."""
    return schema_of(CHANGE)
