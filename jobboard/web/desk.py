"""The desk of a municipality: what waits, a new posting, writing and sending in, one posting at a glance, its preview."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jobboard.base.content import from_json
from jobboard.base.errors import EditConflict, Incomplete, NotFound, Problem, WrongState
from jobboard.base.fields import FIELDS
from jobboard.base.states import Holder
from jobboard.base.wording import days_left, japanese_instant, japanese_opening, short_instant
from jobboard.database import db
from jobboard.domain import (
    agreements,
    drafting,
    listing,
    permissions,
    prefectures,
    reusing,
    sending,
    terms,
    waiting,
)
from jobboard.models import Municipality, Posting
from jobboard.web.conflicts import conflict_rows, saved_by, take_theirs
from jobboard.web.desk_preview import VIEWS, shown_content
from jobboard.web.desk_sending import promised, sent, wish
from jobboard.web.numbers import small
from jobboard.web.posting_form import typed_from
from jobboard.web.posting_page import edit_page
from jobboard.web.posting_view import posting_view
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
for wording in (japanese_instant, short_instant, days_left):
    blueprint.add_app_template_filter(wording)


def find(action: str, posting_id: int) -> Posting:
    """The posting if this account may do ``action`` to it; ``NotFound`` for drafts of other municipalities."""
    return permissions.find_posting(db.session(), signed_in(), action, posting_id)


@blueprint.get("/")
@staff("posting:read_draft")
def home() -> ResponseReturnValue:
    rows = waiting.desk(db.session(), permissions.visible_postings(signed_in()), now=now(), by=signed_in())
    places = {row.posting.municipality_code for row in rows}
    asked = agreements.asked_of(db.session(), permissions.municipality_codes(signed_in()))
    return render_template("desk/home.html", rows=rows, joint=asked, Wait=waiting.Wait, several=len(places) > 1, now=now())


@blueprint.route("/postings/new", methods=["GET", "POST"])
@staff("municipality:post")
def new() -> ResponseReturnValue:
    own = permissions.own_municipalities(signed_in())
    places = list(db.session.scalars(select(Municipality).where(own).order_by(Municipality.code)))
    title, code = request.form.get("title", ""), request.form.get("municipality", "")
    if request.method == "GET" or not code:
        asked = [] if request.method == "GET" else [("municipality", "募集する市区町村を選んでください。")]
        choices = [(place.code, place.full_name) for place in places]
        page = render_template("desk/new.html", places=places, choices=choices, title=title, errors=asked)
        return page, 422 if asked else 200
    municipality = next((place for place in places if place.code == code), None)
    if municipality is None:
        raise NotFound
    posting = drafting.start(db.session(), municipality, title=title, by=signed_in(), now=now())
    return redirect(url_for(".edit", posting_id=posting.id), 303)


@blueprint.get("/postings/<int:posting_id>")
@staff("posting:read_draft")
def overview(posting_id: int) -> ResponseReturnValue:
    posting = find("posting:read_draft", posting_id)
    return render_template(
        "desk/overview.html",
        posting=posting,
        title=drafting.title(posting),
        asked=waiting.asked(db.session(), posting),
        labels={field.name: field.label for field in FIELDS},
        amendment=drafting.has_amendment(posting),
        possible=waiting.offered(posting, by=signed_in(), now=now()),
        relatives=reusing.relatives(db.session(), posting, permissions.visible_postings(signed_in())),
        title_of=drafting.title,
        joint=agreements.of(db.session(), posting),
        at_prefecture=prefectures.waiting(db.session(), posting, now=now()),
        pairs=_facts(posting),
        promise=promised(posting),
    )


def _facts(posting: Posting) -> list[tuple[str, str]]:
    """Where the posting stands, as labels and texts."""
    pairs = [("状態", posting.state.label), ("市区町村", posting.municipality.full_name)]
    instants = (("応募締切", posting.apply_by), ("最後の保存", posting.draft_at), ("終了した日時", posting.closed_at))
    pairs += [("掲載希望日時", japanese_opening(at))] if (at := wish(posting)) else []
    pairs += [(label, japanese_instant(instant)) for label, instant in instants if instant]
    if posting.closed_reason:
        pairs.append(("終了の理由", posting.closed_reason.label))
    if posting.outcome:
        pairs.append(("募集の結果", posting.outcome.label))
    return [*pairs, ("公開した説明", posting.closed_note)] if posting.closed_note else pairs


@blueprint.route("/postings/<int:posting_id>/edit", methods=["GET", "POST"])
@staff("posting:edit")
def edit(posting_id: int) -> ResponseReturnValue:
    if request.method == "POST":
        return _save(find("posting:read_draft", posting_id))
    posting = find("posting:edit", posting_id)
    if not drafting.is_editable(posting):
        flash("いまは内容を変更できません。この画面で状態と次にできることを確かめてください。", "warning")
        return redirect(url_for(".overview", posting_id=posting.id))
    return _editing(posting, drafting.text(posting))


def _save(posting: Posting) -> ResponseReturnValue:
    typed = take_theirs(typed_from(request.form), request.form, drafting.text(posting))
    if not permissions.allowed(signed_in(), "posting:edit", posting):
        return _editing(posting, typed, blocked=True), 403
    revision = request.form.get("revision", 0, type=small)
    try:
        drafting.save(db.session(), posting, typed, revision=revision, by=signed_in(), now=now())
    except EditConflict as conflict:
        return _editing(posting, conflict.mine, conflict=conflict), 409
    except Incomplete as too_long:
        return _editing(posting, typed, more=too_long.problems), 422
    except WrongState:
        return _editing(posting, typed, blocked=True), 409
    return _after_saving(posting, typed)


def _after_saving(posting: Posting, typed: dict[str, list[str]]) -> ResponseReturnValue:
    do, _, section = request.form.get("do", "save").partition(":")
    if do in ("submit", "amend") and posting.held_by is Holder.PREFECTURE:
        return redirect(url_for("desk_handing.hand_over", posting_id=posting.id), 303)
    if do == "submit" and posting.current is None:
        return _submit(posting, typed)
    if do in ("submit", "amend") and posting.current is not None:
        return redirect(url_for("desk_changes.amend", posting_id=posting.id), 303)
    flash("下書きを保存しました。", "success")
    return redirect(url_for(".edit", posting_id=posting.id, _anchor=f"section-{section}" if section else None), 303)


def _submit(posting: Posting, typed: dict[str, list[str]]) -> ResponseReturnValue:
    """Sends it in; what is unusual, or sent in already, is asked about on a page of its own."""
    session = db.session()
    try:
        sending.send(session, posting, by=signed_in(), now=now())
    except Incomplete as refused:
        if any(sending.is_gap(problem) for problem in refused.problems):
            return _editing(posting, typed, all_gaps=True), 422
        return redirect(url_for("desk_sending.check", posting_id=posting.id), 303)
    return sent(posting)


def _editing(
    posting: Posting,
    typed: dict[str, list[str]],
    *,
    all_gaps: bool = False,
    more: list[Problem] | None = None,
    conflict: EditConflict | None = None,
    blocked: bool = False,
) -> str:
    """The edit page with what was typed, whatever happened to it."""
    asked = waiting.asked(db.session(), posting)
    page = edit_page(
        typed, posting.municipality, now(), all_gaps=all_gaps, more=more or [], remarks=asked
    )
    return render_template(
        "desk/edit.html",
        posting=posting,
        page=page,
        asked=asked,
        revision=posting.revision,
        title=page.content.text("title") or drafting.title(posting),
        conflict=conflict,
        conflict_rows=conflict_rows(conflict) if conflict else [],
        saved_by=saved_by(conflict, posting, signed_in()) if conflict else "",
        blocked=blocked,
        terms_accepted=terms.are_accepted(posting.municipality),
        all_gaps=all_gaps,
        refused=all_gaps or bool(more),
    )


@blueprint.get("/postings/<int:posting_id>/preview")
@staff("posting:read_draft")
def preview(posting_id: int) -> ResponseReturnValue:
    posting = find("posting:read_draft", posting_id)
    asked_for = VIEWS.get(request.args.get("as", ""))
    if asked_for is not None:
        return asked_for(posting)
    waiting_text = shown_content(posting)
    names = listing.names(db.session(), waiting_text.codes("co_municipalities"))
    view = posting_view(posting, waiting_text, now(), names)
    same = posting.current is not None and from_json(posting.current.content) == waiting_text
    return render_template("desk/preview.html", **view, posting=posting, same=same)
