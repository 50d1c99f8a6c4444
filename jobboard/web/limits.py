"""How often a thing may be asked, in one table; counted in the database, so it holds over all processes.

Only POSTs count: a GET writes nothing. The count has a connection of its own and comes before the request's transaction:
it stands although the request fails, and never waits behind the request's own lock. Signing in is counted ahead too, and
given back after the commit when it succeeded, so that only failures count (docs/decisions/0014).
"""

import hashlib
import hmac
import ipaddress
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import Response, current_app, g, request, session
from flask_limiter import ApplicationLimit, Limiter
from limits import RateLimitItemPerSecond
from limits.storage import Storage
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import throttling
from jobboard.domain.addresses import address_key
from jobboard.domain.figures import searches
from jobboard.web import security
from jobboard.web.transaction import BoardApp, now


def client_address() -> str:
    """Who asks, by network: an IPv6 user commands a whole /64."""
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return request.remote_addr or "unknown"
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def asking_address() -> str:
    """The address typed into a form that stands, whether or not anybody has it. Other forms must not lock its holder out."""
    return address_key(request.form.get("email", "")[:254]) if security.stands() else ""


def failing_pair() -> str:
    """That address and the network."""
    return f"{asking_address()} {client_address()}" if asking_address() else ""


def failing_stranger() -> str:
    """That address, unless it signed in from this network before."""
    return asking_address() if asking_address() and not _signed_in_before() else ""


def entering_account() -> str:
    """The account whose password was shown, from the cookie alone."""
    return str(session.get("entering", "")).partition(".")[0] or signed_in_account()


def looking_network() -> str:
    """The network that a page was opened from, for one posting."""
    return f"{client_address()} {(request.view_args or {}).get('posting_id')}"


def searching_network() -> str:
    """The network that the list was asked from, for the same words; nothing for what is not counted."""
    words = searches.normalised(" ".join(request.form.getlist("q")))
    return f"{client_address()} {words}" if words else ""


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


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
KNOWN = 400 * DAY
"""So long after a signing-in its network is no stranger to the address."""


def _guessing(rule: str) -> tuple[Bound, ...]:
    """Bounds of failures at a form that tries a secret. What one network is refused does not count for the address."""
    return (
        Bound(rule, failing_pair, 10, 15 * MINUTE),
        Bound(rule, failing_pair, 30, DAY),
        Bound(rule, client_address, 60, 15 * MINUTE),
        Bound(rule, failing_stranger, 100, DAY),
    )


REACHING_OUT = ("/ministry/sources/try",)
"""Of these only those POSTs count that asked another's server; what was refused before that is given back."""

BOUNDS = (
    *_guessing("/login"),
    Bound("/forgot", asking_address, 3, HOUR),
    Bound("/forgot", client_address, 20, HOUR),
    *_guessing("/code"),
    Bound("/code/send", asking_address, 3, HOUR),
    Bound("/code/send", client_address, 20, HOUR),
    Bound("/invitation/<token>", client_address, 30, 15 * MINUTE),
    Bound("/reset/<token>", client_address, 30, 15 * MINUTE),
    *(Bound(f"/factor{page}", entering_account, 10, 15 * MINUTE) for page in ("", "/app", "/mail")),
    *(Bound(f"/factor{page}", entering_account, 30, DAY) for page in ("", "/app", "/mail")),
    Bound("/factor/send", entering_account, 5, HOUR),
    Bound("/ministry/accounts/invite", signed_in_account, 100, HOUR),
    Bound("/ministry/sources/try", signed_in_account, 60, HOUR),
    Bound("/collected/<token>", client_address, 30, 15 * MINUTE),
    Bound("/handover", asking_address, 3, HOUR),
    Bound("/handover", client_address, 20, HOUR),
    Bound("/handover/<token>", client_address, 30, 15 * MINUTE),
    Bound("/subscribe", asking_address, 10, HOUR),
    Bound("/subscribe", client_address, 30, HOUR),
    Bound("/subscribe/check", client_address, 120, HOUR),
    Bound("/correction/<int:posting_id>", client_address, 10, HOUR),
    Bound("/postings/<int:posting_id>/seen", looking_network, 10, HOUR),
    Bound("/postings/<int:posting_id>/seen", client_address, 300, HOUR),
    Bound("/postings/asked", searching_network, 1, DAY),
    Bound("/postings/asked", client_address, 300, HOUR),
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
    app.after_request(_give_back)
    app.extensions["throttling"] = limiter


def got_in(address: str) -> None:
    """Says that the holder of this address has just proved to be her: the request counts for nothing once it is committed."""
    g.got_in = address_key(address)


def reached_out() -> None:
    """Says that another's server is asked now: the request counts, whatever comes of it."""
    g.reached_out = True


def _give_back(response: Response) -> Response:
    """After the commit: takes back what a success was counted, forgets this network's failures, and remembers the network; takes
    back what was refused before it reached out."""
    address = g.pop("got_in", "")
    stayed = request.method == "POST" and request.url_rule and request.url_rule.rule in REACHING_OUT and not g.pop("reached_out", False)
    if not address and not stayed:
        return response
    db.session.rollback()  # a request that was refused ahead of its view still holds its lock
    with _connection(db.engine) as connection:
        for one in current_app.extensions["throttling"].current_limits:
            throttling.give_back(connection, one.key)
        if address:
            pair = f"{address} {client_address()}"
            for bound in BOUNDS:
                if bound.by is failing_pair:
                    throttling.forget(connection, _item(bound).key_for(_counted(bound, pair), _scope(bound)))
            throttling.forget(connection, _known(pair))
            throttling.count(connection, _known(pair), amount=1, lasts=KNOWN, now=now())
    return response


def _signed_in_before() -> bool:
    """Asks alike for every address that is typed, whether or not anybody has it."""
    if "signed_in_before" not in g:
        with _connection(db.engine) as connection:
            g.signed_in_before = throttling.look(connection, _known(failing_pair()), now=now())[0] > 0
    known: bool = g.signed_in_before
    return known


def _known(pair: str) -> str:
    return _hidden(f"known|{pair}")


def _item(bound: Bound) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(bound.times, int(bound.within.total_seconds()))


def _scope(bound: Bound) -> str:
    return f"{bound.rule} {bound.by.__name__}"


def _counted(bound: Bound, value: str) -> str:
    return _hidden(f"{bound.by.__name__}|{value}")


def _limit(bound: Bound) -> ApplicationLimit:
    def key() -> str:
        return _counted(bound, bound.by())

    def elsewhere() -> bool:
        rule = request.url_rule.rule if request.url_rule else None
        return request.method != "POST" or rule != bound.rule or not bound.by()

    item = _item(bound)
    asked = f"{item.amount} per {item.multiples} second"
    return ApplicationLimit(asked, key_function=key, scope=_scope(bound), exempt_when=elsewhere)


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
