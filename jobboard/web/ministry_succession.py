"""合併・名称変更 for the ministry: the dated list, adding to it, and taking out what has not come yet."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.clock import japan_date
from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import Succession
from jobboard.database import db
from jobboard.domain import changeover, listing, permissions, succession
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_succession", __name__, url_prefix="/ministry/municipalities/changes")


@blueprint.get("")
@staff("municipality:read")
def changes() -> ResponseReturnValue:
    return _page({"code": request.args.get("code", "")})


@blueprint.post("")
@staff("municipality:succeed")
def add() -> ResponseReturnValue:
    """First shows what it would do, with both names; entered when that page is sent (``confirmed``)."""
    typed = {name: request.form.get(name, "") for name in succession.COLUMNS}
    if "back" in request.form:
        return _page(typed)
    try:
        if "confirmed" not in request.form:
            return _confirm(typed)
        change = succession.enter(db.session(), typed, across="across" in request.form, by=signed_in(), now=now())
    except Incomplete as refused:
        errors = [(one.field, one.message) for one in refused.problems]
        if errors[0][0] != "across":
            return _page(typed, errors), 422
        return _confirm(typed, [(name, f"{said}正しいことを根拠で確かめて、チェックを入れてください。") for name, said in errors]), 422
    begun = change.on <= japan_date(now())
    flash(f"登録しました。{'1分ほどで反映されます。' if begun else 'その日が始まると、反映されます。それまでは取り消せます。'}", "success")
    return redirect(url_for(".changes"), 303)


@blueprint.post("/<int:change_id>/remove")
@staff("municipality:succeed")
def remove(change_id: int) -> ResponseReturnValue:
    try:
        succession.remove(db.session(), change_id, by=signed_in(), now=now())
    except WrongState:
        return _page({}, [("", "もう反映されたので、取り消せません。戻すには、逆向きの変更を新しい日付で登録してください。")]), 409
    flash("登録を取り消しました。", "success")
    return redirect(url_for(".changes"), 303)


def _confirm(typed: dict[str, str], errors: Sequence[tuple[str, str]] = ()) -> str:
    change = succession.read(db.session(), typed)
    foreseen = changeover.foresee(db.session(), change, now=now())
    return render_template("ministry/change.html", foreseen=foreseen, typed=typed, errors=errors, prefectures=PREFECTURES)


def _page(typed: dict[str, str], errors: list[tuple[str, str]] | None = None) -> str:
    rows = changeover.told(db.session(), succession.listed(db.session()))
    return render_template(
        "ministry/changes.html", changes=rows, typed=typed, errors=errors or [], kinds=[(str(one), one.label) for one in Succession],
        known=listing.names(db.session(), sorted({code for row in rows for code in (row.change.code, row.to)})),
        may_succeed=permissions.allowed(signed_in(), "municipality:succeed"),
    )  # fmt: skip
