"""The two applications that benchmarks load, for gunicorn: the board on a filled database, and C."""

import os
from datetime import timedelta
from pathlib import Path

from flask import Flask

from benchmarks.generated import TODAY
from jobboard import create_app
from jobboard.base.clock import start_of
from jobboard.config import Config

NOW = start_of(TODAY) + timedelta(hours=9)


def configuration(database_url: str, folder: Path) -> Config:
    """Settings of a board that nobody signs in to."""
    return Config.from_environ(
        {
            "JOBBOARD_DATABASE_URL": database_url,
            "JOBBOARD_INSTANCE_DIR": str(folder),
            "JOBBOARD_QUEUE_URL": f"sqlite:///{folder}/queue.sqlite3",
            "JOBBOARD_SECRET_KEY": "s" * 40,
            "JOBBOARD_TOKEN_KEY": "t" * 40,
        }
    )


def board() -> Flask:
    """The board on the database in BENCH_DATABASE, at nine in the morning of the generated calls' day."""
    config = configuration(os.environ["BENCH_DATABASE"], Path(os.environ["BENCH_FOLDER"]))
    return create_app(config, CLOCK=lambda: NOW)


def bare() -> Flask:
    """C: a route that returns forty kilobytes from memory."""
    app, page = Flask("bare"), "あ" * 13_650
    app.add_url_rule("/", "page", lambda: page)
    return app
