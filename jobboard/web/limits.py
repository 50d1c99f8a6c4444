"""How often a thing may be asked, in one table; counted in the database, so it holds over all processes.

Only POSTs count: a GET writes nothing. The count has a connection of its own and comes before the request's transaction:
it stands although the request fails, and never waits behind the request's own lock.
"""

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app, request, session
from flask_limiter import ApplicationLimit, Limiter
from limits.storage import Storage
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import throttling
from jobboard.domain.addresses import address_key
from jobboard.web import security
from jobboard.web.transaction import BoardApp, now


def client_address() -> str:
    """Who asks, by network: an IPv6 user commands a whole /64."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or "unknown"
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def typed_address() -> str:
    """The mail address in the form, whether or not anybody has it."""
    return address_key(request.form.get("email", "")[:254])


def asking_address() -> str:
    """The address typed into a form that stands; others cost no mail, and must not lock its holder out."""
    return typed_address() if security.form_stands() else ""


def looking_network() -> str:
    """The network that a page was opened from, for one posting."""
    return f"{client_address()} {(request.view_args or {}).get('posting_id')}"


def signed_in_account() -> str:
    """The account of the session, from the cookie alone: nothing may be read from the database yet."""
    return str(session.get("_user_id", "")).partition(".")[0]


@dataclass(frozen=True)
class Bound:
    """At most ``times`` POSTs in ``within`` to one rule of the URL map, for one value of ``by``."""

    rule: str
    by: Callable[[], str]
    times: int
    within: timedelta


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BOUNDS = (
    Bound("/login", typed_address, 10, 15 * MINUTE),
    Bound("/login", client_address, 60, 15 * MINUTE),
    Bound("/forgot", typed_address, 3, HOUR),
    Bound("/forgot", client_address, 20, HOUR),
    Bound("/code", typed_address, 10, 15 * MINUTE),
    Bound("/code", client_address, 60, 15 * MINUTE),
    Bound("/code/send", typed_address, 3, HOUR),
    Bound("/code/send", client_address, 20, HOUR),
    Bound("/invitation/<token>", client_address, 30, 15 * MINUTE),
    Bound("/reset/<token>", client_address, 30, 15 * MINUTE),
    Bound("/ministry/accounts/invite", signed_in_account, 100, HOUR),
    Bound("/subscribe", asking_address, 10, HOUR),
    Bound("/subscribe", client_address, 30, HOUR),
    Bound("/subscribe/check", client_address, 120, HOUR),
    Bound("/correction/<int:posting_id>", client_address, 10, HOUR),
    Bound("/postings/<int:posting_id>/seen", looking_network, 10, HOUR),
    Bound("/postings/<int:posting_id>/seen", client_address, 300, HOUR),
    Bound("/postings/<int:posting_id>/ask", asking_address, 10, HOUR),
    Bound("/postings/<int:posting_id>/ask", client_address, 30, HOUR),
)
"""Offices share one address towards the internet, so a network gets several times what a person does."""


def init(app: BoardApp, config: Config) -> None:
    """The limits of the whole application, checked ahead of the transaction."""
    limiter = Limiter(
        client_address,
        application_limits=[_limit(bound) for bound in BOUNDS],
        storage_uri="jobboard://",
        fail_on_first_breach=True,
    )
    limiter.init_app(app)
    # Flask-Limiter registers its check as a before_request, which would run inside the transaction.
    app.before_request_funcs[None].remove(limiter._check_request_limit)
    app.before_transaction.append(lambda: limiter._check_request_limit() if request.method == "POST" else None)
    app.extensions["throttling"] = limiter


def _limit(bound: Bound) -> ApplicationLimit:
    def key() -> str:
        return _hidden(f"{bound.by.__name__}|{bound.by()}")

    def elsewhere() -> bool:
        rule = request.url_rule.rule if request.url_rule else None
        return request.method != "POST" or rule != bound.rule or not bound.by()

    seconds = int(bound.within.total_seconds())
    scope = f"{bound.rule} {bound.by.__name__}"
    return ApplicationLimit(
        f"{bound.times} per {seconds} second", key_function=key, scope=scope, exempt_when=elsewhere
    )


def _hidden(text: str) -> str:
    """Neither an address nor a network can be read, or guessed, out of the table or a log."""
    return hmac.digest(current_app.config["BOARD"].secret_key.encode(), text.encode(), hashlib.sha256).hex()[:32]


def retry_after() -> int:
    """Seconds until the limit that this request ran into opens again; 60 when there is none to ask."""
    limit = current_app.extensions["throttling"].current_limit
    if limit is None:
        return 60
    opens_at: float = limit.window.reset_time
    return max(1, math.ceil(opens_at - now().timestamp()))


class TableStorage(Storage):
    """The table ``throttle`` as Flask-Limiter's storage; each call is one statement that commits by itself."""

    STORAGE_SCHEME = ["jobboard"]  # noqa: RUF012  # the library's own spelling

    @property
    def base_exceptions(self) -> type[Exception]:
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        with _connection(db.engine) as connection:
            return throttling.count(connection, key, amount=amount, lasts=timedelta(seconds=expiry), now=now())

    def get(self, key: str) -> int:
        return self._look(key)[0]

    def get_expiry(self, key: str) -> float:
        return self._look(key)[1].astimezone(UTC).timestamp()

    def check(self) -> bool:
        try:
            self._look("")
        except SQLAlchemyError:
            return False
        return True

    def reset(self) -> int | None:
        with _connection(db.engine) as connection:
            throttling.forget(connection)
        return None

    def clear(self, key: str) -> None:
        with _connection(db.engine) as connection:
            throttling.forget(connection, key)

    def _look(self, key: str) -> tuple[int, datetime]:
        with _connection(db.engine) as connection:
            return throttling.look(connection, key, now=now())


@contextmanager
def _connection(engine: Engine) -> Iterator[Connection]:
    """One of its own, in a transaction that writes from its first statement on."""
    with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
        yield connection
