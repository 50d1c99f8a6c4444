"""決裁 on paper: the draft as A4, and each print as it was made. A GET shows, the POST makes a print."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from jobboard.database import db
from jobboard.domain import printing
from jobboard.models import Account, Posting, Printout
from jobboard.web.desk_handing import find
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_print", __name__, url_prefix="/desk/postings/<int:posting_id>/print")


@blueprint.get("")
@staff("posting:read_draft")
def draft(posting_id: int) -> ResponseReturnValue:
    """The draft as it stands, as the paper will show it."""
    posting = find("posting:read_draft", posting_id)
    return _page(posting, None)


@blueprint.post("")
@staff("posting:read_draft")
def make(posting_id: int) -> ResponseReturnValue:
    posting = find("posting:read_draft", posting_id)
    made = printing.print_draft(db.session(), posting, by=signed_in(), now=now())
    return redirect(url_for(".paper", posting_id=posting.id, number=made.number), 303)


@blueprint.get("/<int:number>")
@staff("posting:read_draft")
def paper(posting_id: int, number: int) -> ResponseReturnValue:
    """One print, for ever as it was made."""
    posting = find("posting:read_draft", posting_id)
    return _page(posting, printing.find(db.session(), posting, number))


def _page(posting: Posting, printout: Printout | None) -> str:
    session = db.session()
    by = session.get(Account, printout.printed_by_id) if printout and printout.printed_by_id else None
    return render_template(
        "desk/paper.html",
        posting=posting,
        printout=printout,
        by=by.name if by else "",
        digits=printing.in_groups(printout.checksum) if printout else "",
        sheet=printing.sheet(session, printout.draft if printout else printing.written(session, posting)),
        differing=printing.changed_since(session, posting, printout) if printout else [],
        prints=printing.prints(session, posting),
        EMPTY=printing.EMPTY,
    )
