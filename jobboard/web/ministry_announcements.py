"""お知らせ on the ministry's side: written with a preview, published at once or at a time, ended, taken down."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import EditConflict, Incomplete
from jobboard.base.wording import japanese_opening
from jobboard.database import db
from jobboard.domain import announcing
from jobboard.models import Announcement
from jobboard.web.announcements import body_html
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_announcements", __name__, url_prefix="/ministry/announcements")
blueprint.add_app_template_filter(japanese_opening)

TIMES = ("at", "ends")


@blueprint.get("")
@staff("announcement:write")
def announcement_list() -> ResponseReturnValue:
    found = announcing.listed(db.session())
    return render_template("ministry/announcements.html", announcements=[(one, state(one)) for one in found])


@blueprint.get("/new")
@staff("announcement:write")
def new() -> ResponseReturnValue:
    return _form({})


@blueprint.post("/new")
@staff("announcement:write")
def write() -> ResponseReturnValue:
    """Keeps a draft, or only shows what it would look like."""
    try:
        written = _read()
    except Incomplete as gaps:
        return _form(request.form, gaps), 422
    if request.form.get("act") == "preview":
        return _form(request.form, shown=written)
    row = announcing.write(db.session(), written, by=signed_in(), now=now())
    flash("下書きを保存しました。下の見え方を確かめて、公開してください。", "success")
    return _back(row)


@blueprint.get("/<int:announcement_id>")
@staff("announcement:write")
def one(announcement_id: int) -> ResponseReturnValue:
    return _page(announcing.find(db.session(), announcement_id))


@blueprint.get("/<int:announcement_id>/edit")
@staff("announcement:write")
def edit(announcement_id: int) -> ResponseReturnValue:
    row = announcing.find(db.session(), announcement_id)
    typed = {"title": row.title, "body": row.body, "urgent": "1" if row.urgent else ""}
    return _form({**typed, "revision": str(row.revision)}, row=row)


@blueprint.post("/<int:announcement_id>/edit")
@staff("announcement:write")
def change(announcement_id: int) -> ResponseReturnValue:
    """Who comes second sees what stands now, and keeps what was typed."""
    row = announcing.find(db.session(), announcement_id)
    try:
        written = _read()
        if request.form.get("act") == "preview":
            return _form(request.form, shown=written, row=row)
        announcing.change(db.session(), row, written, revision=_revision(), by=signed_in(), now=now())
    except Incomplete as gaps:
        return _form(request.form, gaps, row=row), 422
    except EditConflict as conflict:
        return _form({**request.form, "revision": str(conflict.revision)}, row=row, conflict=conflict), 409
    flash("お知らせを保存しました。" if row.published_at is None else "公開中のお知らせを直しました。", "success")
    return _back(row)


@blueprint.post("/<int:announcement_id>/publish")
@staff("announcement:write")
def publish(announcement_id: int) -> ResponseReturnValue:
    row = announcing.find(db.session(), announcement_id)
    at, ends = (request.form.get(name, "") for name in TIMES)
    try:
        begins, over = announcing.read_times(at=at, ends=ends, urgent=row.urgent, now=now())
        announcing.publish(db.session(), row, revision=_revision(), at=begins, ends_at=over, by=signed_in(), now=now())
    except Incomplete as gaps:
        return _page(row, gaps), 422
    except EditConflict as conflict:
        return _page(row, conflict=conflict), 409
    flash(f"{japanese_opening(begins)}に公開します。" if begins > now() else "お知らせを公開しました。", "success")
    return _back(row)


@blueprint.post("/<int:announcement_id>/end")
@staff("announcement:write")
def end(announcement_id: int) -> ResponseReturnValue:
    row = announcing.find(db.session(), announcement_id)
    try:
        announcing.end(db.session(), row, revision=_revision(), by=signed_in(), now=now())
    except EditConflict as conflict:
        return _page(row, conflict=conflict), 409
    flash("お知らせを終わりにしました。一覧の「終わったお知らせ」に残ります。", "success")
    return _back(row)


@blueprint.post("/<int:announcement_id>/take-down")
@staff("announcement:write")
def take_down(announcement_id: int) -> ResponseReturnValue:
    row = announcing.find(db.session(), announcement_id)
    try:
        announcing.take_down(db.session(), row, revision=_revision(), by=signed_in(), now=now())
    except EditConflict as conflict:
        return _page(row, conflict=conflict), 409
    flash("お知らせを取り下げました。下書きに戻り、だれにも見えません。", "success")
    return _back(row)


def state(row: Announcement) -> str:
    """How it stands, for people."""
    if row.published_at is None:
        return "下書き"
    if row.published_at > now():
        return "公開予定"
    return "終了" if row.ends_at is not None and row.ends_at <= now() else "公開中"


def _read() -> announcing.Written:
    typed = request.form
    return announcing.read(title=typed.get("title", ""), body=typed.get("body", ""), urgent=bool(typed.get("urgent")))


def _revision() -> int:
    typed = request.form.get("revision", "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


def _back(row: Announcement) -> ResponseReturnValue:
    return redirect(url_for(".one", announcement_id=row.id), 303)


def _page(row: Announcement, gaps: Incomplete | None = None, conflict: EditConflict | None = None) -> str:
    """One announcement as it looks, and what may be done with it; what was typed stands in the form."""
    return render_template(
        "ministry/announcement.html", announcement=row, state=state(row), body=body_html(row.body),
        typed=request.form, errors=_pairs(gaps), conflict=conflict,
    )  # fmt: skip


def _form(
    typed: object, gaps: Incomplete | None = None, *,
    shown: announcing.Written | None = None, row: Announcement | None = None, conflict: EditConflict | None = None,
) -> str:  # fmt: skip
    """The form with what was typed; ``shown``: what it would look like."""
    return render_template(
        "ministry/announcement_form.html", typed=typed, errors=_pairs(gaps), announcement=row, shown=shown,
        body=body_html(shown.body) if shown else "", conflict=conflict,
    )  # fmt: skip


def _pairs(gaps: Incomplete | None) -> list[tuple[str, str]]:
    return [(problem.field, problem.message) for problem in gaps.problems] if gaps else []
