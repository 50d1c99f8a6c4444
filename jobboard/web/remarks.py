"""A 修正依頼 as it was typed: what is wrong with the whole, and with single fields; saved texts put in and kept on the way."""

from collections.abc import Callable

from flask import current_app, flash, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from jobboard.base.errors import Incomplete, NotFound, WrongState
from jobboard.base.fields import BY_NAME
from jobboard.base.text import clean
from jobboard.database import db
from jobboard.domain import drafting, moderation, notices, permissions, saved_remarks
from jobboard.models import Posting
from jobboard.web.numbers import small
from jobboard.web.signing_in import signed_in
from jobboard.web.transaction import now

WHOLE = "reason"
"""The name of the remark on the whole."""

REMARK = "remark."
"""Begins the name of the remark on a field: ``remark.title``."""

SAVED = "saved."
"""Begins the name of the choice of a saved text: ``saved.remark.title``, ``saved.reason``."""

INSERT, KEEP = "insert", "keep"
"""Buttons of the form that ask for no correction yet; their value is the name of the remark."""

_FIELDS = {WHOLE: "", **{REMARK + name: name for name in BY_NAME}}
"""The field of each remark, by its name in the form."""

LONGEST_REMARK = saved_remarks.LONGEST


def written() -> MultiDict[str, str]:
    """What stands in the form: as it was sent, with the saved text that was put in; ``kept`` names the remark just kept."""
    changed: MultiDict[str, str] = g.get("written", request.form)
    return changed


def written_remarks() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What was written, (field or "" for the whole, text), and what is wrong with it."""
    form = written()
    reason = clean(form.get(WHOLE, ""))
    fields = [(name, clean(form.get(REMARK + name, ""))) for name in BY_NAME]
    remarks = [(name, words) for name, words in [("", reason), *fields] if words]
    errors = [] if remarks else [(WHOLE, "何を直してほしいかを書いてください。ここか、項目ごとの「修正を書く」に書けます。")]
    for name, words in remarks:
        if len(words) > LONGEST_REMARK:
            anchor = REMARK + name if name else WHOLE
            errors.append((anchor, f"{LONGEST_REMARK:,}字以内で書いてください(今は{len(words):,}字)。"))
    return remarks, errors


def give_back(
    found: Posting, show: Callable[..., str], *, moved: str, queue: str, at_prefecture: bool = False
) -> ResponseReturnValue:
    """修正を依頼する, with what the form says, and back to the ``queue``; else ``show`` with what is wrong, or has ``moved``."""
    session = db.session()
    version_id = request.form.get("version_id", 0, type=small)
    if INSERT in request.form or KEEP in request.form:
        errors = _put_in() if INSERT in request.form else _keep()
        if found.pending_id != version_id:
            return show(found, problem=moved), 409
        return show(found, errors=errors), 422 if errors else 200
    remarks, errors = written_remarks()
    if errors:
        return show(found, errors=errors), 422
    try:
        moderation.ask_correction(
            session, found, version_id=version_id, remarks=remarks, by=signed_in(), now=now(), at_prefecture=at_prefecture
        )
    except WrongState:
        return show(found, problem=moved), 409
    config = current_app.config["BOARD"]
    notices.returned(session, found, remarks, base_url=config.base_url, site=config.site_name, now=now())
    flash(f"「{drafting.title(found)}」の修正を依頼しました。", "success")
    return redirect(queue, 303)


def _put_in() -> list[tuple[str, str]]:
    """Puts the chosen text below what stands at its remark."""
    anchor, field = _which(INSERT)
    offered = saved_remarks.offered(db.session()).at(field)
    number = request.form.get(SAVED + anchor, 0, type=small)
    chosen = next((one for one in offered if one.id == number), None)
    if chosen is None:
        return [(anchor, "入れる文を、一覧から選んでください。")]
    lines = [request.form.get(anchor, "").rstrip(), saved_remarks.filled(chosen.text, field)]
    _write(anchor, "\n".join(line for line in lines if line))
    return []


def _keep() -> list[tuple[str, str]]:
    """Keeps what stands at a remark, to be used again."""
    anchor, field = _which(KEEP)
    try:
        saved_remarks.save(db.session(), field, request.form.get(anchor, ""), by=signed_in(), now=now())
    except Incomplete as gaps:
        return [(anchor, problem.message) for problem in gaps.problems]
    _write("kept", anchor)
    return []


def _which(button: str) -> tuple[str, str]:
    """The name of the remark that a button belongs to, and its field (empty for the whole). Raises ``NotFound``."""
    permissions.require(signed_in(), "remark:save")
    anchor = request.form[button]
    if anchor not in _FIELDS:
        raise NotFound
    return anchor, _FIELDS[anchor]


def _write(name: str, text: str) -> None:
    changed = MultiDict(written())
    changed[name] = text
    g.written = changed
