"""Saving a draft, whole or one step of it, and showing it again with everything that was typed, whatever happened to it."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.clock import in_japan
from jobboard.base.errors import EditConflict, Incomplete, Problem, WrongState
from jobboard.base.fields import FIELDS
from jobboard.base.states import Holder
from jobboard.database import db
from jobboard.domain import drafting, permissions, prefectures, sending, terms, waiting
from jobboard.models import Posting
from jobboard.web.conflicts import conflict_rows, saved_by, take_theirs
from jobboard.web.desk_sending import sent
from jobboard.web.numbers import small
from jobboard.web.posting_form import typed_from
from jobboard.web.posting_page import EditPage, edit_page
from jobboard.web.signing_in import signed_in
from jobboard.web.transaction import now
from jobboard.web.writing_steps import STEPS, address_of, following

TASKS, ALL = "", "all"
"""Two places of writing beside the steps: the task list, which holds no field, and the page with all of them."""

_TEMPLATES = {TASKS: "desk/edit.html", ALL: "desk/all.html"}


def place_address(posting: Posting, place: str, anchor: str | None = None) -> str:
    """The address of a place of writing."""
    if place == TASKS:
        return url_for("desk.edit", posting_id=posting.id)
    return url_for("desk.part", posting_id=posting.id, part=place, _anchor=anchor)


def _keys(place: str) -> Collection[str]:
    """The draft's keys that the form of a place holds."""
    if place in STEPS:
        return STEPS[place].keys
    return drafting.KEYS if place == ALL else ()


def save(posting: Posting, place: str) -> ResponseReturnValue:
    """Keeps what a place's form holds and goes where the pressed button leads."""
    before, held = drafting.text(posting), _keys(place)
    revision = request.form.get("revision", 0, type=small)
    typed = take_theirs(typed_from(request.form), request.form, before)
    mine = drafting.merged(before, typed, held)
    too_long = drafting.too_long(mine)
    keys = [key for key in held if key.removesuffix(".explicit") not in {problem.field for problem in too_long}]
    if not permissions.allowed(signed_in(), "posting:edit", posting):
        return _refused(posting, place, mine, 403, blocked=True)
    if place == TASKS and revision != posting.revision:
        return editing(posting, place, moved=True), 409
    try:
        drafting.save(db.session(), posting, typed, keys=keys, revision=revision, by=signed_in(), now=now())
    except EditConflict as conflict:
        conflict.mine = drafting.merged(conflict.theirs, typed, held)
        return _refused(posting, place, conflict.mine, 409, conflict=conflict, more=too_long)
    except WrongState:
        return _refused(posting, place, mine, 409, blocked=True)
    if too_long:
        return _partly_saved(posting, place, drafting.merged(drafting.text(posting), typed, held), too_long)
    return _after_saving(posting, place, before)


def _partly_saved(posting: Posting, place: str, typed: dict[str, list[str]], too_long: list[Problem]) -> ResponseReturnValue:
    """All was saved but the fields of which too much was typed: they come back with their words."""
    if request.form.get("do") == "autosave":
        return jsonify(revision=posting.revision, message="".join(problem.message for problem in too_long))
    return editing(posting, place, typed, more=too_long), 422


def _after_saving(posting: Posting, place: str, before: Mapping[str, list[str]]) -> ResponseReturnValue:
    do, _, anchor = request.form.get("do", "save").partition(":")
    if do == "autosave":
        return jsonify(revision=posting.revision, saved_at=f"{in_japan(posting.draft_at):%H:%M}")
    if do in ("submit", "amend") and posting.held_by is Holder.PREFECTURE:
        return redirect(url_for("desk_handing.hand_over", posting_id=posting.id), 303)
    if do == "submit" and posting.current is None:
        return _submit(posting, place)
    if do in ("submit", "amend") and posting.current is not None:
        return redirect(url_for("desk_changes.amend", posting_id=posting.id), 303)
    flash("下書きを保存しました。", "success")
    _tell_of_new_questions(posting, before)
    if do == "next" and place in STEPS:
        wrong = _page(posting, drafting.text(posting)).sentences([place])
        return redirect(place_address(posting, place if wrong else following(place)), 303)
    return redirect(place_address(posting, place, f"section-{anchor}" if anchor else None), 303)


