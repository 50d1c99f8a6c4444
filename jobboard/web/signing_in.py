"""Who is signed in: Flask-Login on a signed cookie that names account and session generation."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import ParamSpec

import flask_login
from flask import Flask, Response, current_app, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, login_user, logout_user

from jobboard.base.states import SecondFactor
from jobboard.base.tokens import digest
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import account_letters, factors, permissions, sessions
from jobboard.domain.passwords import Passwords
from jobboard.models import Account
from jobboard.web.limits import got_in
from jobboard.web.transaction import now

P = ParamSpec("P")
SESSION_LIFETIME = timedelta(hours=12)
ENTERING = timedelta(minutes=30)
"""So long the second factor may be shown, or registered, after the password."""


class Visitor(UserMixin):
    """A signed-in person as templates see one (``current_user``)."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.name = account.name
        self.is_editor = permissions.posts(account)
        self.is_prefecture = permissions.stands_between(account)
        self.is_moderator = permissions.moderates(account)
        self.is_administrator = permissions.administers(account)

    def get_id(self) -> str:
        return f"{self.account.id}.{self.account.session_generation}"


class Login(LoginManager):
    """Without the "remember me" cookie, whose check after each response would touch the session on anonymous pages."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


def init(app: Flask, config: Config) -> None:
    """Sessions, the signed-in person, the hashing of passwords (``app.config["ARGON2"]``: a hasher).

    ``app.config["SECOND_FACTOR"]``: whether one is asked for; everywhere but in the demonstration.
    """
    app.config["PERMANENT_SESSION_LIFETIME"] = SESSION_LIFETIME
    app.config.setdefault("SECOND_FACTOR", not config.demo)
    app.extensions["passwords"] = Passwords(app.config.get("ARGON2"))
    manager = Login()
    # Flask-Login would bind a session to the network address; behind the proxies of offices that changes at any time.
    manager.session_protection = None
    # Its context processor would load the account, and so the session, whenever any page is rendered.
    manager.init_app(app, add_context_processor=False)
    manager.user_loader(load)
    app.jinja_env.globals["current_user"] = flask_login.current_user


def load(named: str) -> Visitor | None:
    """The person of a session: an account in use, of this session generation, in this browser, for 12 hours at most."""
    number, _, generation = named.partition(".")
    account = db.session.get(Account, int(number))
    if account is None or not permissions.works(account) or generation != str(account.session_generation):
        return None
    begun = datetime.fromtimestamp(session.get("begun", 0), UTC)
    if session.get("browser") != _browser() or not begun <= now() < begun + SESSION_LIFETIME:
        return None
    if not sessions.opens(db.session(), session.get("number", "")):
        return None
    return Visitor(account)


def begin_session(account: Account) -> None:
    """Signs in. Whatever stood in the session before is gone: nobody can have prepared it."""
    session.clear()
    session.permanent = True
    session["begun"] = int(now().timestamp())
    session["browser"] = _browser()
    session["number"] = secrets.token_urlsafe(16)
    agent, until = request.user_agent.string, now() + SESSION_LIFETIME
    sessions.begin(db.session(), session["number"], account, browser=agent, until=until, now=now())
    account.last_signed_in_at, account.warned_at = now(), None
    login_user(Visitor(account))
    got_in(account.email)


def enter(account: Account, *, mailed: bool = False, then: str) -> str:
    """Signs in as far as what was shown goes, and says where to go on: to ``then``, or to the second factor on the way there.

    ``mailed``: the holder has shown to read the account's mail, which is the second factor of those who chose it.
    """
    enough = mailed and account.second_factor is SecondFactor.MAIL and not factors.lacks(account)
    if enough or not current_app.config["SECOND_FACTOR"]:
        begin_session(account)
        return then
    session.clear()
    session.permanent = True
    session["entering"], session["entered"] = Visitor(account).get_id(), int(now().timestamp())
    session["browser"], session["mailed"], session["then"] = _browser(), mailed, then
    got_in(account.email)
    if account.second_factor is SecondFactor.MAIL and not mailed:
        send_code(account)
    return url_for("factor.ask")


def entering() -> Account | None:
    """The account whose holder has yet to show, or to register, the second factor."""
    number, _, generation = session.get("entering", "").partition(".")
    entered = datetime.fromtimestamp(session.get("entered", 0), UTC)
    if not number or session.get("browser") != _browser() or not entered <= now() < entered + ENTERING:
        return None
    account = db.session.get(Account, int(number))
    works = account is not None and permissions.works(account) and generation == str(account.session_generation)
    return account if works else None


def send_code(account: Account) -> None:
    """Mails a code of the second factor."""
    account_letters.factor_code(db.session(), account, **letter_place())
    db.session().info["wake"] = True


def letter_place() -> account_letters.Place:
    """What letters say of this installation."""
    config: Config = current_app.config["BOARD"]
    return {"base_url": config.base_url, "site": config.site_name, "now": now()}


def own_session() -> str:
    """The hash of this session's number."""
    return digest(session["number"])


def end_session() -> None:
    """Signs out. A copy of the cookie opens nothing afterwards."""
    account = anybody()
    if account is not None and "number" in session:
        sessions.end(db.session(), account, own_session(), now=now())
    logout_user()
    session.clear()


def signed_in() -> Account:
    """The account that acts; for views behind ``@staff``."""
    account: Account = flask_login.current_user.account
    return account


def anybody() -> Account | None:
    """The account that is signed in, if one is."""
    return signed_in() if flask_login.current_user.is_authenticated else None


class NotSignedIn(Exception):
    """A staff page was asked for without a session that opens it."""


def staff(action: str) -> Callable[[Callable[P, ResponseReturnValue]], Callable[P, ResponseReturnValue]]:
    """Opens a view to accounts that may do this to something; what they may do it to, the view asks ``permissions``."""
    if action not in permissions.RULES:
        raise LookupError(f"no rule for {action}")

    def behind(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: P.args, **named: P.kwargs) -> ResponseReturnValue:
            account = anybody()
            if account is None:
                raise NotSignedIn
            permissions.require(account, action)
            return view(*args, **named)

        guarded.staff_action = action  # type: ignore[attr-defined]  # read by the test that walks the URL map
        return guarded

    return behind


def hashing() -> Passwords:
    passwords: Passwords = current_app.extensions["passwords"]
    return passwords


def _browser() -> str:
    """A session that was carried to another browser ends; this much of it is kept, not its name."""
    return hashlib.sha256(request.user_agent.string.encode()).hexdigest()[:16]
