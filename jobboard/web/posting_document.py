"""``/postings/<id>.json``: one posting as open data, with all that its page tells."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jobboard.base.content import Content
from jobboard.domain.history import Happening
from jobboard.domain.questions import Answered
from jobboard.domain.timetable import Stage, is_off, timetable
from jobboard.models import Attachment, Posting
from jobboard.web.api_events import happening_object
from jobboard.web.api_shapes import local
from jobboard.web.posting_json import posting_object

Object = dict[str, Any]


def document(
    posting: Posting,
    content: Content,
    *,
    files: Sequence[tuple[Attachment, str]],
    answered: Sequence[Answered],
    steps: Sequence[Happening],
    base_url: str,
    now: datetime,
) -> Object:
    """The posting as the API gives it (posting_json): codes by the names of the JSON Feed's ``_jobboard``, then ``fields``,
    each public field by ``label``, ``value`` (code, number, date) and ``text``. Beside them:

    ``timetable``: ``stage`` (a field's name), ``label``, ``date`` and ``at`` (+09:00) or null, ``text``, ``cancelled``;
    ``attachments``: ``name``, ``media_type``, ``size`` in bytes, ``sha256``, ``url``, with each address whole;
    ``questions``: ``question``, ``answer``, ``answered_at``, ``corrected_at`` or null;
    ``events``: the newest first, as the API gives them: ``kind``, ``occurred_at``, ``version``, ``changes`` old and new;
    ``versions``: ``number`` and ``published_at`` of each that was shown, the newest first.

    ``files``: with the path of each on this site.
    """
    return {
        **posting_object(posting, content, base_url=base_url, now=now),
        "timetable": [_stage(posting, stage) for stage in timetable(content)],
        "attachments": [_file(one, f"{base_url}{path}") for one, path in files],
        "questions": [
            {"question": one.text, "answer": one.answer, "answered_at": local(one.answered_at), "corrected_at": local(one.corrected_at)}
            for one in answered
        ],
        "events": [happening_object(step, base_url=base_url, now=now) for step in steps],
        "versions": _versions(steps),
    }


def _stage(posting: Posting, stage: Stage) -> Object:
    return {
        "stage": stage.name,
        "label": stage.label,
        "date": stage.day.isoformat() if stage.day else None,
        "at": local(stage.at),
        "text": stage.words,
        "cancelled": is_off(posting, stage),
    }


def _file(one: Attachment, url: str) -> Object:
    return {"name": one.name, "media_type": one.media_type, "size": one.size, "sha256": one.sha256, "url": url}


def _versions(steps: Sequence[Happening]) -> list[Object]:
    shown = {step.event.version.number: step.event.version.published_at for step in steps}
    return [{"number": number, "published_at": local(at)} for number, at in shown.items()]
