"""A 修正依頼 as it was typed: what is wrong with the whole, and with single fields."""

from collections.abc import Callable

from flask import current_app, flash, redirect, request
from flask.typing import ResponseReturnValue

from jobboard.base.errors import WrongState
from jobboard.base.fields import BY_NAME
from jobboard.base.text import clean
from jobboard.database import db
from jobboard.domain import drafting, moderation, notices
from jobboard.models import Posting
from jobboard.web.numbers import small
from jobboard.web.signing_in import signed_in
from jobboard.web.transaction import now

REMARK = "remark."
"""Begins the name of the remark on a field: ``remark.title``."""

LONGEST_REMARK = 2_000


def written_remarks() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What was written, (field or "" for the whole, text), and what is wrong with it."""
    reason = clean(request.form.get("reason", ""))
    fields = [(name, clean(request.form.get(REMARK + name, ""))) for name in BY_NAME]
    remarks = [("", reason), *((name, words) for name, words in fields if words)]
    errors = [] if reason else [("reason", "何を直してほしいかを書いてください。")]
    for name, words in remarks:
        if len(words) > LONGEST_REMARK:
            anchor = REMARK + name if name else "reason"
            errors.append((anchor, f"{LONGEST_REMARK:,}字以内で書いてください(今は{len(words):,}字)。"))
    return remarks, errors


def give_back(
    found: Posting, show: Callable[..., str], *, moved: str, queue: str, at_prefecture: bool = False
) -> ResponseReturnValue:
    """修正を依頼する, with what the form says, and back to the ``queue``; else ``show`` with what is wrong, or has ``moved``."""
    session = db.session()
    remarks, errors = written_remarks()
    if errors:
        return show(found, errors=errors), 422
    version_id = request.form.get("version_id", 0, type=small)
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
