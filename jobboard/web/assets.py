"""Static files under addresses that change with the programs: a browser may keep each of them for a year (caching)."""

from flask import Flask, current_app, url_for

from jobboard.config import Config


def init(app: Flask, config: Config) -> None:
    """Gives templates ``asset``."""
    app.jinja_env.globals["asset"] = asset


def asset(path: str) -> str:
    """The address of a file under static/, with the build that it belongs to."""
    return url_for("static", filename=path, v=current_app.extensions["build"][:12])
