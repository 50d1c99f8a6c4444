"""Walks the URL map: no route can forget its guard, and no GET changes a row. New routes come by themselves.

Who may do what is walked by test_permission_walk.
"""

import hashlib
import itertools
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.routing import Rule

from jobboard.base.states import AccountRole, ClosedReason, FixedPage, Frequency, Holder, Strange, Succession
from jobboard.database import Writing, db
from jobboard.domain import (
    accounts,
    announcing,
    answering,
    attachments,
    drafting,
    links,
    moderation,
    page_texts,
    printing,
    publication,
    reading_links,
    saved_remarks,
    sheets_importing,
    sheets_repeating,
    subscriptions,
    taking,
    talking,
)
from jobboard.domain.criteria import Criteria
from jobboard.domain.letterhead import Letterhead
from jobboard.models import (
    Attachment,
    AuditNotice,
    Handover,
    Hold,
    MunicipalityChange,
    Question,
    Subscriber,
    Subscription,
    VersionAttachment,
)
from jobboard.web.desk_preview import MAIL_POLICY
from jobboard.web.security import POLICY, PUBLIC_FORMS, PUBLIC_PAGES
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock, NewApp
from tests.permission_table import OPEN, written
from tests.prefectures import prefecture
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, sign_in
from tests.stories import amended, asked_about, drafted, found, published, submitted, typed

ANONYMOUS = ""
ROLES = {EDITOR: AccountRole.EDITOR, MODERATOR: AccountRole.MODERATOR, ADMINISTRATOR: AccountRole.ADMINISTRATOR}

ANSWERS = {200, 302, 303, 304, 400, 403, 404, 409, 410}


@dataclass(frozen=True)
class Stage:
    """An application with rows in every table that a page reads, and values for each argument of a route."""

    app: BoardApp
    samples: dict[str, list[str]]

    def rules(self, method: str) -> list[Rule]:
        """The rules that answer this method, without files."""
        found = [rule for rule in self.app.url_map.iter_rules() if method in (rule.methods or ())]
        return [rule for rule in found if rule.endpoint != "static"]

    def addresses(self, rule: Rule) -> list[str]:
        """The rule with each combination of sample values."""
        names = sorted(rule.arguments)
        missing = set(names) - set(self.samples)
        assert not missing, f"{rule.rule}: add samples of {missing} to this test"
        pattern = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        choices = itertools.product(*(self.samples[name] for name in names))
        return [pattern.format(**dict(zip(names, values, strict=True))) for values in choices]

    def any_address(self, rule: Rule) -> str:
        """The rule with the first sample of each argument: for what is refused before anything is looked up."""
        return self.addresses(rule)[0]

    def dump(self, *, without: str = "") -> dict[str, list[tuple[object, ...]]]:
        """Every row of every table but one, also of those without a model."""
        with self.app.app_context(), db.engine.connect() as connection:
            names = set(sa.inspect(connection).get_table_names()) - {without}
            query = 'SELECT * FROM "{}"'
            return {name: sorted(map(tuple, connection.execute(sa.text(query.format(name)))), key=repr) for name in names}


@pytest.fixture
def app(new_app: NewApp, tmp_path: Path) -> BoardApp:
    """As the demonstration, so that its pages are walked too."""
    folder = tmp_path / "outbox"
    folder.mkdir()
    (folder / "a.eml").write_text("Subject: x\nTo: tanaka@example.jp\n\nx\n")
    return new_app(demo=True, mail_folder=folder)


@pytest.fixture
def stage(app: BoardApp, cast: Cast) -> Stage:
    return lay(app, cast)


