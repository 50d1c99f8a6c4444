"""Static files under addresses that change with the programs: a browser may keep each of them for a year (caching)."""

from flask import Flask, current_app

from jobboard.config import Config


def init(app: Flask, config: Config) -> None:
    """Gives templates ``asset``."""
    app.jinja_env.globals["asset"] = asset


def asset(path: str) -> str:
    """The address of a file under static/, with the build that it belongs to."""
    return f"{current_app.static_url_path}/{path}?v={current_app.extensions['build'][:12]}"
