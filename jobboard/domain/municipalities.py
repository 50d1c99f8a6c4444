"""市区町村: loading the table (idempotent, never deleting), finding one by what people type, keeping 見本 apart."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from jobboard.base.clock import japan_date
from jobboard.base.codes import PREFECTURES, code_holds
from jobboard.base.errors import BoardError, DemonstrationOnly
from jobboard.base.text import clean, fold
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.domain import facets, succeeding
from jobboard.domain.succeeding import BETWEEN_NAMES
from jobboard.models import Board, Municipality, MunicipalityChange

COLUMNS = ("code", "pref_code", "prefecture", "district", "name", "kana", "kind", "url", "lat", "lng")
_KINDS = {kind.label: kind for kind in MunicipalityKind}


@dataclass
class RowRefused(BoardError):
    """A row of the table is wrong: nothing was loaded. ``line`` counts the header as 1; 0 is the whole file."""

    line: int
    code: str
    reason: str

    def __str__(self) -> str:
        where = f"{self.line}行目(コード {self.code or 'なし'}): " if self.line else ""
        return f"{where}{self.reason}。何も読み込んでいません。"


@dataclass(frozen=True)
class Summary:
    """How many municipalities a load touched."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    ended: int = 0


def load(
    session: Session,
    rows: Iterable[Mapping[str, str]],
    *,
    now: datetime,
    successors: Mapping[str, str] | None = None,
) -> Summary:
    """Make the table of municipalities equal to ``rows`` (COLUMNS); loading the same rows again changes nothing.

    Every row is checked first: one wrong row raises ``RowRefused`` and nothing is loaded. A new name keeps the old one
    in ``former_names``. A code that is no longer listed gets ``ended_on``, its postings stay; one that comes back loses
    it. ``successors`` names the code that an ended one went into. Invented municipalities are not touched, and what the dated
    list changed already (domain/succession) is not undone by an older table.
    """
    read = _checked(rows)
    dated = session.scalars(sa.select(MunicipalityChange).where(MunicipalityChange.applied_at.is_not(None))).all()
    read = {code: values for code, values in read.items() if code not in {one.code for one in dated if one.successor_code}}
    begun = {one.successor_code for one in dated}
    standing = {
        row.code: row for row in session.scalars(sa.select(Municipality).where(~Municipality.demonstration))
    }
    gone = [row for code, row in standing.items() if code not in read and code not in begun and row.ended_on is None]
    if len(gone) * 2 > sum(row.ended_on is None for row in standing.values()):
        raise RowRefused(0, "", f"{len(gone)}件が見あたりません。ファイルが途中で切れていないか確かめてください")
    added = [values for code, values in read.items() if code not in standing]
    session.add_all(Municipality(**values) for values in added)
    renamed = {one.code for one in dated if not one.successor_code}
    changed = [code for code, row in read.items() if code in standing and _update(standing[code], row, dated=code in renamed)]
    for municipality in gone:
        municipality.ended_on = japan_date(now)
    session.flush()
    _name_successors(session, successors or {})
    if added or changed or gone or successors:
        # postings are found and shown by the names of their municipalities
        facets.rebuild(session, only=[*changed, *(successors or {}), *(successors or {}).values()])
    return Summary(len(added), len(changed), len(read) - len(added) - len(changed), len(gone))


def _checked(rows: Iterable[Mapping[str, str]]) -> dict[str, dict[str, object]]:
    read: dict[str, dict[str, object]] = {}
    for line, row in enumerate(rows, start=2):
        code = clean(row.get("code") or "")
        missing = [column for column in COLUMNS if column not in row]
        if missing:
            raise RowRefused(line, code, f"列 {missing[0]} がありません")
        if code in read:
            raise RowRefused(line, code, "同じコードが2度出てきます")
        read[code] = _values(line, code, {column: clean(row[column]) for column in COLUMNS})
    if not read:
        raise RowRefused(0, "", "市区町村が1件もありません")
    return read


