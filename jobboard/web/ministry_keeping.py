"""保存と削除: what is kept how long, by which law, what is due now; and deleting it before the worker does."""

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import audit_reading, audit_words, forgetting, housekeeping, permissions, strange
from jobboard.domain.retention import Terms
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_keeping", __name__, url_prefix="/ministry/keeping")

NAMED = 20
"""Postings that the page names before they go."""


@blueprint.get("")
@staff("keeping:read")
def rules() -> ResponseReturnValue:
    session, terms = db.session(), _terms()
    last = housekeeping.last_run(session)
    people = audit_reading.people(session, {last.account_id} if last and last.account_id else set())
    return render_template(
        "ministry/keeping.html",
        rules=_due(),
        terms=terms,
        last=last,
        by=people[last.account_id].name if last and last.account_id in people else "",
        done=audit_words.facts(last.facts) if last else [],
        broken=strange.is_broken(session),
        may_run=permissions.allowed(signed_in(), "keeping:run"),
    )


@blueprint.get("/run")
@staff("keeping:run")
def ask_run() -> ResponseReturnValue:
    session, terms = db.session(), _terms()
    due = [(rule, count) for rule, _, count in _due() if count and rule.run]
    clause = forgetting.postings_due(terms.postings_years, now=now()) | forgetting.drafts_due(terms.postings_years, now=now())
    return render_template(
        "ministry/keeping_run.html",
        due=due,
        permanent=housekeeping.PERMANENT,
        named=[(one, japanese_date(day)) for one, day in forgetting.first(session, clause, NAMED)],
        most=NAMED,
    )


@blueprint.post("/run")
@staff("keeping:run")
def run() -> ResponseReturnValue:
    """One batch of each rule, in the transaction of this request; what is left goes by the worker, or by pressing again."""
    done = housekeeping.run(db.session(), _terms(), now=now())
    housekeeping.note(db.session(), done, by=signed_in(), now=now())
    told = "、".join(f"{name.label} {count:,}件" for name, count in done.items() if count)
    flash(f"消しました・保管しました: {told}。" if told else "期限が来ているものはありませんでした。", "success")
    return redirect(url_for(".rules"), 303)


def _due() -> list[tuple[housekeeping.Rule, str, int]]:
    """Each rule, how long it keeps, and how much is due."""
    terms, found = _terms(), housekeeping.due(db.session(), _terms(), now=now())
    return [(rule, rule.term(terms), found[rule.name]) for rule in housekeeping.RULES]


def _terms() -> Terms:
    return Terms.of(current_app.config["BOARD"])
