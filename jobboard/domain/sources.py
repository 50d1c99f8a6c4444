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

_SHAPE = f"1行目に列の名({'、'.join(COLUMNS)})、2行目から1件を1行に書いてください"
UNVERIFIED = "候補の一覧から読み込んだもので、まだ人が確かめていません"
"""Why a candidate is paused."""


@dataclass(frozen=True)
class Loaded:
    """How many rows came in and were there already, and (line, code) of those of a municipality that this board does not have."""

    added: int = 0
    known: int = 0
    homeless: tuple[tuple[int, str], ...] = ()


def load(session: Session, rows: Iterable[Mapping[str, str]], *, now: datetime) -> Loaded:
    """Adds each address that is not there yet, paused. Never changes a source that is there, whatever the table says of it.

    A merged municipality's feed goes to its successor. A table without a row, and one wrong row, raise ``RowRefused`` and nothing is
    loaded.
    """
    read = [_checked(line, row) for line, row in enumerate(rows, start=2)]
    if not read:
        raise RowRefused(0, "", f"読み込む行がありません。{_SHAPE}")
    places = {place.code: place for place in session.scalars(select(Municipality))}
    known = set(map(canonical, session.scalars(select(Source.url))))
    homeless = tuple((line, code) for line, code, _ in read if code not in places)
    added = 0
    for _, code, url in read:
        if code in places and canonical(url) not in known:
            home = lineage.heir(places[code]).code
            session.add(Source(municipality_code=home, url=readable(url), created_at=now, paused_at=now, paused_for=UNVERIFIED))
            known.add(canonical(url))
            added += 1
    session.flush()
    return Loaded(added, len(read) - added - len(homeless), homeless)


def of(session: Session, code: str) -> Sequence[Source]:
    """The feeds of a municipality, the oldest first."""
    return session.scalars(select(Source).where(Source.municipality_code == code).order_by(Source.id)).all()


def _checked(line: int, row: Mapping[str, str]) -> tuple[int, str, str]:
    missing = [column for column in COLUMNS if column not in row]
    if missing:
        raise RowRefused(0, "", f"列 {missing[0]} がありません。{_SHAPE}")
    code, url = clean(row["code"]), clean(row["feed_url"])
    if not code_holds(code):
        raise RowRefused(line, code, "全国地方公共団体コードの検査数字が合いません")
    if wrong := fault(url):
        raise RowRefused(line, code, wrong.removesuffix("。"))
    return line, code, url
