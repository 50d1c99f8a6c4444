"""The talk about a posting on the ministry's side: its own page, writing, and 「読みました」; what the desk's side shares."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete
from jobboard.base.states import Holder
from jobboard.database import db
from jobboard.domain import permissions, sent_in, talk_letters, talking
from jobboard.models import Posting
from jobboard.web.numbers import small
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("talk", __name__, url_prefix="/review/postings/<int:posting_id>/talk")

TEXT = "talk-text"
"""The id of the field that is written in."""

Errors = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Shown:
    """The talk as one side sees it. ``waits``: the number of the other side's last words, where nobody answered them."""

    entries: list[talking.Entry]
    waits: int | None
    readers: str
    is_open: bool


@blueprint.record
def _globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(talk_of=talk_of, talks_unanswered=lambda: talking.all_unanswered(db.session()), talk_title=talking.title)


def talk_of(posting: Posting, action: str) -> Shown | None:
    """The talk for who is signed in, by the rule ``action``; None for those who may not read it."""
    if not permissions.allowed(signed_in(), action, posting):
        return None
    from_ministry = action != "talk:review"
    waits = talking.waits(db.session(), posting, from_ministry=from_ministry)
    return Shown(talking.thread(db.session(), posting), waits, readers(posting), sent_in.once(posting))


def readers(posting: Posting) -> str:
    """Who can read what is written."""
    place = posting.municipality
    between = sent_in.through(posting) or posting.held_by is Holder.PREFECTURE
    people = [f"{talking.MINISTRY}の掲載確認の担当者", f"{place.full_name}の担当者", *([f"{place.prefecture}の担当者"] if between else [])]
    return f"公開されません。読めるのは、{'、'.join(people)}だけです。"


@blueprint.get("")
@staff("talk:review")
def talk(posting_id: int) -> ResponseReturnValue:
    return _show(_find(posting_id))


def _find(posting_id: int) -> Posting:
    return permissions.find_posting(db.session(), signed_in(), "talk:review", posting_id)


def _show(found: Posting, errors: Errors = ()) -> str:
    seen = permissions.allowed(signed_in(), "posting:review", found)
    return render_template(
        "talk/for_ministry.html", posting=found, title=talking.title(found), talk=talk_of(found, "talk:review"), seen=seen,
        typed=request.form.get("text", ""), errors=errors,
    )  # fmt: skip


@blueprint.post("")
@staff("talk:review")
def write(posting_id: int) -> ResponseReturnValue:
    found = _find(posting_id)
    return say(found, _show, from_ministry=True, back=_back(found))


@blueprint.post("/seen")
@staff("talk:review")
def see(posting_id: int) -> ResponseReturnValue:
    found = _find(posting_id)
    return say_seen(found, from_ministry=True, back=_back(found))


def _back(found: Posting) -> str:
    """The page of the posting, where it may be seen."""
    if permissions.allowed(signed_in(), "posting:review", found):
        return url_for("review.posting", posting_id=found.id, _anchor="talk")
    return url_for(".talk", posting_id=found.id)


def say(
    found: Posting, show: Callable[[Posting, Errors], str], *, from_ministry: bool, back: str
) -> ResponseReturnValue:
    """Writes what was typed and mails it to the other side; or ``show`` with what is wrong."""
    session, config = db.session(), current_app.config["BOARD"]
    try:
        said = talking.write(session, found, request.form.get("text", ""), from_ministry=from_ministry, by=signed_in(), now=now())
    except Incomplete as gaps:
        return show(found, [(TEXT, problem.message) for problem in gaps.problems]), 422
    if said is None:
        flash("同じ文を、たったいま送りました。1回だけ届きます。")
        return redirect(back, 303)
    told = talk_letters.tell(session, found, said, base_url=config.base_url, site=config.site_name, now=now())
    session.info["wake"] = True
    other = found.municipality.full_name if from_ministry else talking.MINISTRY
    if told:
        flash(f"送りました。{other}の担当者にメールで知らせます。", "success")
    else:
        flash(f"書き込みました。{other}に利用中の担当者がいないため、メールは届きません。", "warning")
    return redirect(back, 303)


def say_seen(found: Posting, *, from_ministry: bool, back: str) -> ResponseReturnValue:
    """Says that what was on the page is read and needs no answer."""
    upto = request.form.get("upto", 0, type=small)
    talking.see(db.session(), found, upto=upto, from_ministry=from_ministry, by=signed_in(), now=now())
    flash("読んだことにしました。返事は、いつでも書けます。", "success")
    return redirect(back, 303)
