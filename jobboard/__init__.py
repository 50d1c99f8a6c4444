"""Roof: assembly only. ``create_app`` puts floors, doors and settings together.

What it puts together is loaded when it is called: whoever imports a part of the package loads no more than that part.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jobboard.base.fetching import FetchPage
    from jobboard.config import Config
    from jobboard.web.transaction import BoardApp

__all__ = ["create_app"]

LONGEST_LOOK = 10.0
"""Seconds that a page may wait for other servers."""


def create_app(config: "Config | None" = None, **overrides: Any) -> "BoardApp":
    """The WSGI application. ``overrides`` are Flask's own settings, for tests (TESTING, CLOCK, cheap hashing)."""
    from jobboard import places, web
    from jobboard.config import Config
    from jobboard.database import db, engine_options, prepare
    from jobboard.demonstration.refusing import refuse
    from jobboard.web.transaction import BoardApp

    config = config or Config.from_environ(os.environ)
    app = BoardApp(
        "jobboard", template_folder=str(places.templates_folder()), static_folder=str(places.static_folder())
    )
    app.config.update(
        BOARD=config,
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(config.database_url),
        **overrides,
    )
    app.extensions["config"] = config
    db.init_app(app)
    with app.app_context():
        refuse(prepare(db.engine), config)
        db.engine.dispose()  # the web server makes copies of its process, which must not share a connection
    web.register(app, config)
    app.after_commit.append(_waker(config))
    app.extensions["mail_renderer"] = _mail_renderer
    app.extensions["fetch"] = lambda: _fetcher(config)
    return app


def _mail_renderer() -> Callable[..., str]:
    """Draws mails for the desk's preview; its library is loaded when a preview is first asked for."""
    from jobboard.rendering import mail_renderer

    return mail_renderer()


def _fetcher(config: "Config") -> "FetchPage":
    """The guarded fetcher for one look of an administrator at a municipality's site."""
    from jobboard.fetcher import Fetcher

    return Fetcher(config.caller).within(LONGEST_LOOK)


def _waker(config: "Config") -> Callable[[], None]:
    """Wakes the worker; the task engine's library is loaded at the first ring, for it would double the time of a start."""
    bells: list[Callable[[], None]] = []

    def wake() -> None:
        if not bells:
            from jobboard.tasks import Bell

            bells.append(Bell(config).wake)
        bells[0]()

    return wake
