"""Every route and method, as every role and as nobody, from the table in docs/permissions.md. New routes come by themselves."""

import hashlib
import itertools
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from jobboard.base.states import AccountRole, Holder
from jobboard.database import Writing, db
from jobboard.domain import accounts, printing, reading_links, sheets_importing, sheets_repeating
from jobboard.domain.permissions import RULES
from jobboard.models import Account, Attachment, Handover, Posting, Question, SignIn
from tests.cast import OPENING, Cast, Clock, an_app, configured, fill
from tests.permission_table import ANYBODY, DOOR, Route, document, routes, written
from tests.prefectures import KANAGAWA, MIYAGI, prefecture
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, OTHER_EDITOR, sign_in, token
from tests.stories import published, submitted
from tests.web.test_routes import Stage, lay

OWN = {
    EDITOR: AccountRole.EDITOR, MIYAGI: AccountRole.PREFECTURE, MODERATOR: AccountRole.MODERATOR,
    ADMINISTRATOR: AccountRole.ADMINISTRATOR,
}  # fmt: skip
"""One person of each role, whose subjects are on the stage."""

FOREIGN = {OTHER_EDITOR: AccountRole.EDITOR, KANAGAWA: AccountRole.PREFECTURE}
"""The same roles for other places: what is limited to a place is not theirs."""

FORMS: dict[str, list[dict[str, str]]] = {}
"""By route: what its POST must name to find anything, one of them for each side."""

WITHIN = {"talk:below"}
"""Rules that no route is behind: they open a part of a page."""

OF_BOTH = {"joint_id"}
"""Arguments that name something of both municipalities on the stage."""

WORKS = frozenset({200, 303, 302, 304, 409, 410, 422})
"""A POST is sent an empty form: 422 and 409 say what is missing, or that it is done already – to one who may."""

READ = frozenset({200, 302, 303})
REFUSED = frozenset({403, 404})
SIGN_IN_FIRST = 0
"""Stands for an answer that leads to /login."""


@dataclass(frozen=True)
class Walker:
    """One person who opens addresses. Without cookies of its own: what one answer does to the session, no other one meets."""

    stage: Stage
    cookie: str
    form: dict[str, str]

    def codes(self, route: Route, *, until: frozenset[int] = frozenset()) -> dict[int, str]:
        """What the route answers, by status code an address that did; no further than to the first code in ``until``."""
        rule, client = self._rule(route), self.stage.app.test_client(use_cookies=False)
        found: dict[int, str] = {}
        for address, form in itertools.product(self.stage.addresses(rule), FORMS.get(route.rule, [{}])):
            sent = {**self.form, **form} if route.method == "POST" else None
            answer = client.open(address, method=route.method, data=sent, headers={"Cookie": self.cookie}, buffered=True)
            to_login = (answer.location or "").startswith("/login")
            code = SIGN_IN_FIRST if to_login else answer.status_code
            found[code] = address
            if code in until:
                break
        return found

    def _rule(self, route: Route) -> Rule:
        return next(one for one in self.stage.rules(route.method) if one.rule == route.rule)