def _values(line: int, code: str, row: Mapping[str, str]) -> dict[str, object]:
    if not code_holds(code):
        raise RowRefused(line, code, "全国地方公共団体コードの検査数字が合いません")
    if row["pref_code"] != code[:2] or row["prefecture"] != PREFECTURES[code[:2]]:
        raise RowRefused(line, code, "都道府県がコードと合いません")
    if not row["name"] or not row["kana"]:
        raise RowRefused(line, code, "名または読みがありません")
    if row["kind"] not in _KINDS:
        raise RowRefused(line, code, f"区分が{BETWEEN_NAMES.join(_KINDS)}のどれでもありません")
    try:
        position = {axis: float(row[axis]) if row[axis] else None for axis in ("lat", "lng")}
    except ValueError:
        raise RowRefused(line, code, "緯度・経度が数ではありません") from None
    return {**row, "kind": _KINDS[row["kind"]], **position}


def _update(municipality: Municipality, values: Mapping[str, object], *, dated: bool) -> bool:
    """Set what differs; whether anything did. ``dated``: its name changed on a day, so a former one does not come back."""
    if dated and values["name"] in municipality.former_names.split(BETWEEN_NAMES):
        values = {**values, "name": municipality.name, "kana": municipality.kana}
    differing = {name: value for name, value in values.items() if getattr(municipality, name) != value}
    if "name" in differing:
        succeeding.rename(municipality, str(values["name"]), str(values["kana"]))
    came_back = municipality.ended_on is not None
    for name, value in differing.items():
        setattr(municipality, name, value)
    if came_back:
        municipality.ended_on = municipality.successor = None
    return bool(differing) or came_back


def _name_successors(session: Session, successors: Mapping[str, str]) -> None:
    for code, successor in successors.items():
        ended, heir = session.get(Municipality, code), session.get(Municipality, successor)
        if ended is None or ended.ended_on is None:
            raise RowRefused(0, code, f"コード {code} は無くなった市区町村ではありません")
        if heir is None or heir.ended_on is not None or heir.demonstration:
            raise RowRefused(0, code, f"後継のコード {successor} の市区町村がありません")
        succeeding.succeed(session, ended, heir, on=ended.ended_on)


def find(session: Session, words: str, *, limit: int = 20, ended: bool = False) -> list[Municipality]:
    """Those that ``words`` may mean, best first: by code or its beginning, prefecture, name, reading, former name.

    Compared in the folded form, so old characters, ヶ/ケ and full width find the same. Nothing typed finds nothing.
    """
    select = sa.select(Municipality).order_by(Municipality.code)
    return meant(session.scalars(select if ended else select.where(Municipality.ended_on.is_(None))), words)[:limit]


def meant(rows: Iterable[Municipality], words: str) -> list[Municipality]:
    """Those of ``rows`` that ``words`` may mean, as ``find`` does. They are read when there are words only."""
    wanted = [key for word in clean(words).split() if (key := _key(word))]
    if not wanted:
        return []
    ranked = ((max(_rank(row, word) for word in wanted), row) for row in rows)
    met = [(rank, row.code, row) for rank, row in ranked if rank < _NO]
    return [row for _, _, row in sorted(met, key=lambda one: one[:2])]


_EXACT, _STARTS, _WITHIN, _NO = range(4)


def _rank(municipality: Municipality, word: str) -> int:
    if word.isdigit():
        return _EXACT if municipality.code == word else _STARTS if municipality.code.startswith(word) else _NO
    names = [_key(name) for name in (municipality.name, municipality.full_name, municipality.kana)]
    if word in names or word in (name[:-1] for name in names):
        return _EXACT
    if any(name.startswith(word) for name in names):
        return _STARTS
    searched = (*names, _key(municipality.district), _key(municipality.former_names))
    return _WITHIN if any(word in text for text in searched) else _NO


@lru_cache(maxsize=16_384)
def _key(text: str) -> str:
    """The folded text without the marks around Latin letters; the table is small, so its foldings stay in memory."""
    return fold(text).replace("\x01", "").replace("\x02", "")


def refuse_demonstration(session: Session, demo: bool) -> None:
    """Raises ``DemonstrationOnly`` when the database holds 見本 and this installation is not the demonstration.

    Called at every start: a false call under a town's name must never stand on the real site.
    """
    if demo:
        return
    marked = session.scalar(sa.select(Board.id).where(Board.demonstration).limit(1))
    invented = session.scalar(sa.select(Municipality.code).where(Municipality.demonstration).limit(1))
    if marked is not None or invented is not None:
        raise DemonstrationOnly("このデータベースには見本(架空の市区町村)が入っています")
