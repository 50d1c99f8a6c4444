"""Strange things in the audit are counted by kind, subject and day, and open again when more comes."""

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import AccountRole, Strange
from jobboard.domain import accounts, audit, audit_words, holding, strange
from jobboard.domain.inviting import Invitation
from jobboard.domain.publication import Action
from jobboard.models import Account, AuditNotice
from tests.cast import OPENING, person
from tests.mailroom import Mailroom

PACKAGE = Path(__file__).parents[2] / "jobboard"


def failed(session: Session, subject: int | str, count: int, *, at: datetime = OPENING, every: int = 60) -> None:
    for number in range(count):
        audit.record(
            session, "account:sign_in_failed", "account", subject, by=None, now=at + timedelta(seconds=every * number)
        )


def told(room: Mailroom) -> list[tuple[Strange, str, int]]:
    """What is open after the step has run."""
    room.steps.notice_strange()
    with Session(room.steps.engine) as session:
        return sorted((one.kind, one.subject, one.entries) for one in strange.open_notices(session, 100))


@pytest.fixture
def staffed(mailroom: Mailroom) -> Mailroom:
    """With the accounts 1 and 2."""
    mailroom.clock.forward(hours=3)
    with mailroom.writing() as session:
        session.add_all([person(f"a{number}@soumu.go.jp", "管理", AccountRole.ADMINISTRATOR) for number in (1, 2)])
    return mailroom


def test_ten_failures_of_one_account_within_an_hour_are_noticed_and_nine_or_slow_ones_are_not(staffed: Mailroom) -> None:
    with staffed.writing() as session:
        failed(session, 1, 9)
        failed(session, 2, 12, every=401)
        failed(session, "", 12)
    assert told(staffed) == []
    with staffed.writing() as session:
        failed(session, 1, 1, at=OPENING + timedelta(minutes=50))
    assert told(staffed) == [(Strange.FAILED_SIGN_INS, "account:1", 10)]


def test_fifty_failures_of_all_together_are_noticed_also_across_midnight(staffed: Mailroom) -> None:
    midnight = OPENING + timedelta(hours=15)
    with staffed.writing() as session:
        for number in range(50):
            failed(session, f"{number}" if number % 2 else "", 1, at=midnight + timedelta(minutes=number - 30))
    staffed.clock.forward(days=1)
    assert told(staffed) == [(Strange.FAILED_SIGN_INS, "all", 20)]


def test_withdrawals_exports_roles_and_lost_factors_are_noticed(staffed: Mailroom) -> None:
    with staffed.writing() as session:
        one, two = (session.get_one(Account, number) for number in (1, 2))
        for number in range(5):
            audit.record(session, "posting:withdraw", "posting", number, by=one, now=OPENING)
        for number in range(4):
            audit.record(session, "posting:withdraw", "posting", number, by=two, now=OPENING)
        audit.record(session, "audit:export", "audit", "", by=None, now=OPENING)
        audit.record(session, "account:reset_factor", "account", 2, by=one, now=OPENING)
        accounts.invite(session, "new@soumu.go.jp", AccountRole.ADMINISTRATOR, by=one, now=OPENING)
        other = accounts.invite(session, "other@soumu.go.jp", AccountRole.MODERATOR, by=one, now=OPENING)
        other.activated_at = OPENING
        holding.add(session, other, Invitation(other.email, AccountRole.ADMINISTRATOR), by=one, now=OPENING)
    assert told(staffed) == [
        (Strange.EXPORT, "system", 1),
        (Strange.FACTOR_RESET, "account:2", 1),
        (Strange.ROLE, "account:3", 1),
        (Strange.ROLE, "account:4", 1),
        (Strange.WITHDRAWALS, "account:1", 5),
    ]


def test_a_notice_is_counted_once_and_opens_again_when_more_comes(staffed: Mailroom) -> None:
    with staffed.writing() as session:
        failed(session, 1, 10)
    assert told(staffed) == told(staffed) == [(Strange.FAILED_SIGN_INS, "account:1", 10)]
    with staffed.writing() as session:
        [found] = strange.open_notices(session, 9)
        by = session.get_one(Account, 2)
        with pytest.raises(Incomplete):
            strange.acknowledge(session, found, note=" ", by=by, now=OPENING)
        strange.acknowledge(session, found, note="本人に確かめた。", by=by, now=OPENING)
        with pytest.raises(WrongState):
            strange.acknowledge(session, found, note="もう一度", by=by, now=OPENING)
    assert told(staffed) == []
    with staffed.writing() as session:
        failed(session, 1, 1, at=OPENING + timedelta(minutes=12))
    assert told(staffed) == [(Strange.FAILED_SIGN_INS, "account:1", 11)]
    with Session(staffed.steps.engine) as session:
        assert session.query(AuditNotice).one().note == "本人に確かめた。"


def test_a_chain_that_was_altered_is_noticed_by_the_worker(staffed: Mailroom) -> None:
    with staffed.writing() as session:
        failed(session, 1, 3)
    staffed.steps.seal()
    assert told(staffed) == []
    with staffed.writing() as session:
        session.execute(text("UPDATE audit_entry SET subject_id = '2' WHERE id = 2"))
    assert told(staffed) == [(Strange.BROKEN_CHAIN, "audit_entry:2", 1)]


def test_a_role_is_given_by_one_act_alone_which_is_noticed() -> None:
    """Nothing else of the application makes a membership, so no administrator comes unnoticed."""
    places = {
        (path.name, scope.name)
        for path in PACKAGE.rglob("*.py")
        for scope in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(scope, ast.FunctionDef)
        for call in ast.walk(scope)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Membership"
    }
    assert places == {("accounts.py", "invite"), ("roles.py", "_somebody")}


def recorded() -> Iterator[str]:
    """Every action that some code writes into the audit: the first text that it hands to ``audit.record``."""
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for scope in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
                if isinstance(call.func, ast.Attribute) and call.func.attr == "record" and ast.unparse(call.func.value) == "audit":
                    yield from actions(call.args[1], scope)


def actions(written: ast.expr, scope: ast.FunctionDef) -> Iterator[str]:
    """The texts that this expression may be; a name stands for what its function gives it."""
    if isinstance(written, ast.Name):
        for given in (node for node in ast.walk(scope) if isinstance(node, ast.Assign)):
            if ast.unparse(given.targets[0]) == written.id:
                yield from actions(given.value, scope)
    elif isinstance(written, ast.IfExp):
        yield from (*actions(written.body, scope), *actions(written.orelse, scope))
    elif isinstance(written, ast.JoinedStr):
        kind = ast.unparse(written.values[0]).strip("'")
        yield from (f"{kind}{action}" for action in Action if kind == "posting:")
    else:
        assert isinstance(written, ast.Constant), ast.unparse(written)
        yield str(written.value)


def test_every_action_that_the_code_records_has_words() -> None:
    found = set(recorded())
    assert len(found) > 50
    assert sorted(found - set(audit_words.ACTIONS)) == []


def test_facts_read_as_words() -> None:
    told = {"before": "draft", "silent": True, "fields": ["title"], "role": "editor", "prefecture": "04", "reason": "", "new": 3}
    words = dict(audit_words.facts(told))
    assert (words["前の状態"], words["お知らせなし"], words["役割"], words["都道府県"], words["new"]) == (
        "下書き", "はい", "自治体担当者", "宮城県", "3",
    )  # fmt: skip
    assert "理由" not in words and words["変わった項目"] != "title"
