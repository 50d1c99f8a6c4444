"""Texts of a 修正依頼 that are used again: listed by field, written, put away and brought back; offered in the form."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from jobboard.base.errors import EditConflict, Incomplete, InvalidQuery
from jobboard.base.fields import BY_NAME
from jobboard.database import db
from jobboard.domain import permissions, saved_remarks
from jobboard.models import SavedRemark
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("saved_remarks", __name__, url_prefix="/review/remarks")

WHOLE = "whole"
"""In the filter: what is kept for the whole, or for every field."""

FIELDS = [(name, field.label) for name, field in BY_NAME.items()]


@blueprint.record
def _globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(saved_remarks_at=offered_at, saved_remarks_offered=_offered, saved_place=saved_remarks.PLACE)


def _offered() -> saved_remarks.Offered | None:
    """The texts in use, asked for once a page; None for those who may not use them."""
    if "offered" not in g:
        may = permissions.allowed(signed_in(), "remark:save")
        g.offered = saved_remarks.offered(db.session()) if may else None
    offered: saved_remarks.Offered | None = g.offered
    return offered


def offered_at(field: str) -> list[SavedRemark]:
    """The texts offered at a field, or (empty) for the whole."""
    offered = _offered()
    return offered.at(field) if offered else []


@blueprint.get("")
@staff("remark:save")
def listed() -> ResponseReturnValue:
    return _list()


def _list(errors: list[tuple[str, str]] | None = None) -> str:
    """The texts, of the field in the address if one is there, and the form for a new one."""
    chosen = request.args.get("field", "")
    if chosen not in ("", WHOLE, *BY_NAME):
        raise InvalidQuery("field", chosen, "項目を、一覧から選んでください。")
    found = saved_remarks.listed(db.session(), "" if chosen == WHOLE else chosen or None)
    return render_template(
        "saved_remarks/list.html",
        used=[one for one in found if one.put_away_at is None],
        away=[one for one in found if one.put_away_at is not None],
        chosen=chosen, filters=[("", "すべて"), (WHOLE, "全体・すべての項目"), *FIELDS], fields=_fields(),
        label=saved_remarks.label, typed=request.form, errors=errors or [], place=saved_remarks.PLACE,
    )  # fmt: skip


def _fields() -> list[tuple[str, str]]:
    return [("", "全体・すべての項目"), *FIELDS]


@blueprint.post("")
@staff("remark:save")
def save() -> ResponseReturnValue:
    try:
        saved_remarks.save(db.session(), request.form.get("field", ""), request.form.get("text", ""), by=signed_in(), now=now())
    except Incomplete as gaps:
        return _list([(problem.field, problem.message) for problem in gaps.problems]), 422
    flash("文を保存しました。修正を依頼するときに選べます。", "success")
    return redirect(url_for(".listed"), 303)


@blueprint.get("/<int:remark_id>")
@staff("remark:save")
def edit(remark_id: int) -> ResponseReturnValue:
    found = saved_remarks.find(db.session(), remark_id)
    return _form(found, {"field": found.field, "text": found.text})


def _form(
    found: SavedRemark, typed: dict[str, str], errors: list[tuple[str, str]] | None = None, conflict: EditConflict | None = None
) -> str:
    """One text with what was typed; ``conflict``: somebody wrote it anew meanwhile."""
    return render_template(
        "saved_remarks/edit.html", remark=found, typed=typed, errors=errors or [], conflict=conflict, fields=_fields(),
        state=saved_remarks.state(found), name=saved_remarks.label(found.field, found.text), place=saved_remarks.PLACE,
    )  # fmt: skip


@blueprint.post("/<int:remark_id>")
@staff("remark:save")
def change(remark_id: int) -> ResponseReturnValue:
    """Who comes second sees what stands now, and keeps what was typed."""
    found = saved_remarks.find(db.session(), remark_id)
    typed = {name: request.form.get(name, "") for name in ("field", "text")}
    seen = request.form.get("seen", "")
    try:
        saved_remarks.change(
            db.session(), found, field=typed["field"], typed=typed["text"], seen=seen, by=signed_in(), now=now()
        )
    except EditConflict as conflict:
        return _form(found, typed, conflict=conflict), 409
    except Incomplete as gaps:
        return _form(found, typed, [(problem.field, problem.message) for problem in gaps.problems]), 422
    flash("しまってある文を直しました。使うには、「しまった文」から戻してください。" if found.put_away_at else "文を直しました。", "success")
    return redirect(url_for(".listed"), 303)


@blueprint.post("/<int:remark_id>/put-away")
@staff("remark:save")
def put_away(remark_id: int) -> ResponseReturnValue:
    saved_remarks.put_away(db.session(), saved_remarks.find(db.session(), remark_id), by=signed_in(), now=now())
    flash("文を使わないことにしました。「しまった文」から、いつでも戻せます。", "success")
    return redirect(url_for(".listed"), 303)


@blueprint.post("/<int:remark_id>/bring-back")
@staff("remark:save")
def bring_back(remark_id: int) -> ResponseReturnValue:
    saved_remarks.bring_back(db.session(), saved_remarks.find(db.session(), remark_id), by=signed_in(), now=now())
    flash("文を戻しました。修正を依頼するときに選べます。", "success")
    return redirect(url_for(".listed"), 303)
