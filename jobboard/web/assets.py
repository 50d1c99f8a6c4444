"""Static files under addresses that change with the programs, so that a browser may keep each of them for a year."""

from flask import Flask, Response, current_app, request, url_for

from jobboard.config import Config

KEPT = "public, max-age=31536000, immutable"


def init(app: Flask, config: Config) -> None:
    """Gives templates ``asset`` and lets what it addresses be kept."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(keep)


def asset(path: str) -> str:
    """The address of a file under static/, with the build that it belongs to."""
    return url_for("static", filename=path, v=_build())


def _build() -> str:
    return str(current_app.extensions["build"])[:12]


def keep(response: Response) -> Response:
    """After each request: only this build's own address stands for one content for ever."""
    if request.endpoint == "static" and response.status_code in (200, 304) and request.args.get("v") == _build():
        response.headers["Cache-Control"] = KEPT
    return response
