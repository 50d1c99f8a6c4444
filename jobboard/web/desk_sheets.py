"""Spreadsheets at the desk: an empty one to fill in, one's own postings as one, and what was filled in as drafts."""

from collections.abc import Collection
from pathlib import Path

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.fields import BY_NAME
from jobboard.base.showing import show_value
from jobboard.database import db
from jobboard.domain import drafting, permissions, sheets_importing, sheets_repeating
from jobboard.domain.sheets_importing import Report, Taken
from jobboard.domain.sheets_opening import LARGEST, MOST_ROWS, refused
from jobboard.domain.sheets_writing import Layout
from jobboard.models import Municipality
from jobboard.web.numbers import small
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_sheets", __name__, url_prefix="/desk/sheets")

TYPES = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
}
TOLD_WHOLE = 100
"""Rows of a report of which every value is shown; of the others the page tells how many fields were understood."""


@blueprint.get("/")
@staff("municipality:post")
def sheets() -> ResponseReturnValue:
    return _page([])


@blueprint.post("/")
@staff("municipality:post")
def upload() -> ResponseReturnValue:
    session, by, keep_faulty = db.session(), signed_in(), "keep_faulty" in request.form
    try:
        content = received(request.files.get("file"))
        candidates, _ = sheets_importing.examined(session, content, by=by, keep_faulty=keep_faulty)
    except Incomplete as gaps:
        return _page([(problem.field, problem.message) for problem in gaps.problems]), 422
    key = sheets_repeating.keep(_folder(), content, by)
    if sheets_repeating.doubts(session, candidates, key, by):
        return redirect(url_for(".asked", file_key=key, keep_faulty=1 if keep_faulty else None), 303)
    return _import(content, key, keep_faulty)


def _import(content: bytes, key: str, keep_faulty: bool, leave_out: Collection[int] = ()) -> ResponseReturnValue:
    """Makes the drafts and leads to the report, which can be loaded again."""
    report = sheets_importing.import_file(
        db.session(), content, by=signed_in(), now=now(), keep_faulty=keep_faulty, leave_out=leave_out, key=key
    )
    return redirect(url_for(".report", import_id=report.id), 303)


@blueprint.get("/files/<file_key>")
@staff("municipality:post")
def asked(file_key: str) -> ResponseReturnValue:
    """Which rows have a posting already, and whether to take them all the same."""
    session, by = db.session(), signed_in()
    content = sheets_repeating.kept(_folder(), file_key, by)
    keep_faulty = "keep_faulty" in request.args
    candidates, _ = sheets_importing.examined(session, content, by=by, keep_faulty=keep_faulty)
    doubts = sheets_repeating.doubts(session, candidates, file_key, by)
    wanted = [place for place, one in enumerate(candidates) if one.wanted]
    return render_template(
        "desk/sheets_asked.html",
        key=file_key,
        keep_faulty=keep_faulty,
        before=doubts.before,
        alike=[(candidates[place].row, others) for place, others in doubts.others.items()],
        every=len(wanted),
        new=len([place for place in wanted if place not in doubts.others]),
        title_of=drafting.title,
    )


@blueprint.post("/files/<file_key>")
@staff("municipality:post")
def take(file_key: str) -> ResponseReturnValue:
    """Takes the rows that were chosen. Sent twice (a double click), it shows what became of the first."""
    session, by = db.session(), signed_in()
    content = sheets_repeating.kept(_folder(), file_key, by)
    keep_faulty = "keep_faulty" in request.form
    candidates, _ = sheets_importing.examined(session, content, by=by, keep_faulty=keep_faulty)
    doubts = sheets_repeating.doubts(session, candidates, file_key, by)
    if doubts.before is not None and str(doubts.before.id) != request.form.get("before", ""):
        return redirect(url_for(".report", import_id=doubts.before.id), 303)
    return _import(content, file_key, keep_faulty, () if request.form.get("rows") == "all" else doubts.others)


@blueprint.get("/reports/<int:import_id>")
@staff("municipality:post")
def report(import_id: int) -> ResponseReturnValue:
    """What became of each row, as long as the file is kept; then how many became drafts."""
    session, by = db.session(), signed_in()
    entry = sheets_repeating.entry_of(session, import_id, by)
    try:
        found = sheets_repeating.told(session, entry, sheets_repeating.kept(_folder(), entry.facts["file"], by), by)
    except NotFound:
        return render_template("desk/sheets_past.html", entry=entry)
    return render_template("desk/sheets_report.html", report=found, rows=_told(found))


def _folder() -> Path:
    folder: Path = current_app.config["BOARD"].upload_dir
    return folder


def received(file: FileStorage | None) -> bytes:
    """The bytes of the uploaded file, one more than is taken at most. Raises ``Incomplete`` when none was chosen."""
    if file is None or not file.filename:
        raise refused("ファイルを選んでください。")
    with file.stream as stream:
        return stream.read(LARGEST + 1)


def _page(errors: list[tuple[str, str]], too_many: str = "") -> str:
    return render_template(
        "desk/sheets.html",
        errors=errors,
        too_many=too_many,
        parts=sheets_importing.parts(db.session(), permissions.visible_postings(signed_in())),
        Layout=Layout,
        most_rows=MOST_ROWS,
        several=len(_own()) > 1,
    )


def _own() -> list[Municipality]:
    own = permissions.own_municipalities(signed_in())
    return list(db.session.scalars(select(Municipality).where(own).order_by(Municipality.code).limit(2)))


def _told(report: Report) -> list[tuple[Taken, list[tuple[str, str]]]]:
    """Each row with what was understood of it, as labels and texts."""
    return [(one, _understood(one) if number < TOLD_WHOLE else []) for number, one in enumerate(report.taken)]


def _understood(one: Taken) -> list[tuple[str, str]]:
    engagement = one.content.engagement
    return [(BY_NAME[name].label_for(engagement), show_value(BY_NAME[name], value)) for name, value in one.content.items()]


@blueprint.get("/empty")
@staff("municipality:post")
def empty() -> ResponseReturnValue:
    own = _own()
    chosen = _layout()
    return _file(sheets_importing.empty_file(own[0] if len(own) == 1 else None, chosen), chosen, "empty")


@blueprint.get("/postings")
@staff("posting:read_draft")
def postings() -> ResponseReturnValue:
    chosen, part = _layout(), request.args.get("part", 0, type=small)
    visible = permissions.visible_postings(signed_in())
    try:
        content = sheets_importing.export_file(db.session(), visible, chosen, part)
    except Incomplete as gaps:
        return _page([], "".join(problem.message for problem in gaps.problems)), 422
    return _file(content, chosen, f"{japan_date(now()):%Y%m%d}{f'-{part}' if part else ''}")


def _layout() -> Layout:
    code = request.args.get("layout", str(Layout.LIST))
    if code not in [str(layout) for layout in Layout]:
        raise NotFound
    return Layout(code)


def _file(content: bytes, layout: Layout, mark: str) -> Response:
    answer = Response(content, content_type=TYPES[layout.suffix])
    answer.headers["Content-Disposition"] = f'attachment; filename="postings-{layout}-{mark}{layout.suffix}"'
    return answer
