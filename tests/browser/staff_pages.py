"""Every page that staff see, read from the application's own map: each rule with each row that a page may be about.

A new page comes by itself; one with an argument that no row here fits, or that answers nobody, fails the sweep.
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from jobboard import create_app
from jobboard.base.clock import japan_date, present
from jobboard.base.states import AccountRole, FixedPage, Holder, Strange, Succession
from jobboard.config import Config
from jobboard.database import Writing
from jobboard.demonstration.people import ADMINISTRATOR, MODERATOR, PREFECTURE
from jobboard.domain import (
    accounts,
    announcing,
    drafting,
    links,
    page_texts,
    printing,
    reading_links,
    saved_remarks,
    sheets_importing,
    sheets_repeating,
    taking,
    talking,
)
from jobboard.models import (
    Account,
    Agreement,
    Announcement,
    AuditNotice,
    GrantRule,
    Handover,
    Hold,
    Membership,
    MunicipalityChange,
    Posting,
    Question,
    Subscriber,
)
from jobboard.web.transaction import BoardApp
from jobboard.web.writing_steps import STEPS
from tests.cast import Cast, person
from tests.flows.site import Site
from tests.flows.test_journey import DEADLINE, draft
from tests.stories import asked_about, drafted, found, published, typed

EDITOR, NEIGHBOUR = "editor@aoba.example.jp", "editor@minato.example.jp"
NOBODY = ""
LONG = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
DOOR = {"access.login", "access.forgot", "access.invitation", "access.reset", "code.form", "reading.draft"}
"""What staff see without signing in."""

FILES = {
    "desk_attachments.own", "desk_attachments.sent_in", "desk_attachments.at_prefecture", "desk_sheets.empty", "desk_sheets.postings",
    "desk_preview.mail", "review_preview.mail", "ministry.home", "ministry_figures.file", "desk_joint.asked_of",
    "mailing.hours_file", "mailing.domains_file",
}  # fmt: skip
"""No pages: files, the mail inside the frame of its preview, and ways to other pages."""

VIEWS = {name: ("", "?as=mail", "?as=feed") for name in ("desk.preview", "review_preview.page")}
"""Pages that have several views."""

NEW = {"new@empty.example.jp": AccountRole.EDITOR, "new@soumu.example.jp": AccountRole.ADMINISTRATOR}
"""Who has nothing to do yet; their places have no posting."""


@dataclass(frozen=True)
class Visit:
    """Who (an address, or nobody) opens what, and which rule of the map that is."""

    who: str
    endpoint: str
    address: str


def application(site: Site) -> BoardApp:
    """The application of a running site, on its database."""
    return create_app(Config.from_environ(site.environ))


def rules(app: BoardApp) -> list[Rule]:
    """The rules of staff pages."""
    found = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and rule.endpoint not in FILES]
    return [
        rule
        for rule in found
        if rule.endpoint in DOOR or getattr(app.view_functions[rule.endpoint], "staff_action", "")
    ]


def visits(app: BoardApp, rows: Mapping[str, list[str]]) -> Iterator[Visit]:
    """Each staff page for each account that it may be for; some answer 404 then, or lead elsewhere."""
    for rule in rules(app):
        missing = rule.arguments - set(rows)
        assert not missing, f"{rule.rule}: add rows for {missing} to this module"
        pattern = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        names = sorted(rule.arguments)
        for values in itertools.product(*(rows[name] for name in names)):
            address = pattern.format(**dict(zip(names, values, strict=True)))
            for who, view in itertools.product(lookers(rule, values, rows), VIEWS.get(rule.endpoint, ("",))):
                yield Visit(who, rule.endpoint, address + view)


def lookers(rule: Rule, values: tuple[str, ...], rows: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Whom a page may be for."""
    if rule.endpoint in DOOR:
        return (NOBODY,)
    if rule.rule.startswith(("/ministry", "/review")):
        return (ADMINISTRATOR[0], MODERATOR[0]) if not values else (ADMINISTRATOR[0],)
    if "joint_id" in rule.arguments:
        return tuple(rows["asked"])
    if rule.rule.startswith("/desk/prefecture"):
        return (PREFECTURE[0],)
    return (EDITOR,) if values else (EDITOR, NEIGHBOUR, PREFECTURE[0])


