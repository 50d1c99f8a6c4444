"""All open data as files of one folder, with a manifest: what stands below /data, made of the same parts. No personal data."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.base.clock import in_japan
from jobboard.config import Config
from jobboard.domain import catalogue, listing, paging
from jobboard.domain.criteria import Criteria
from jobboard.domain.grammar import Status
from jobboard.web import dictionary, licence, table
from jobboard.web.api_events import change_object
from jobboard.web.api_places import place_object
from jobboard.web.open_data_parts import array, dictionary_document, objects, terms
from jobboard.web.table import Encoding

MANIFEST = "manifest.json"
EVERYTHING = Criteria(status=Status.ALL)
CHANGE_HEADS = (
    "id", "kind", "kind_label", "occurred_at", "version", "summary", "posting", "posting_url", "municipality", "field", "label", "old", "new",
)  # fmt: skip
"""One line for each field that changed; one for what changed no field."""


def write(engine: Engine, config: Config, folder: Path, *, now: datetime) -> dict[str, int]:
    """Makes ``folder``, whole or not at all; octets by file. Raises ``FileExistsError`` where there is one."""
    if folder.exists():
        raise FileExistsError(17, "すでにあります", str(folder))
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.absolute().parent))
    try:
        written = {name: _file(fresh / name, pieces) for name, pieces in _files(engine, config, now)}
        manifest = {
            **terms(config, "/data"),
            "generated_at": in_japan(now).isoformat(),
            "files": [{"name": name, "bytes": size, "sha256": digest} for name, (size, digest) in written.items()],
        }
        _file(fresh / MANIFEST, [json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"])
        fresh.chmod(0o755)
        os.rename(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    return {name: size for name, (size, _) in written.items()}


def _files(engine: Engine, config: Config, now: datetime) -> Iterator[tuple[str, Iterable[bytes]]]:
    with Session(engine) as session:
        board = catalogue.load(session)
        ids = listing.newest_ids(session, board, EVERYTHING, limit=max(board.public.bit_count(), 1), now=now)
        counts = listing.open_by_municipality(board, now)
        places = [place_object(one, counts.get(one.code, 0), base_url=config.base_url) for one in listing.municipalities(session)]

    def postings() -> Iterator[list[dict[str, Any]]]:
        return objects(engine, ids, base_url=config.base_url, now=now)

    def changes() -> Iterator[list[dict[str, Any]]]:
        return _changes(engine, config, now)

    at = {"generated_at": in_japan(now).isoformat()}
    yield "postings.csv", table.table(postings(), Encoding.UTF_8)
    yield "postings.json", array({**terms(config, "/data/postings.json?status=all"), **at, "count": len(ids)}, postings())
    yield "municipalities.csv", _sheet([list(places[0]) if places else [], *(map(_cell, one.values()) for one in places)])
    yield "municipalities.json", array({**terms(config, "/api/v1/municipalities"), **at, "count": len(places)}, iter([places]))
    yield "changes.csv", _change_table(changes)
    yield "changes.json", array({**terms(config, "/api/v1/changes"), **at}, changes())
    yield "dictionary.csv", [table.sheet(dictionary.rows(), Encoding.UTF_8)]
    yield "dictionary.json", [dictionary_document(config)]
    told = f"{licence.NAME}\n{licence.URL}\n{licence.attribution(config.site_name, f'{config.base_url}/data')}\n"
    yield "LICENCE.txt", [told.encode()]


def _changes(engine: Engine, config: Config, now: datetime) -> Iterator[list[dict[str, Any]]]:
    """All that happened to public postings, the latest first, a page at a time."""
    cursor: str | None = ""
    while cursor is not None:
        with Session(engine) as session:
            found = paging.changes(session, EVERYTHING, limit=paging.MOST, cursor=cursor, now=now)
            told = [change_object(step, base_url=config.base_url, now=now) for step in found.rows]
        cursor = found.cursor
        if told:
            yield told


def _change_table(changes: Callable[[], Iterator[list[dict[str, Any]]]]) -> Iterator[bytes]:
    yield _BOM + table.sheet([CHANGE_HEADS], Encoding.UTF_8)
    for part in changes():
        yield table.sheet((map(_cell, line) for one in part for line in _lines(one)), Encoding.UTF_8)


def _lines(one: dict[str, Any]) -> Iterator[list[Any]]:
    posting = one["posting"]
    head = [one[name] for name in CHANGE_HEADS[:6]] + [posting["id"], posting["url"], posting["municipality"]]
    for change in one["changes"] or [{"field": "", "label": "", "old": None, "new": None}]:
        yield [*head, change["field"], change["label"], *((change[side] or {}).get("text", "") for side in ("old", "new"))]


_BOM = b"\xef\xbb\xbf"


def _sheet(rows: Iterable[Iterable[str]]) -> list[bytes]:
    return [_BOM + table.sheet(rows, Encoding.UTF_8)]


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def _file(path: Path, pieces: Iterable[bytes]) -> tuple[int, str]:
    """Writes it; returns its octets and its SHA-256 in hexadecimal."""
    size, digest = 0, hashlib.sha256()
    with path.open("wb") as out:
        for piece in pieces:
            out.write(piece)
            size += len(piece)
            digest.update(piece)
        out.flush()
        os.fsync(out.fileno())
    path.chmod(0o644)  # open to all, as the site is
    return size, digest.hexdigest()
