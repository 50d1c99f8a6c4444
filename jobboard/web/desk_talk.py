"""The talk about a posting at the desk: what the ministry wrote and asked, the answer, and 「読みました」."""

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.database import db
from jobboard.domain import drafting, permissions
from jobboard.models import Posting
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.talk import Errors, say, say_seen, talk_of

blueprint = Blueprint("desk_talk", __name__, url_prefix="/desk/postings/<int:posting_id>/talk")


def _find(action: str, posting_id: int) -> Posting:
    return permissions.find_posting(db.session(), signed_in(), action, posting_id)


@blueprint.get("")
@staff("talk:read")
def talk(posting_id: int) -> ResponseReturnValue:
    return _show(_find("talk:read", posting_id))


def _show(found: Posting, errors: Errors = ()) -> str:
    return render_template(
        "talk/for_desk.html", posting=found, title=drafting.title(found), talk=talk_of(found, "talk:read"),
        may_write=permissions.allowed(signed_in(), "talk:write", found), typed=request.form.get("text", ""), errors=errors,
    )  # fmt: skip


@blueprint.post("")
@staff("talk:write")
def write(posting_id: int) -> ResponseReturnValue:
    back = url_for(".talk", posting_id=posting_id)
    return say(_find("talk:write", posting_id), _show, from_ministry=False, back=back)


@blueprint.post("/seen")
@staff("talk:write")
def see(posting_id: int) -> ResponseReturnValue:
    back = url_for(".talk", posting_id=posting_id)
    return say_seen(_find("talk:write", posting_id), from_ministry=False, back=back)
