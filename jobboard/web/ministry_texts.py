"""Texts of the fixed pages on the ministry's side: versions, their difference, the page as it would look, publishing."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, NotFound, WrongState
from jobboard.base.states import FixedPage
from jobboard.database import db
from jobboard.domain import page_texts
from jobboard.models import PageText
from jobboard.web import office_words, policies
from jobboard.web.office_words import page_words
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_texts", __name__, url_prefix="/ministry/texts")

FIELDS = ("body", "office", "contact", "postal")
OVERTAKEN = {
    "text_overtaken": "この画面を開いている間に、ほかの人が別の版を公開しました。下の、いま公開中の文との違いを確かめて、もう一度操作してください。",
    "text_shown": "この版は、すでに公開したことがあります。前の版に戻すときは「この版に戻す」を使ってください。",
}


@blueprint.get("")
@staff("text:write")
def text_list() -> ResponseReturnValue:
    shown = page_texts.published(db.session())
    return render_template("ministry/texts.html", pages=[(page, shown.get(page)) for page in FixedPage])


@blueprint.get("/<page>")
@staff("text:write")
def text(page: str) -> ResponseReturnValue:
    """The form, with the newest version in it, and all versions."""
    fixed = _fixed(page)
    versions = page_texts.versions(db.session(), fixed)
    return _form(fixed, _typed(fixed, versions[0].body if versions else ""))


@blueprint.post("/<page>")
@staff("text:write")
def write(page: str) -> ResponseReturnValue:
    """Keeps a version, or only shows what it would look like."""
    fixed = _fixed(page)
    typed = {name: request.form.get(name, "") for name in FIELDS}
    try:
        body = page_texts.read(fixed, **typed)
    except Incomplete as gaps:
        return _form(fixed, typed, gaps), 422
    if request.form.get("act") == "preview":
        return _form(fixed, typed, shown=body)
    row = page_texts.write(db.session(), fixed, body, by=signed_in(), now=now())
    flash("新しい版を保存しました。まだ公開していません。違いと見え方を確かめてください。", "success")
    return redirect(url_for(".version", page=page, text_id=row.id), 303)


@blueprint.get("/<page>/<int:text_id>")
@staff("text:write")
def version(page: str, text_id: int) -> ResponseReturnValue:
    return _version(page_texts.find(db.session(), _fixed(page), text_id))


@blueprint.get("/<page>/<int:text_id>/preview")
@staff("text:write")
def preview(page: str, text_id: int) -> ResponseReturnValue:
    """The page itself, as everybody would see it."""
    row = page_texts.find(db.session(), _fixed(page), text_id)
    if row.page is FixedPage.OFFICE:
        return policies.page(FixedPage.ABOUT, office_words.words().pages.get(FixedPage.ABOUT), office=page_texts.read_office(row.body), preview=True)
    return policies.page(row.page, page_words(row.body) if row.body else None, preview=True)


@blueprint.post("/<page>/<int:text_id>/publish")
@staff("text:write")
def publish(page: str, text_id: int) -> ResponseReturnValue:
    """Shows a new version, or an earlier one again as a new one."""
    row = page_texts.find(db.session(), _fixed(page), text_id)
    act = page_texts.go_back if row.published_at else page_texts.publish
    try:
        act(db.session(), row, instead_of=_number("instead_of"), by=signed_in(), now=now())
    except WrongState as wrong:
        return _version(row, OVERTAKEN[wrong.state]), 409
    flash(f"「{row.page.label}」の文を公開しました。", "success")
    return redirect(url_for(".text", page=page), 303)


def _fixed(page: str) -> FixedPage:
    if page not in list(FixedPage):
        raise NotFound
    return FixedPage(page)


def _number(name: str) -> int:
    typed = request.form.get(name, "")
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0


def _typed(page: FixedPage, body: str) -> dict[str, str]:
    """The fields of a version."""
    return vars(page_texts.read_office(body)) if page is FixedPage.OFFICE else {"body": body}


def _plain(row: PageText | None) -> str:
    """A version as lines to compare."""
    if row is None or row.page is not FixedPage.OFFICE:
        return row.body if row else ""
    office = page_texts.read_office(row.body)
    return f"部署の名前: {office.office}\n連絡先: {office.contact}\n住所: {office.postal}"


def _form(page: FixedPage, typed: dict[str, str], gaps: Incomplete | None = None, *, shown: str | None = None) -> str:
    session, config = db.session(), current_app.config["BOARD"]
    return render_template(
        "ministry/text.html", page=page, typed=typed, versions=page_texts.versions(session, page),
        public=page_texts.published(session).get(page), config=config,
        errors=[(problem.field, problem.message) for problem in gaps.problems] if gaps else [],
        shown=page_words(shown) if shown and page is not FixedPage.OFFICE else None, empty=shown == "",
        office=policies.answering(page_texts.read_office(shown)) if shown is not None and page is FixedPage.OFFICE else None,
    )  # fmt: skip


def _version(row: PageText, wrong: str = "") -> str:
    """One version beside what is public now, or, when it is that, beside what was public before it."""
    public = page_texts.published(db.session()).get(row.page)
    older = [one for one in page_texts.versions(db.session(), row.page) if one.published_at and one.id < row.id]
    beside = public if public is None or public.id != row.id else next(iter(older), None)
    return render_template(
        "ministry/text_version.html", version=row, public=public, beside=beside, wrong=wrong,
        lines=page_texts.difference(_plain(beside), _plain(row)), own=not row.body,
    )  # fmt: skip