def lay(app: BoardApp, cast: Cast) -> Stage:
    """Fills the application's database, and says what stands in it."""
    with app.app_context(), Writing() as session:
        by = cast.account("aoba_editor")
        open_one, closed, returned = published(session, cast), published(session, cast), submitted(session, cast)
        amended(session, open_one, cast, now=OPENING, pay_low="30000")
        assert open_one.pending is not None and returned.pending is not None
        publication.withdraw(session, closed, reason="都合により", by=by, now=OPENING)
        ended = published(session, cast)
        publication.close(session, ended, reason=ClosedReason.DEADLINE, by=None, now=OPENING)
        remarks = [("title", "直してください")]
        moderation.ask_correction(
            session, returned, version_id=returned.pending.id, remarks=remarks, by=cast.account("sato"), now=OPENING
        )
        changed = published(session, cast)
        later = OPENING + timedelta(seconds=1)
        drafting.save(session, changed, typed(pay_low="31000"), revision=changed.revision, by=by, now=later)
        sheet = Attachment(
            posting_id=ended.id, name="募集要項.pdf", media_type="application/pdf", size=3,
            sha256=hashlib.sha256(b"pdf").hexdigest(), added_at=OPENING,
        )  # fmt: skip
        session.add(sheet)
        session.flush()
        session.add(VersionAttachment(version_id=ended.current_id, attachment_id=sheet.id))
        path = attachments.stored_at(app.config["BOARD"].upload_dir, sheet.sha256)
        path.parent.mkdir(parents=True)
        path.write_bytes(b"pdf")
        session.add(prefecture("04"))
        handed = drafted(session, cast)
        handed.held_by = Holder.PREFECTURE
        others = [changed, published(session, cast), submitted(session, cast), drafted(session, cast), handed]
        joint = submitted(session, cast, place="minato", co_municipalities=cast.aoba)
        postings = [open_one, closed, ended, returned, *others]
        printing.print_draft(session, open_one, by=by, now=OPENING)
        read = reading_links.make(session, open_one, key=app.config["BOARD"].token_key, by=by, now=OPENING)
        asked, done = (asked_about(session, posting) for posting in (open_one, ended))
        answering.answer(
            session, done, remedy="declined", reason="確かめました。", by=cast.account("sato"),
            letterhead=Letterhead.of(app.config["BOARD"]), now=OPENING,
        )  # fmt: skip
        stopped = Subscriber(address="x@example.jp", address_key="x@example.jp", created_at=OPENING, stopped_at=OPENING)
        filled = "募集の題名\n取り込んだ募集\n".encode()
        key = sheets_repeating.keep(app.config["BOARD"].upload_dir, filled, by)
        taken = sheets_importing.import_file(session, filled, by=by, now=OPENING, key=key)
        others.append(published(session, cast, questions_by="2026-05-15"))
        postings.append(others[-1])
        question = Question(
            posting_id=others[-1].id, text="会議はオンラインでもよいですか。", asked_at=OPENING, confirmed_at=OPENING, asker_id=asked.subscriber_id
        )
        session.add(question)
        moderator = cast.account("sato")
        told = announcing.write(session, announcing.Written("点検", "止まります。", True), by=moderator, now=OPENING)
        announcing.publish(session, told, revision=1, at=OPENING, ends_at=OPENING + timedelta(days=9), by=moderator, now=OPENING)
        page_text = page_texts.write(session, FixedPage.ABOUT, "## 目的\n\n文", by=moderator, now=OPENING)
        session.add_all(
            AuditNotice(kind=kind, subject=f"account:{by.id}", day=OPENING.date(), last_entry_id=1, noticed_at=OPENING, seen_at=seen)
            for kind, seen in ((Strange.ROLE, None), (Strange.EXPORT, OPENING))
        )
        session.add_all([stopped, *(Hold(made_at=OPENING, waiting=9, today=0, limit=8, last_match_id=0) for _ in range(2))])
        session.flush()
        handed_over = Handover(
            email="kounin@city.aoba.lg.jp", name="後任 一", municipality_code=cast.aoba, asked_at=OPENING, confirmed_at=OPENING
        )
        merger = MunicipalityChange(
            on=OPENING.date() + timedelta(days=99), kind=Succession.MERGED, code=cast.minato, successor_code=cast.aoba, entered_at=OPENING
        )
        session.add_all([handed_over, merger])
        session.flush()
        handover_link = links.issue(session, app.config["BOARD"].token_key, "handover", handed_over.id, 1, now=OPENING)
        talking.write(session, returned, "様式は、どこにありますか。", from_ministry=False, by=by, now=OPENING)
        text = saved_remarks.save(session, "", "{項目}を具体的に書いてください。", by=moderator, now=OPENING)
        new, asked_of, linked = (found(session, cast, f"{name}の募集", path=f"/{name}") for name in ("CDO", "CISO", "CIO補佐官"))
        postings.append(taking.publish(session, linked, by=moderator, now=OPENING))
        collected_link = links.issue(session, app.config["BOARD"].token_key, "collected", asked_of.id, 1, now=OPENING)
        opening = [link_of(app, question), handover_link, collected_link, reading_links.token(read, app.config["BOARD"].token_key)]
        return Stage(
            app,
            {
                "posting_id": [str(posting.id) for posting in postings],
                "token": [*tokens(app, cast), *opening, "A" * 22],
                "number": [str(one.id) for one in session.query(Subscription)],
                "joint_id": [str(joint.id)],
                "code": [cast.aoba],
                "question_id": [str(question.id)],
                "account_id": [str(cast.minato_editor)],
                "correction_id": [str(asked.id), str(done.id)],
                "part": ["all", "title"],
                "kind": ["published", "reopening"],
                "receipt": [asked.receipt, "260401-x"],
                "name": ["a.eml", sheet.name],
                "attachment_id": [str(sheet.id)],
                "hold_id": [str(one.id) for one in session.query(Hold)],
                "subscriber_id": [str(stopped.id)],
                "rule_id": ["1"],
                "announcement_id": [str(told.id)],
                "page": ["about", "office"],
                "text_id": [str(page_text.id)],
                "notice_id": [str(one.id) for one in session.query(AuditNotice)],
                "file_key": [key],
                "import_id": [str(taken.id)],
                "digest": ["a" * 64],
                "membership_id": ["1"],
                "chapter": ["postings", "searches"],
                "table": ["months", "all"],
                "ending": ["xlsx", "csv"],
                "handover_id": [str(handed_over.id)],
                "remark_id": [str(text.id)],
                "change_id": [str(merger.id)],
                "item_id": [str(one.id) for one in (new, asked_of, linked)],
                "source_id": [str(new.source_id)],
            },
        )


