"""The files of a posting at the desk: which it has, one more, one less; and their bytes for those who may see them."""

from pathlib import Path

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.wording import file_size
from jobboard.database import db
from jobboard.domain import attached, attaching, drafting, permissions
from jobboard.domain.attachment_kinds import LARGEST, SUFFIXES
from jobboard.domain.attachments import stored_at
from jobboard.models import Attachment, Posting
from jobboard.web.desk_handing import find
from jobboard.web.numbers import small
from jobboard.web.posting_pages import FILE_KINDS
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_attachments", __name__)
blueprint.add_app_template_filter(file_size)


@blueprint.get("/desk/postings/<int:posting_id>/attachments")
@staff("posting:read_draft")
def attachments(posting_id: int) -> ResponseReturnValue:
    return _page(find("posting:read_draft", posting_id), [])


@blueprint.post("/desk/postings/<int:posting_id>/attachments")
@staff("posting:edit")
def attach(posting_id: int) -> ResponseReturnValue:
    posting = find("posting:edit", posting_id)
    file = request.files.get("file")
    if file is None or not file.filename:
        return _page(posting, [("file", "ファイルを選んでください。")]), 422
    with file.stream as stream:
        content = stream.read(LARGEST + 1)
    try:
        kept = attaching.add(
            db.session(), posting, _folder(), name=file.filename, content=content, by=signed_in(), now=now()
        )
    except Incomplete as gaps:
        return _page(posting, [(problem.field, problem.message) for problem in gaps.problems]), 422
    flash(f"「{kept.name}」を添付しました。", "success")
    return redirect(url_for(".attachments", posting_id=posting.id), 303)


@blueprint.post("/desk/postings/<int:posting_id>/attachments/remove")
@staff("posting:edit")
def detach(posting_id: int) -> ResponseReturnValue:
    posting = find("posting:edit", posting_id)
    chosen = request.form.get("attachment", 0, type=small)
    gone = attaching.remove(db.session(), posting, chosen, by=signed_in(), now=now())
    flash(f"「{gone.name}」を外しました。", "success")
    return redirect(url_for(".attachments", posting_id=posting.id), 303)


@blueprint.get("/desk/postings/<int:posting_id>/attachments/<int:attachment_id>")
@staff("posting:read_draft")
def own(posting_id: int, attachment_id: int) -> ResponseReturnValue:
    posting = find("posting:read_draft", posting_id)
    return _bytes(attaching.find(db.session(), posting, attachment_id))


@blueprint.get("/review/postings/<int:posting_id>/attachments/<int:attachment_id>")
@staff("posting:review")
def sent_in(posting_id: int, attachment_id: int) -> ResponseReturnValue:
    posting = permissions.find_posting(db.session(), signed_in(), "posting:review", posting_id)
    return _bytes(attaching.find(db.session(), posting, attachment_id, sent_in=True))


@blueprint.get("/desk/prefecture/postings/<int:posting_id>/attachments/<int:attachment_id>")
@staff("prefecture:read")
def at_prefecture(posting_id: int, attachment_id: int) -> ResponseReturnValue:
    posting = permissions.find_posting(db.session(), signed_in(), "prefecture:read", posting_id)
    return _bytes(attaching.find(db.session(), posting, attachment_id, sent_in=True))


def _bytes(file: Attachment) -> Response:
    """To keep, never to open as a page of ours."""
    path = stored_at(_folder(), file.sha256)
    if not path.is_file():
        raise NotFound
    kind = file.media_type if file.media_type in FILE_KINDS else "application/octet-stream"
    return send_file(path, mimetype=kind, as_attachment=True, download_name=file.name, etag=False)


def shown_files(posting: Posting, *, at: str = "desk_attachments.own") -> list[dict[str, str]]:
    """The files that publishing would show, as the public page names them, with links to the endpoint ``at`` for its staff."""
    session = db.session()
    files = attached.of_version(session, posting.pending_id) if posting.pending_id else attached.of_posting(session, posting)
    return [
        {
            "url": url_for(at, posting_id=posting.id, attachment_id=one.id),
            "name": one.name,
            "kind": FILE_KINDS.get(one.media_type, "ファイル"),
            "size": file_size(one.size),
        }
        for one in files
    ]


def _page(posting: Posting, errors: list[tuple[str, str]]) -> str:
    session = db.session()
    files = [(one, FILE_KINDS.get(one.media_type, "ファイル")) for one in attached.of_posting(session, posting)]
    return render_template(
        "desk/attachments.html",
        posting=posting,
        title=drafting.title(posting),
        files=files,
        most=attaching.MOST,
        accept=",".join(SUFFIXES.values()),
        editable=drafting.is_editable(posting),
        waiting=posting.current is not None and bool(attached.difference(session, posting)),
        errors=errors,
    )


def _folder() -> Path:
    folder: Path = current_app.config["BOARD"].upload_dir
    return folder