def _tell_of_new_questions(posting: Posting, before: Mapping[str, list[str]]) -> None:
    """Says which steps a change of the 任用・契約形態 opened again."""
    after = drafting.text(posting)
    if not before.get("engagement") or before.get("engagement") == after.get("engagement"):
        return
    asked = {gap.field for gap in _page(posting, before).gaps}
    names = {gap.field for gap in _page(posting, after).gaps} - asked
    reopened = [f"{step.name}({count}項目)" for step in STEPS.values() if (count := sum(f.name in names for f in step.fields))]
    if reopened:
        flash(f"任用・契約形態を変えたので、書くことが増えました: {'、'.join(reopened)}。ほかの入力はそのままです。", "warning")


def _submit(posting: Posting, place: str) -> ResponseReturnValue:
    """Sends it in; what is unusual, or sent in already, is asked about on a page of its own."""
    try:
        sending.send(db.session(), posting, by=signed_in(), now=now())
    except Incomplete as refused:
        if any(sending.is_gap(problem) for problem in refused.problems):
            return editing(posting, place, all_gaps=True), 422
        return redirect(url_for("desk_sending.check", posting_id=posting.id), 303)
    return sent(posting)


def _refused(
    posting: Posting, place: str, typed: dict[str, list[str]], status: int, **reasons: Any
) -> ResponseReturnValue:
    """Not saved: the page with what was typed; to the autosaving script, which keeps the page, a sentence."""
    if request.form.get("do") == "autosave":
        changed = "画面を開いたあとに、募集の内容が変わりました。「下書きを保存する」を押すと、違うところを見比べて選べます。"
        return jsonify(message=changed), status
    return editing(posting, place, typed, **reasons), status


def _page(posting: Posting, typed: Mapping[str, list[str]], **more: Any) -> EditPage:
    return edit_page(typed, posting.municipality, now(), **more)


def editing(
    posting: Posting,
    place: str,
    typed: dict[str, list[str]] | None = None,
    *,
    all_gaps: bool = False,
    more: list[Problem] | None = None,
    conflict: EditConflict | None = None,
    blocked: bool = False,
    moved: bool = False,
) -> str:
    """A place of writing with what was typed, or with the draft as it stands."""
    asked = waiting.asked(db.session(), posting)
    typed = drafting.text(posting) if typed is None else typed
    page = _page(posting, typed, all_gaps=all_gaps, more=more or [], remarks=asked)
    told = page.summary if place not in STEPS else page.sentences([place])
    return render_template(
        _TEMPLATES.get(place, "desk/part.html"),
        posting=posting,
        page=page,
        part=page.part(place) if place in STEPS else None,
        number=[*STEPS].index(place) + 1 if place in STEPS else 0,
        steps=len(STEPS),
        following=STEPS.get(following(place)) if place in STEPS else None,
        tasks=_tasks(posting, page),
        told=told if place != TASKS else [(address_of(posting.id, name), words) for name, words in told],
        warned=[(address_of(posting.id, one.field) if place != ALL else f"#field-{one.field}", one) for one in page.warnings],
        address=place_address(posting, place),
        place_of_all=place_address(posting, ALL),
        labels={field.name: field.label for field in FIELDS},
        changing=posting.current is not None,
        asked=asked,
        revision=posting.revision,
        title=page.content.text("title") or drafting.title(posting),
        conflict=conflict,
        conflict_rows=conflict_rows(conflict) if conflict else [],
        saved_by=saved_by(conflict, posting, signed_in()) if conflict else "",
        blocked=blocked,
        moved=moved,
        prefecture_first=prefectures.stands_first(db.session(), posting.municipality),
        terms_accepted=terms.are_accepted(posting.municipality),
        all_gaps=all_gaps,
        refused=all_gaps or bool(more),
    )


def _tasks(posting: Posting, page: EditPage) -> list[dict[str, str]]:
    """The steps and, where it is a page of its own, the sending, for the task list."""
    tasks = [
        {"name": part.name, "href": place_address(posting, part.step.slug), "state": part.state, "kind": part.kind}
        for part in page.parts
    ]
    if posting.current is None:
        there = url_for("desk_sending.check", posting_id=posting.id)
        tasks.append({"name": "確認と掲載の依頼", "href": there, "state": "最後に", "kind": "later"})
    return tasks