@pytest.fixture(scope="module")
def stage(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """One stage for all walks; what a request writes is undone instead of committed, so each meets the same rows."""
    folder = tmp_path_factory.mktemp("walk")
    shutil.copyfile(sqlite_template, folder / "jobboard.sqlite3")
    mails = folder / "outbox"
    mails.mkdir()
    (mails / "a.eml").write_text("Subject: x\nTo: tanaka@example.jp\n\nx\n")
    config = replace(configured(f"sqlite:///{folder}/jobboard.sqlite3", folder), demo=True, mail_folder=mails)
    app = an_app(config, Clock())
    cast = fill(app)
    stage = lay(app, cast)
    with app.app_context(), Writing() as session:
        _lay_more(session, stage, cast)
    yield stage
    with app.app_context():
        db.engine.dispose()


def _lay_more(session: Session, stage: Stage, cast: Cast) -> None:
    """What each role needs to find something of its own behind every route that its rule opens."""
    config, samples, by = stage.app.config["BOARD"], stage.samples, cast.account("aoba_editor")
    session.add(prefecture("14"))
    handed, joint = published(session, cast, questions_by="2026-05-15"), submitted(session, cast, co_municipalities=cast.minato)
    link = reading_links.make(session, handed, key=config.token_key, by=by, now=OPENING)
    printing.print_draft(session, handed, by=by, now=OPENING)
    handed.held_by = Holder.PREFECTURE  # the draft of its next change
    digest = hashlib.sha256(b"pdf").hexdigest()
    sheet = Attachment(posting_id=handed.id, name="要項.pdf", media_type="application/pdf", size=3, sha256=digest, added_at=OPENING)
    question = Question(posting_id=handed.id, text="兼業はできますか。", asked_at=OPENING, confirmed_at=OPENING)
    succession = Handover(email="kounin@pref.miyagi.lg.jp", name="後任 二", pref_code="04", asked_at=OPENING, confirmed_at=OPENING)
    session.add_all([sheet, question, succession])
    filled = "募集の題名\n取り込んだ募集\n".encode()
    miyagi = session.scalars(select(Account).where(Account.email == MIYAGI)).one()
    key = sheets_repeating.keep(config.upload_dir, filled, miyagi)
    taken = sheets_importing.import_file(session, filled, by=miyagi, now=OPENING, key=key)
    invited = accounts.invite(session, "next@soumu.go.jp", AccountRole.MODERATOR, by=None, now=OPENING)
    session.flush()
    samples["posting_id"] += [str(handed.id), str(joint.id)]
    samples["attachment_id"].append(str(sheet.id))
    samples["question_id"].append(str(question.id))
    samples["handover_id"].append(str(succession.id))
    samples["file_key"].append(key)
    samples["import_id"].append(str(taken.id))
    samples["account_id"] += [str(invited.id), str(cast.aoba_editor)]
    own = reading_links.make(session, joint, key=config.token_key, by=by, now=OPENING)
    session.flush()
    FORMS.update({
        "/desk/postings/<int:posting_id>/joint": [{"municipality": cast.minato}],
        "/desk/postings/<int:posting_id>/joint/cancel": [{"municipality": cast.minato}],
        "/desk/postings/<int:posting_id>/reading/revoke": [{"link": str(link.id)}, {"link": str(own.id)}],
        "/desk/postings/<int:posting_id>/attachments/remove": [{"attachment": str(sheet.id)}],
    })  # fmt: skip


@pytest.fixture(scope="module")
def people(stage: Stage) -> dict[str, Walker]:
    """By address: somebody who is signed in, and nobody."""
    found = {}
    for email in (*OWN, *FOREIGN):
        sign_in(stage.app.test_client(), email)
    with stage.app.app_context():
        stage.samples["digest"] = list(db.session.scalars(select(SignIn.digest)))  # what each may end beside the present one
    for email in ("", *OWN, *FOREIGN):
        client = stage.app.test_client()
        if email:
            sign_in(client, email)
        form = {"csrf_token": token(client, "/account" if email else "/login")}
        cookie = client.get_cookie("jobboard")
        assert cookie is not None
        found[email] = Walker(stage, f"jobboard={cookie.value}", form)
    return found


@pytest.fixture(scope="module")
def one_of_each(stage: Stage) -> Stage:
    """The same with one posting of each state, and of each that a prefecture holds."""
    with stage.app.app_context():
        rows = db.session.execute(select(Posting.state, Posting.held_by, Posting.id).where(Posting.id.in_(map(int, stage.samples["posting_id"]))))
        chosen = {(state, holder): str(number) for state, holder, number in rows}
    return replace(stage, samples={**stage.samples, "posting_id": sorted(chosen.values(), key=int)})


@pytest.fixture
def undone(monkeypatch: pytest.MonkeyPatch) -> None:
    def undo(self: Session) -> None:
        self.flush()
        self.rollback()

    monkeypatch.setattr(Session, "commit", undo)


def test_no_route_is_missing_from_the_table_and_the_document_is_as_it_must_read(stage: Stage) -> None:
    may, _, listed = written()
    assert set(may) == set(RULES)
    assert listed == routes(stage.app), "run `make permissions`"
    assert {route.guard for route in listed} | WITHIN == {*RULES, ANYBODY, DOOR}, "a rule that guards nothing promises what nobody keeps"
    path = Path(__file__).parents[2] / "docs" / "permissions.md"
    assert path.read_text(encoding="utf-8") == document(stage.app)


def test_anybody_reads_what_is_for_everybody(stage: Stage, people: dict[str, Walker]) -> None:
    _, _, listed = written()
    for route in listed:
        if route.guard == ANYBODY and route.method == "GET":
            codes = people[""].codes(route, until=READ)
            assert set(codes) & READ, f"{route}: {codes}"


@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("email", ["", *OWN, *FOREIGN], ids=["nobody", *map(str, OWN.values()), "foreign-editor", "foreign-prefecture"])
def test_each_meets_what_the_table_says(stage: Stage, people: dict[str, Walker], one_of_each: Stage, email: str) -> None:
    """Those of other places try one posting of each state; ``make test-long`` lets them try all."""
    walker = replace(people[email], stage=one_of_each) if email in FOREIGN else people[email]
    meets_what_the_table_says(walker, email)


@pytest.mark.long
@pytest.mark.usefixtures("undone")
@pytest.mark.parametrize("email", FOREIGN, ids=["editor", "prefecture"])
def test_nothing_of_another_place_is_met(people: dict[str, Walker], email: str) -> None:
    meets_what_the_table_says(people[email], email)


def meets_what_the_table_says(walker: Walker, email: str) -> None:
    stage = walker.stage
    may, limits, listed = written()
    before, role, wrong = stage.dump(without="throttle"), OWN.get(email) or FOREIGN.get(email), []
    for route in listed:
        if route.guard in (ANYBODY, DOOR):
            continue
        theirs = email not in FOREIGN or limits[route.guard] == "―" or not set(re.findall(r"(\w+)>", route.rule)) - OF_BOTH
        if role is None or not may[route.guard][role]:  # refused before anything is looked up
            codes = walker.codes(route, until=REFUSED | {SIGN_IN_FIRST})
            met = set(codes) <= (REFUSED if role else {SIGN_IN_FIRST})
        elif theirs:
            codes = walker.codes(route, until=WORKS)
            met = bool(set(codes) & WORKS) and set(codes) <= WORKS | REFUSED
        else:
            codes = walker.codes(route)
            met = set(codes) <= REFUSED
        if not met:
            wrong.append(f"{route}: {codes}")
    assert not wrong, "\n".join(wrong)
    assert stage.dump(without="throttle") == before
