"""Spreadsheets at the desk: an empty one to fill in, one's own postings as one, and what was filled in as drafts."""

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from jobboard.base.clock import japan_date
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.fields import BY_NAME
from jobboard.base.showing import show_value
from jobboard.database import db
from jobboard.domain import permissions, sheets_importing
from jobboard.domain.sheets_importing import Report, Taken
from jobboard.domain.sheets_opening import LARGEST, MOST_ROWS, refused
from jobboard.domain.sheets_writing import Layout
from jobboard.models import Municipality
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
    try:
        content = received(request.files.get("file"))
        report = sheets_importing.import_file(
            db.session(), content, by=signed_in(), now=now(), keep_faulty="keep_faulty" in request.form
        )
    except Incomplete as gaps:
        return _page([(problem.field, problem.message) for problem in gaps.problems]), 422
    return render_template("desk/sheets_report.html", report=report, rows=_told(report), Layout=Layout)


def received(file: FileStorage | None) -> bytes:
    """The bytes of the uploaded file, one more than is taken at most. Raises ``Incomplete`` when none was chosen."""
    if file is None or not file.filename:
        raise refused("ファイルを選んでください。")
    with file.stream as stream:
        return stream.read(LARGEST + 1)


def _page(errors: list[tuple[str, str]]) -> str:
    return render_template("desk/sheets.html", errors=errors, Layout=Layout, most_rows=MOST_ROWS, several=len(_own()) > 1)


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
    chosen = _layout()
    content = sheets_importing.export_file(db.session(), permissions.visible_postings(signed_in()), chosen)
    return _file(content, chosen, f"{japan_date(now()):%Y%m%d}")


def _layout() -> Layout:
    code = request.args.get("layout", str(Layout.LIST))
    if code not in [str(layout) for layout in Layout]:
        raise NotFound
    return Layout(code)


def _file(content: bytes, layout: Layout, mark: str) -> Response:
    answer = Response(content, content_type=TYPES[layout.suffix])
    answer.headers["Content-Disposition"] = f'attachment; filename="postings-{layout}-{mark}{layout.suffix}"'
    return answer
