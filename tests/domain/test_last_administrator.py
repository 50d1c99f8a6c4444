"""The board is never left without an administrator, whatever is done to the last one, or by two to each other at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import AccountRole, SecondFactor
from jobboard.database import Writing
from jobboard.domain import accounts, factors, holding
from jobboard.domain.passwords import Passwords
from jobboard.models import Account, Membership
from tests.cast import CHEAP, OPENING, PASSWORD, Cast, person
from tests.postgresql import wait_for_lock
from tests.staff import ADMINISTRATOR

Act = Callable[[Session, Account, Account], None]


@pytest.mark.usefixtures("context")
def test_nothing_takes_the_last_administrator_away(cast: Cast) -> None:
    hashing = Passwords(CHEAP)
    with Writing() as session:
        admin = cast.account("admin")
        accounts.invite(session, ADMINISTRATOR, AccountRole.MODERATOR, by=None, now=OPENING)
        assert admin.activated_at is not None, "an invitation of who is there adds a role"
        own = next(one.id for one in admin.memberships if one.role is AccountRole.ADMINISTRATOR)
        for act in (
            lambda: accounts.deactivate(session, admin, by=admin, now=OPENING),
            lambda: holding.remove(session, admin, own, by=admin, now=OPENING),
        ):
            with pytest.raises(WrongState):
                act()
        waiting = accounts.invite(session, ADMINISTRATOR, AccountRole.ADMINISTRATOR, name="管理 次郎", by=admin, now=OPENING)
        with pytest.raises(WrongState):
            accounts.deactivate(session, admin, by=None, now=OPENING)
        with pytest.raises(Incomplete):
            accounts.accept(session, waiting, name="管理　太郎", password="kanri-no-hito-2", hashing=hashing, now=OPENING)
        admin.second_factor = SecondFactor.TOTP
        factors.reset(session, admin, "lost", by=None, now=OPENING)
        assert accounts.administrators(session) == [admin]
        assert accounts.authenticate(session, ADMINISTRATOR, PASSWORD, hashing=hashing, now=OPENING) is admin


def takes_the_role(session: Session, by: Account, other: Account) -> None:
    role = next(one.id for one in other.memberships if one.role is AccountRole.ADMINISTRATOR)
    holding.remove(session, other, role, by=by, now=OPENING)


def ends_the_account(session: Session, by: Account, other: Account) -> None:
    accounts.deactivate(session, other, by=by, now=OPENING)


@pytest.mark.parametrize("second", [takes_the_role, ends_the_account])
@pytest.mark.parametrize("first", [takes_the_role, ends_the_account])
def test_two_administrators_do_not_end_each_other_at_once(postgresql_url: str, first: Act, second: Act) -> None:
    engine = create_engine(postgresql_url)
    with Session(engine) as session:
        session.add_all(administrator(number) for number in (1, 2))
        session.commit()
    with Session(engine, expire_on_commit=False) as session, ThreadPoolExecutor(1) as pool:
        one, two = people(session)
        first(session, one, two)
        session.flush()
        late = pool.submit(against_the_first, engine, second)
        wait_for_lock(engine, late)
        session.commit()
        with pytest.raises(WrongState):
            late.result(timeout=30)
    with Session(engine) as session:
        assert [found.email for found in accounts.administrators(session)] == ["a1@soumu.go.jp"]
    engine.dispose()


def administrator(number: int) -> Account:
    made = person(f"a{number}@soumu.go.jp", f"管理 {number}", AccountRole.ADMINISTRATOR)
    made.memberships.append(Membership(role=AccountRole.MODERATOR))
    return made


def people(session: Session) -> tuple[Account, Account]:
    one, two = session.query(Account).order_by(Account.id)
    assert len(one.memberships) == len(two.memberships) == 2
    return one, two


def against_the_first(engine: Engine, act: Act) -> None:
    """What the second one does, who saw both when it began."""
    with Session(engine) as session:
        one, two = people(session)
        act(session, two, one)
        session.commit()