def empty_visits(app: BoardApp) -> Iterator[Visit]:
    """The pages that need no row, for those who have nothing to do yet."""
    for rule in rules(app):
        if not rule.arguments and rule.endpoint not in DOOR:
            for who in NEW:
                yield Visit(who, rule.endpoint, rule.rule)


def invite_new(app: BoardApp) -> None:
    """Makes those who have nothing to do yet."""
    with app.app_context(), Writing() as session:
        for email, role in NEW.items():
            session.add(person(email, "新人 一", role, municipality="016012" if role is AccountRole.EDITOR else None))


def lay_out(app: BoardApp) -> dict[str, list[str]]:
    """Adds rows of every kind that the demonstration lacks; what the arguments of the rules may stand for."""
    at = present() - timedelta(minutes=5)
    with app.app_context(), Writing() as session:
        cast = demonstration_cast(session)
        posting, question, read = _postings(session, cast, app.config["BOARD"].token_key, at)
        request = asked_about(session, session.get_one(Posting, int(posting[0])), now=at)
        stopped = Subscriber(address="x@example.jp", address_key="x@example.jp", created_at=at, stopped_at=at)
        hold = Hold(made_at=at, waiting=9, today=0, limit=8, last_match_id=0)
        strange = AuditNotice(
            kind=Strange.EXPORT, subject=f"account:{cast.admin}", day=japan_date(at), entries=1, last_entry_id=1, noticed_at=at
        )
        asking = Handover(email="kounin@example.jp", name=LONG[:80], municipality_code=cast.aoba, asked_at=at, confirmed_at=at)
        merger = MunicipalityChange(
            on=japan_date(at), kind=Succession.MERGED, code=cast.minato, successor_code=cast.aoba, note=LONG * 2, entered_at=at, applied_at=at
        )
        session.add_all([stopped, hold, strange, asking, merger])
        session.flush()
        by = session.get_one(Account, cast.admin)
        announcing.write(
            session, announcing.Written(LONG[:120], f"# {LONG}\n\n|{LONG}|\n|-|\n|1|", True), by=by, now=at
        )
        remark = saved_remarks.save(session, "", f"{{項目}}を直してください。{LONG}", by=by, now=at)
        for from_ministry, who in ((False, cast.account("aoba_editor")), (True, by)):
            talking.write(session, session.get_one(Posting, int(posting[0])), LONG, from_ministry=from_ministry, by=who, now=at)
        text = page_texts.write(session, FixedPage.ABOUT, f"# {LONG}\n\n{LONG}", by=by, now=at)
        session.flush()
        asked = session.scalars(select(Agreement)).all()
        places = [one.municipality_code for one in asked]
        editor = cast.account("aoba_editor")
        sheet = f"募集の題名\n取り込んだ募集\n{LONG[:80]}\n{LONG}\n".encode()
        key = sheets_repeating.keep(app.config["BOARD"].upload_dir, sheet, editor)
        taken = sheets_importing.import_file(session, sheet, by=editor, now=at, key=key)
        new, twin, linked = (found(session, cast, f"{title}{LONG}"[:300], now=at, path=f"/{LONG}") for title in ("CDO", "CDO", "CIO"))
        taking.publish(session, linked, again=True, by=by, now=at)
        linked.gone_at = linked.changed_at = linked.link_gone_at = at + timedelta(seconds=1)
        linked.title, linked.link_status = f"【更新】{linked.title}"[:300], 404
        answering = select(Account.email).join(Membership).where(Membership.municipality_code.in_(places))
        return {
            "posting_id": [*posting, *_each_state(session, cast)],
            "number": ["1"],
            "question_id": [question],
            "part": ["all", *STEPS],
            "joint_id": [str(one.posting_id) for one in asked],
            "code": [*places, cast.minato],
            "asked": list(session.scalars(answering)),
            "account_id": [str(cast.minato_editor)],
            "correction_id": [str(request.id)],
            "hold_id": [str(hold.id)],
            "notice_id": [str(strange.id)],
            "remark_id": [str(remark.id)],
            "handover_id": [str(asking.id)],
            "chapter": ["postings", "places", "kinds", "terms", "readers", "searches"],
            "subscriber_id": [str(stopped.id)],
            "file_key": [key],
            "import_id": [str(taken.id)],
            "rule_id": [str(session.scalars(select(GrantRule.id)).first())],
            "announcement_id": [str(one) for one in session.scalars(select(Announcement.id))],
            "page": [str(page) for page in FixedPage],
            "text_id": [str(text.id)],
            "item_id": [str(one.id) for one in (new, twin, linked)],
            "source_id": [str(new.source_id)],
            "token": [*_links(session, cast, app.config["BOARD"].token_key, at), read],
        }


