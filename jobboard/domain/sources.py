"""収集元: the feeds of municipalities. The candidates of a table come in paused; what a person did to a source stays."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.codes import code_holds
from jobboard.base.text import clean
from jobboard.base.web_addresses import canonical, fault, readable
from jobboard.domain import lineage
from jobboard.domain.municipalities import RowRefused
from jobboard.models import Municipality, Source

COLUMNS = ("code", "feed_url")
"""What a table must have; other columns are not read."""

UNVERIFIED = "候補の一覧から読み込んだもので、まだ人が確かめていません"
"""Why a candidate is paused."""


@dataclass(frozen=True)
class Loaded:
    """How many rows came in, were there already, or name a municipality that this board does not have."""

    added: int = 0
    known: int = 0
    homeless: int = 0


def load(session: Session, rows: Iterable[Mapping[str, str]], *, now: datetime) -> Loaded:
    """Adds each address that is not there yet, paused. Never changes a source that is there, whatever the table says of it.

    A merged municipality's feed goes to its successor; an invented municipality gets none. One wrong row raises
    ``RowRefused`` and nothing is loaded.
    """
    read = [_checked(line, row) for line, row in enumerate(rows, start=2)]
    places = {place.code: place for place in session.scalars(select(Municipality).where(~Municipality.demonstration))}
    known = set(map(canonical, session.scalars(select(Source.url))))
    added = homeless = 0
    for code, url in read:
        if code not in places:
            homeless += 1
        elif canonical(url) not in known:
            home = lineage.heir(places[code]).code
            session.add(Source(municipality_code=home, url=readable(url), created_at=now, paused_at=now, paused_for=UNVERIFIED))
            known.add(canonical(url))
            added += 1
    session.flush()
    return Loaded(added, len(read) - added - homeless, homeless)


def of(session: Session, code: str) -> Sequence[Source]:
    """The feeds of a municipality, the oldest first."""
    return session.scalars(select(Source).where(Source.municipality_code == code).order_by(Source.id)).all()


def _checked(line: int, row: Mapping[str, str]) -> tuple[str, str]:
    missing = [column for column in COLUMNS if column not in row]
    if missing:
        raise RowRefused(line, "", f"列 {missing[0]} がありません")
    code, url = clean(row["code"]), clean(row["feed_url"])
    if not code_holds(code):
        raise RowRefused(line, code, "全国地方公共団体コードの検査数字が合いません")
    if wrong := fault(url):
        raise RowRefused(line, code, wrong.removesuffix("。"))
    return code, url
