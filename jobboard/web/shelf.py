"""The catalogue of the board as this request sees it: one look at the board's version, one catalogue for all threads."""

from flask import Flask, current_app, g, request

from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import listing
from jobboard.domain.catalogue import Catalogue, Shelf
from jobboard.web.kept import VERSION


def init(app: Flask, config: Config) -> None:
    """One shelf a process; it is filled at the first look."""
    app.extensions["shelf"] = Shelf()


def board_version() -> int:
    """The board's version, read once a request."""
    if "board_version" not in g:
        looked_at = request.environ.get(VERSION, -1)
        g.board_version = looked_at if looked_at >= 0 else listing.board_version(db.session())
    version: int = g.board_version
    return version


def catalogue() -> Catalogue:
    """All public postings at that version. For requests that write nothing: it is shared with others."""
    shelf: Shelf = current_app.extensions["shelf"]
    return shelf.at(db.session(), board_version())
