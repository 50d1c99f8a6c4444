"""The one transaction boundary of a request, and its one instant.

Returning commits, raising rolls back. A request by a safe method is always rolled back: it cannot change a row
(RFC 9110 §9.2.1; mail scanners follow links).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, request
from flask.typing import ResponseReturnValue

from jobboard.base.clock import present
from jobboard.database import begin_writing, db

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class BoardApp(Flask):
    """Flask with the transaction around ``preprocess_request`` and the view.

    ``before_transaction`` functions run first, without a transaction of the request: rate limits count on a connection of
    their own, which would wait for ever behind the request's own lock on SQLite.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.before_transaction: list[Callable[[], ResponseReturnValue | None]] = []
        self.after_commit: list[Callable[[], None]] = []

    def preprocess_request(self) -> ResponseReturnValue | None:
        for check in self.before_transaction:
            answer = check()
            if answer is not None:
                return answer
        if request.method not in SAFE:
            db.session.rollback()
            begin_writing(db.session())
        return super().preprocess_request()

    def full_dispatch_request(self) -> Any:
        response = super().full_dispatch_request()
        _roll_back()
        return response

    def dispatch_request(self) -> ResponseReturnValue:
        try:
            answer = super().dispatch_request()
        except BaseException:
            _roll_back()
            raise
        if request.method in SAFE:
            _roll_back()
            return answer
        wake = bool(db.session().info.pop("wake", False))
        db.session.commit()
        if wake:
            for call in self.after_commit:
                call()
        return answer


def _roll_back() -> None:
    """Ends the request's transaction; a request that asked the database nothing has none, and no session to make for it."""
    if db.session.registry.has():
        db.session.rollback()


def now() -> datetime:
    """The instant of this request: asked once, the same for all that the request does."""
    if "now" not in g:
        clock = current_app.config.get("CLOCK") or present
        g.now = clock()
    instant: datetime = g.now
    return instant
