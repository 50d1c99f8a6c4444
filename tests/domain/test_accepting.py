"""An invitation, and a link to a new password, is used by one person once: also when two use it at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.base.errors import StaleLink
from jobboard.base.states import AccountRole
from jobboard.domain import accounts
from jobboard.domain.passwords import Passwords
from jobboard.models import Account
from tests.cast import CHEAP, OPENING
from tests.postgresql import wait_for_lock

HASHING = Passwords(CHEAP)
Use = Callable[[Session, Account, str], None]


def accepted(session: Session, account: Account, password: str) -> None:
    accounts.accept(session, account, name="佐藤 花子", password=password, hashing=HASHING, now=OPENING)


def reset(session: Session, account: Account, password: str) -> None:
    accounts.reset_password(session, account, password=password, hashing=HASHING, now=OPENING)


@pytest.mark.parametrize("use", [accepted, reset])
def test_of_two_who_use_a_link_at_once_the_second_is_told_that_it_is_used(postgresql_url: str, use: Use) -> None:
    engine = create_engine(postgresql_url)
    with Session(engine, expire_on_commit=False) as session:
        account = accounts.invite(session, "new@soumu.go.jp", AccountRole.MODERATOR, by=None, now=OPENING)
        if use is reset:
            accepted(session, account, "hajime-no-kotoba-1")
        session.commit()
        use(session, account, "saki-no-kotoba-2026")
        session.flush()
        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(too_late, engine, use)
            wait_for_lock(engine, late)
            session.commit()
            with pytest.raises(StaleLink):
                late.result(timeout=30)
        assert HASHING.holds(session.get_one(Account, account.id).password_hash, "saki-no-kotoba-2026")
    engine.dispose()


def too_late(engine: Engine, use: Use) -> None:
    """What the second one does, who opened the page before the first one was done."""
    with Session(engine) as session:
        use(session, session.query(Account).one(), "ato-no-kotoba-2026")
        session.commit()