def link_of(app: BoardApp, question: Question) -> str:
    """The link that confirms a question."""
    key = app.config["BOARD"].token_key
    return links.issue(db.session(), key, "question", question.id, question.link_generation, now=OPENING)


def tokens(app: BoardApp, cast: Cast) -> list[str]:
    """A link of each purpose that opens."""
    session, config = db.session(), app.config["BOARD"]
    for criteria in (Criteria(), Criteria(pref=("04",))):
        subscriptions.subscribe(
            session, "tanaka@example.jp", criteria, subscriptions.KINDS, Frequency.AT_ONCE,
            letterhead=Letterhead.of(config), now=OPENING,
        )  # fmt: skip
    session.flush()
    confirmed, waiting = session.query(Subscription).order_by(Subscription.id)
    invited = accounts.invite(session, "new@soumu.go.jp", AccountRole.MODERATOR, by=None, now=OPENING)
    editor = cast.account("aoba_colleague")
    subjects = [
        ("confirm", confirmed), ("confirm", waiting), ("leave", confirmed), ("manage", confirmed.subscriber),
        ("invite", invited), ("reset", editor),
    ]  # fmt: skip

    def issued() -> list[str]:
        return [
            links.issue(session, config.token_key, purpose, row.id, row.link_generation, now=OPENING)
            for purpose, row in subjects
        ]

    subscriptions.confirm(session, issued()[0], now=OPENING)
    session.flush()
    return issued()


def visitor(stage: Stage, email: str) -> FlaskClient:
    client = stage.app.test_client()
    if email:
        sign_in(client, email)
    return client


@pytest.fixture(
    params=[ANONYMOUS, EDITOR, pytest.param(MODERATOR, marks=pytest.mark.long), ADMINISTRATOR],
    ids=["anonymous", "editor", "moderator", "admin"],
)  # an administrator may all that a moderator may
def email(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def someone(email: str, stage: Stage) -> FlaskClient:
    return visitor(stage, email)


def test_no_get_changes_a_row_and_each_answer_bears_its_headers(
    stage: Stage, someone: FlaskClient, email: str, clock: Clock
) -> None:
    may = written()[0]
    clock.forward(minutes=1)
    before = stage.dump()
    assert sum(map(len, before.values())) > 50, "an empty database would prove nothing"
    for rule in stage.rules("GET"):
        guard = getattr(stage.app.view_functions[rule.endpoint], "staff_action", "")
        refused = guard and not (email and may[guard][ROLES[email]])  # before anything is looked up
        same_for_all = email and rule.endpoint.split(".")[0] in OPEN  # anonymous readers see all of these
        for address in [stage.any_address(rule)] if refused or same_for_all else stage.addresses(rule):
            answer = someone.get(address, buffered=True)
            assert answer.status_code in ANSWERS, address
            check_headers(rule, address, answer.headers)
    assert stage.dump() == before


def check_headers(rule: Rule, address: str, headers: Headers) -> None:
    """What every answer bears, links' pages and pages of persons; pages for everybody never touch the session."""
    blueprint = rule.endpoint.split(".")[0]
    assert headers["Content-Security-Policy"] in {POLICY, *({MAIL_POLICY} if rule.endpoint in ("desk_preview.mail", "review_preview.mail") else ())}, address
    assert headers["X-Content-Type-Options"] == "nosniff", address
    assert headers["Referrer-Policy"] == ("no-referrer" if "token" in rule.arguments else "same-origin"), address
    if blueprint not in PUBLIC_PAGES:
        assert headers["Cache-Control"] == "no-store", address
    if blueprint in OPEN:
        assert "Set-Cookie" not in headers, address
        assert "Cookie" not in headers.get("Vary", ""), address


def test_every_post_without_its_token_is_refused(stage: Stage, someone: FlaskClient) -> None:
    before = stage.dump(without="throttle")
    for rule in stage.rules("POST"):
        if rule.endpoint.split(".")[0] in PUBLIC_FORMS and "token" in rule.arguments:
            continue  # the link's token is its guard: one-click comes without a form (RFC 8058)
        address = stage.any_address(rule)
        assert someone.post(address).status_code == 400, address
    assert stage.dump(without="throttle") == before


def test_the_samples_stay_alive_for_the_walk(stage: Stage, clock: Clock) -> None:
    """A link that ran out would let the walk meet 410 only."""
    client = visitor(stage, ANONYMOUS)
    clock.forward(minutes=1)
    opened = {rule.rule for rule in stage.rules("GET") for address in stage.addresses(rule)
              if "token" in rule.arguments and client.get(address).status_code == 200}  # fmt: skip
    assert opened == {rule.rule for rule in stage.rules("GET") if "token" in rule.arguments}
    assert links.LIFETIMES["invite"] == timedelta(days=7)
