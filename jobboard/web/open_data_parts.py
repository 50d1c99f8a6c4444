"""What open data is made of, for answers and for files alike: the terms, the dictionary, postings part by part."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from jobboard.config import Config
from jobboard.domain import listing
from jobboard.domain.versions import current_content
from jobboard.web import dictionary, licence
from jobboard.web.posting_json import posting_object

Part = list[dict[str, Any]]
"""JSON objects of some postings."""

AT_ONCE = 250
"""Postings that are in memory together, so that no table fills it."""


def terms(config: Config, path: str) -> dict[str, object]:
    """Title, address, licence and dictionary: the head of every JSON document."""
    url = config.base_url + path
    return {
        "title": f"{config.site_name} オープンデータ",
        "url": url,
        "licence": {
            "name": licence.NAME, "url": licence.URL, "attribution": licence.attribution(config.site_name, url),
        },
        "dictionary": f"{config.base_url}/data/dictionary.json",
    }  # fmt: skip


def dictionary_document(config: Config) -> bytes:
    """The data dictionary for programs."""
    told = {
        **terms(config, "/data/dictionary.json"),
        "columns": [meaning.json() for meaning in dictionary.meanings()],
        "parameters": [one.json() for one in [*dictionary.parameters(), *dictionary.further_parameters()]],
    }
    return json.dumps(told, ensure_ascii=False, indent=1).encode()


def array(head: dict[str, object], parts: Iterator[Part]) -> Iterator[bytes]:
    """The head with the objects as its last key, one line each."""
    yield json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}").encode() + b',\n "data": ['
    before = "\n"
    for part in parts:
        yield before.encode() + ",\n".join(json.dumps(one, ensure_ascii=False) for one in part).encode()
        before = ",\n"
    yield b"\n]}\n"


def objects(engine: Engine, found: Sequence[int], *, base_url: str, now: datetime) -> Iterator[Part]:
    """The postings part by part, each on a transaction of its own: a slow reader holds none."""
    with Session(engine) as session:
        for start in range(0, len(found), AT_ONCE):
            told = [
                posting_object(posting, current_content(posting), base_url=base_url, now=now)
                for posting in listing.postings(session, found[start : start + AT_ONCE])
            ]
            session.rollback()
            yield told