def demonstration_cast(session: Session) -> Cast:
    """The people of the demonstration in the parts that stories are told with."""
    named = {
        "aoba_editor": EDITOR,
        "aoba_colleague": EDITOR,
        "minato_editor": NEIGHBOUR,
        "sato": MODERATOR[0],
        "admin": ADMINISTRATOR[0],
    }
    people = {
        name: session.scalars(select(Account.id).where(Account.email == email)).one() for name, email in named.items()
    }
    editor = session.get_one(Account, people["aoba_editor"]).memberships[0]
    neighbour = session.get_one(Account, people["minato_editor"]).memberships[0]
    assert editor.municipality_code and neighbour.municipality_code
    return Cast(editor.municipality_code, neighbour.municipality_code, **people)


def _postings(session: Session, cast: Cast, key: str, at: datetime) -> tuple[list[str], str, str]:
    """Ids of: one with long words, one whose change is not sent in, one with a question, one past its deadline, and drafts (one handed over,
    one with long words and nonsense, printed and with a reading link); the question's id; the link's token."""
    soon = {name: draft()[name] for name in ("apply_by", "term_start_on", "term_end_on")}
    wordy = {"title": LONG[:80], "duties": LONG * 2, "selection_process": LONG, "department": LONG[:60]}
    long, changed = (published(session, cast, now=at, **soon, **words) for words in (wordy, {}))
    later, editor = at + timedelta(seconds=1), cast.account("aoba_editor")
    drafting.save(session, changed, typed(**soon, pay_low="31000"), revision=changed.revision, by=editor, now=later)
    open_one = published(session, cast, now=at, questions_by=str(DEADLINE - timedelta(days=7)), **soon)
    question = Question(
        posting_id=open_one.id,
        text=LONG,
        asked_at=at,
        confirmed_at=at,
        asker_id=session.scalars(select(Subscriber.id)).first(),
    )
    session.add(question)
    past = published(
        session, cast, now=at - timedelta(days=45), **{**soon, "apply_by": f"{at.date() - timedelta(days=2)}T17:00"}
    )
    handed = drafted(session, cast, now=at, **soon)
    handed.held_by = Holder.PREFECTURE
    nonsense = drafted(
        session, cast, now=at, **{**wordy, "apply_by": "いつか", "pay_low": "たくさん", "contact_tel": LONG}
    )
    printing.print_draft(session, nonsense, by=editor, now=at)
    read = reading_links.make(session, nonsense, key=key, by=editor, now=at)
    session.flush()
    return (
        [str(one.id) for one in (long, changed, open_one, past, handed, nonsense)],
        str(question.id),
        reading_links.token(read, key),
    )


def _each_state(session: Session, cast: Cast) -> list[str]:
    """A posting of 青葉市 in each state, with a change that waits and without."""
    found = session.scalars(select(Posting).where(Posting.municipality_code == cast.aoba).order_by(Posting.id))
    return [
        str(one.id) for one in {(one.state, one.closed_reason, one.pending_id is None): one for one in found}.values()
    ]


def _links(session: Session, cast: Cast, key: str, at: datetime) -> list[str]:
    """An invitation and a new password."""
    invited = accounts.invite(session, "invited@soumu.example.jp", AccountRole.MODERATOR, by=None, now=at)
    session.flush()
    subjects = (("invite", invited), ("reset", cast.account("minato_editor")))
    return [links.issue(session, key, purpose, one.id, one.link_generation, now=at) for purpose, one in subjects]
