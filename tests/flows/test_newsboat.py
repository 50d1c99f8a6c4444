"""A feed reader that people use (newsboat, Debian) subscribes to a running site: what it makes of a posting's life."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from jobboard import create_app
from jobboard.base.clock import present
from jobboard.base.states import ClosedReason
from jobboard.config import Config
from jobboard.database import Writing, db
from jobboard.domain import publication
from jobboard.models import Municipality, Posting
from jobboard.web.transaction import BoardApp
from tests import postings
from tests.flows.site import Site, site_in_this_process
from tests.not_run import not_run

TITLE = "CIO補佐官(全庁DX推進)<b>&"


class Item(NamedTuple):
    """What newsboat keeps of an entry."""

    title: str
    link: str
    author: str
    content: str


class Newsboat:
    """The program with files of its own and one feed: it takes an id for the same item in whatever feed it stands."""

    def __init__(self, folder: Path, address: str) -> None:
        found = shutil.which("newsboat")
        if found is None:
            not_run("no newsboat on this machine; apt-get install newsboat")
        folder.mkdir()
        self.program, self.folder = found, folder
        (folder / "urls").write_text(address + "\n")
        (folder / "config").write_text("auto-reload no\n")

    def items(self) -> dict[str, Item]:
        """Visits the feed and tells what it now knows, by the id; fails when the program finds fault with the feed."""
        run = subprocess.run(
            [self.program, "-C", "config", "-u", "urls", "-c", "cache", "-d", "log", "-l", "2", "-x", "reload"],
            cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        said = run.stdout + run.stderr + (self.folder / "log").read_text("utf-8")
        assert (run.returncode, said) == (0, "")
        return {row[0]: Item(*row[1:]) for row in self.ask("SELECT guid, title, url, author, content FROM rss_item")}

    def ask(self, query: str) -> list[Any]:
        """Rows of the program's own store."""
        with closing(sqlite3.connect(self.folder / "cache")) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture
def site(tmp_path: Path, sqlite_url: str) -> Iterator[Site]:
    with site_in_this_process(tmp_path, sqlite_url) as running:
        yield running


@pytest.fixture
def board(site: Site) -> Iterator[BoardApp]:
    """The programs on the site's own database."""
    app = create_app(Config.from_environ(site.environ))
    with app.app_context():
        yield app
        db.engine.dispose()


def test_newsboat_reads_the_life_of_a_posting_without_doubling_it(site: Site, board: BoardApp, tmp_path: Path) -> None:
    rss, atom, everything, changes = (
        Newsboat(tmp_path / str(number), site.base_url + path)
        for number, path in enumerate(("/postings.rss", "/postings.atom", "/postings.rss?status=all&q=DX", "/changes.atom"))
    )
    with Writing() as session:
        place = session.scalars(sa.select(Municipality).limit(1)).one()
        until = present() + timedelta(days=30)
        posting = postings.published(session, place, now=present(), title=TITLE, apply_by=until, department="企画課")
        one, uuid = posting.id, f"urn:uuid:{posting.uuid}"
    for reader in (rss, atom, everything):
        (item,) = reader.items().values()
        assert item[:3] == (f"{place.full_name} {TITLE}", f"{site.base_url}/postings/{one}", place.full_name)
        assert "<dt>担当部署</dt><dd>企画課</dd>" in item.content
        assert set(reader.items()) == {uuid}, "a second visit, by its ETag"
        ((title, etag),) = reader.ask("SELECT title, etag FROM rss_feed")
        assert title.startswith("市区町村の外部デジタル人材 募集情報 募集: ") and etag.startswith('W/"')
    assert [item.title[:4] for item in changes.items().values()] == ["【新着】"]

    with Writing() as session:
        postings.amended(session, session.get_one(Posting, one), now=present(), department="総務部DX課")
    for reader in (rss, atom, everything):
        items = reader.items()
        assert set(items) == {uuid}, "the same item, not a second one"
        assert "<ins>総務部DX課</ins>" in items[uuid].content

    with Writing() as session:
        publication.close(session, session.get_one(Posting, one), reason=ClosedReason.FILLED, by=None, now=present())
    assert sorted(item.title[:4] for item in changes.items().values()) == ["【変更】", "【新着】", "【終了】"]
    assert everything.items()[uuid].title.startswith("【受付終了】")
