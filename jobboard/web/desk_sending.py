"""The page before 掲載を依頼する: every gap, what is unusual, what people will ask, whom it reaches; and sending it in."""

from datetime import datetime
from functools import partial

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jobboard.base.content import Content
from jobboard.base.errors import Incomplete, Problem, WrongState
from jobboard.base.fields import BY_NAME
from jobboard.base.states import EventKind
from jobboard.database import db
from jobboard.domain import (
    cautions,
    completeness,
    drafting,
    grants,
    notices,
    prefectures,
    printing,
    promise,
    reach,
    sending,
    terms,
    wished,
)
from jobboard.domain.readiness import Readiness, readiness
from jobboard.domain.sending import DUPLICATE, NOT_THE_SAME, REASON, Doubt
from jobboard.models import Posting, Printout
from jobboard.web import office_words
from jobboard.web.desk_handing import find
from jobboard.web.desk_preview import shown_content
from jobboard.web.numbers import small
from jobboard.web.posting_page import sentence
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now
from jobboard.web.writing_steps import address_of

blueprint = Blueprint("desk_sending", __name__, url_prefix="/desk/postings/<int:posting_id>")


@blueprint.get("/send")
@staff("posting:submit")
def check(posting_id: int) -> ResponseReturnValue:
    posting = _find(posting_id)
    if posting.current is not None:
        return redirect(url_for("desk_changes.amend", posting_id=posting.id))
    if not drafting.is_editable(posting):
        return redirect(url_for("desk.overview", posting_id=posting.id))
    return _page(posting)


@blueprint.post("/send")
@staff("posting:submit")
def send(posting_id: int) -> ResponseReturnValue:
    posting, session = _find(posting_id), db.session()
    if posting.current is not None or not drafting.is_editable(posting):
        raise WrongState(posting.state.value, "submit")
    if request.form.get("revision", 0, type=small) != posting.revision:
        return _page(posting, moved=True), 409
    try:
        sending.send(session, posting, reasons=typed_reasons(), by=signed_in(), now=now())
    except Incomplete as refused:
        return _page(posting, refused.problems), 422
    return sent(posting)


def _find(posting_id: int) -> Posting:
    return find("posting:submit", posting_id)


def sent(posting: Posting) -> ResponseReturnValue:
    """What follows a submission: the terms are accepted, receipts go out, and the overview says what happens next."""
    session, config = db.session(), current_app.config["BOARD"]
    terms.accept(session, posting.municipality, by=signed_in(), now=now())
    notices.submitted(session, posting, base_url=config.base_url, site=config.site_name, now=now())
    flash(f"掲載を依頼しました。{who_looks(posting)}", "success")
    return redirect(url_for("desk.overview", posting_id=posting.id), 303)


def who_looks(posting: Posting) -> str:
    """Who looks at what waits now, in the order in which they do."""
    prefecture = posting.municipality.prefecture
    first = f"まず{prefecture}に届きます。進達のあと、" if prefectures.holds(db.session(), posting) else ""
    return f"{first}総務省の担当者が確認し、掲載したときにメールでお知らせします。"


def typed_reasons() -> dict[str, str]:
    """The reasons that the form carries, by key; a box for 別の募集 that was drawn and not ticked takes the word back."""
    typed = {name.removeprefix(REASON): words for name, words in request.form.items() if name.startswith(REASON)}
    if f"drawn.{DUPLICATE}" in request.form:
        typed[DUPLICATE] = NOT_THE_SAME if typed.get(DUPLICATE) else ""
    return typed


def promised(posting: Posting) -> promise.Promise | None:
    """What the ministry promised for what waits now, from when it reached the ministry (経由: from the prefecture)."""
    version = posting.pending
    if version is None or posting.submitted_at is None or prefectures.holds(db.session(), posting):
        return None
    came = version.forwarded_at or posting.submitted_at
    return promise.promise(db.session(), came, contact=office_words.office().contact, now=now())


def wish(posting: Posting) -> datetime | None:
    """掲載希望日時 of a call that is not public yet, while it can still be met."""
    if posting.current is not None or posting.scheduled_at is not None:
        return None
    return wished.wished_at(shown_content(posting), now())


def _page(posting: Posting, refused: list[Problem] | None = None, *, moved: bool = False) -> str:
    session, typed = db.session(), drafting.text(posting)
    content, unreadable = completeness.read_applying(typed)
    doubts = sending.doubts(session, posting, content, now=now())
    gaps = sending.gaps(session, posting, content, unreadable, now=now())
    asked = readiness(content)
    wrong = {problem.field: problem.message for problem in refused or []}
    return render_template(
        "desk/send.html",
        posting=posting,
        title=drafting.title(posting),
        revision=posting.revision,
        address=partial(address_of, posting.id),
        gaps=[(gap.field, _label(gap, content), gap.message, gap.law) for gap in gaps],
        doubts=doubts,
        wrong=wrong,
        errors=_errors(refused or [], gaps, doubts, content),
        notes=_notes(posting, content),
        asked=asked,
        left=sum(one.readiness is not Readiness.ANSWERED for one in asked),
        reached=reach.told(reach.people(session, posting, content, EventKind.PUBLISHED, now=now())),
        printed=_since_print(posting),
        judged=grants.judge(session, content, now=now()),
        terms_accepted=terms.are_accepted(posting.municipality),
        promise=promise.promise(session, now(), contact=office_words.office().contact, now=now()),
        prefecture_first=prefectures.stands_first(session, posting.municipality),
        moved=moved,
    )


def _errors(refused: list[Problem], gaps: list[Problem], doubts: list[Doubt], content: Content) -> list[tuple[str, str]]:
    """For the summary: gaps lead to this page's list, missing reasons to their fields."""
    named = {doubt.name: doubt.message for doubt in doubts}
    listed = {gap.field for gap in gaps}
    return [
        (f"#gap-{one.field}", sentence(one, content)) if one.field in listed else (one.field, f"{named.get(one.field, '')}{one.message}")
        for one in refused
    ]


def _label(problem: Problem, content: Content) -> str:
    return BY_NAME[problem.field].label_for(content.engagement)


def _notes(posting: Posting, content: Content) -> list[Problem]:
    """What only tells and needs no reason."""
    told = cautions.warnings(content, posting.municipality, now=now())
    return [one for one in told if one.key not in cautions.TO_OVERRULE]


def _since_print(posting: Posting) -> tuple[Printout, list[tuple[str, str, str]]] | None:
    """The last print for 決裁, and what the draft says otherwise since: label, old, new."""
    last = db.session.scalars(
        select(Printout).where(Printout.posting_id == posting.id).order_by(Printout.number.desc()).limit(1)
    ).first()
    if last is None:
        return None
    return last, [(one.label, one.printed, one.now) for one in printing.changed_since(db.session(), posting, last)]
