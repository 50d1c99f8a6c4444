"""監査記録 for administrators: who did what when to what, as a file too; and the strange things, to be looked at by a person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.clock import in_japan
from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import Strange
from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import audit, audit_reading, audit_words, sealing, strange, verifying
from jobboard.domain.audit_reading import NOBODY, Wanted
from jobboard.models import Account, AuditEntry, AuditNotice
from jobboard.web import audit_table
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_audit", __name__, url_prefix="/ministry/audit")
blueprint.add_app_template_filter(japanese_date)

FILTERS = ("since", "until", "who", "action", "kind", "subject")
NOTICES = 50
ACTIONS = [("", "すべて"), *audit_words.ACTIONS.items()]
SUBJECTS = [("", "すべて"), *audit_words.SUBJECTS.items()]


@blueprint.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """The administrators' first page says how many notices wait."""
    state.app.jinja_env.globals["strange_waiting"] = lambda: strange.waiting(db.session())


@blueprint.get("")
@staff("audit:read")
def entries() -> ResponseReturnValue:
    return _page(request.args)


@blueprint.post("/export")
@staff("audit:export")
def export() -> ResponseReturnValue:
    """All that was asked for, as a table. A POST, for the audit tells of it."""
    try:
        wanted = audit_reading.read(db.session(), request.form)
    except Incomplete as gaps:
        return _page(request.form, gaps)
    until = db.session.scalar(select(func.max(AuditEntry.id))) or 0
    audit.record(db.session(), "audit:export", "audit", "", by=signed_in(), now=now(), **wanted.facts())
    name = f"audit-{in_japan(now()):%Y%m%d-%H%M}.csv"
    answer = Response(_table(wanted, until), content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.get("/notices")
@staff("audit:read")
def notices() -> ResponseReturnValue:
    found = strange.seen_notices(db.session(), NOTICES)
    people = audit_reading.people(db.session(), {one.seen_by_id for one in found if one.seen_by_id})
    return render_template("ministry/audit_notices.html", notices=_told(found), people=people)


@blueprint.get("/notices/<int:notice_id>")
@staff("audit:read")
def notice(notice_id: int) -> ResponseReturnValue:
    return _notice_page(strange.find(db.session(), notice_id))


@blueprint.post("/notices/<int:notice_id>")
@staff("audit:acknowledge")
def acknowledge(notice_id: int) -> ResponseReturnValue:
    found = strange.find(db.session(), notice_id)
    try:
        strange.acknowledge(db.session(), found, note=request.form.get("note", ""), by=signed_in(), now=now())
    except WrongState:
        return _notice_page(found, late=True), 409
    except Incomplete as gaps:
        return _notice_page(found, errors=[(one.field, one.message) for one in gaps.problems]), 422
    flash("確かめたことを残しました。", "success")
    return redirect(url_for(".entries"), 303)


def _page(given: Mapping[str, str], wrong: Incomplete | None = None) -> ResponseReturnValue:
    """The newest entries of those asked for; none, and what is wrong with the question, when it cannot be understood."""
    session, typed = db.session(), {name: given.get(name, "") for name in FILTERS}
    before = given.get("before", "")
    rows: list[AuditEntry] = []
    further = None
    try:
        wanted = audit_reading.read(session, typed)
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
        rows, further = audit_reading.page(session, wanted, before=number)
    except Incomplete as gaps:
        wrong = gaps
    errors = [(one.field, one.message) for one in wrong.problems] if wrong else []
    asked = {name: value for name, value in typed.items() if value}
    lines = [_line(entry) for entry in rows]
    numbers = {number for line in lines for number in (line["entry"].account_id, line["whom"]) if number}
    page = render_template(
        "ministry/audit.html", rows=lines, typed=typed, asked=asked, errors=errors,
        people=audit_reading.people(session, numbers),
        further=_address(asked | {"before": str(further)}) if further else "", before=before,
        notices=_told(strange.open_notices(session, NOTICES)), waiting=strange.waiting(session), actions=ACTIONS,
        subjects=SUBJECTS, nobody=NOBODY, head=verifying.head(session), unsealed=sealing.unsealed(session),
    )  # fmt: skip
    return (page, 422) if errors else page


def _address(asked: Mapping[str, str]) -> str:
    return f"{url_for('.entries')}?{urlencode(asked)}"


def _line(entry: AuditEntry) -> dict[str, Any]:
    """An entry in words; ``whom``: the account that it was done to, if it was one."""
    about_account = entry.subject_kind == "account" and entry.subject_id.isdigit()
    return {
        "entry": entry,
        "at": f"{in_japan(entry.at):%Y-%m-%d %H:%M:%S}",
        "action": audit_words.action(entry.action),
        "kind": audit_words.SUBJECTS.get(entry.subject_kind, entry.subject_kind),
        "whom": int(entry.subject_id) if about_account else None,
        "facts": audit_words.facts(entry.facts),
    }


def _told(found: Sequence[AuditNotice]) -> list[tuple[AuditNotice, str]]:
    """Notices, each with whom or what it is about in words."""
    numbers = {int(one.subject.partition(":")[2]) for one in found if one.subject.startswith("account:")}
    people = audit_reading.people(db.session(), numbers)
    return [(one, _about(one, people)) for one in found]


def _about(found: AuditNotice, people: dict[int, Account]) -> str:
    kind, _, number = found.subject.partition(":")
    if kind == "account":
        account = people.get(int(number))
        return f"{account.name or '(氏名なし)'}({account.email})" if account else f"利用者 {number}"
    return {strange.EVERYBODY: "全体", "system": NOBODY, "audit_entry": f"記録 {number}"}.get(kind, f"封の番号 {number}")


def _notice_page(found: AuditNotice, errors: list[tuple[str, str]] | None = None, *, late: bool = False) -> str:
    [(_, about)] = _told([found])
    seen_by = db.session.get(Account, found.seen_by_id) if found.seen_by_id else None
    return render_template(
        "ministry/audit_notice.html", notice=found, about=about, seen_by=seen_by, own=found.seen_by_id == signed_in().id, late=late, errors=errors or [],
        typed=request.form.get("note", ""), entries=_entries_of(found), broken=found.kind is Strange.BROKEN_CHAIN,
    )  # fmt: skip


def _entries_of(found: AuditNotice) -> str:
    """The address of the list that shows what was counted."""
    day, number = found.day.isoformat(), found.subject.partition(":")[2]
    account = db.session.get(Account, int(number)) if found.subject.startswith("account:") else None
    asked = {"since": day, "until": day}
    if found.kind is Strange.FAILED_SIGN_INS and not number:
        asked |= {"action": strange.FAILURES[0]}
    elif found.kind is Strange.WITHDRAWALS:
        asked |= {"action": "posting:withdraw", "who": account.email if account else NOBODY}
    elif found.kind is Strange.EXPORT:
        last = db.session.get(AuditEntry, found.last_entry_id)
        asked |= {"action": last.action if last else "audit:export", "who": account.email if account else NOBODY}
    elif found.kind is Strange.BROKEN_CHAIN:
        return url_for(".entries", before=found.last_entry_id + 1) if found.last_entry_id else ""
    else:
        asked |= {"kind": "account", "subject": number}
    return _address({name: value for name, value in asked.items() if value})


def _table(wanted: Wanted, until: int) -> Iterator[bytes]:
    """Read on a session of its own: a slow reader holds no transaction of the request."""
    engine = db.engine

    def pieces() -> Iterator[bytes]:
        with Session(engine) as session:
            yield from audit_table.csv(audit_reading.batches(session, wanted, until=until))

    return pieces()
