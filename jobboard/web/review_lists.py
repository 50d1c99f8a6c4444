"""The lists of 掲載確認 as values: what of the queue is asked for, one page of it, and what each row tells."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from jobboard.base.codes import PREFECTURES
from jobboard.base.text import clean
from jobboard.domain import review_queue, reviewers, together
from jobboard.domain.findings import findings
from jobboard.domain.review_queue import ME, NOBODY, Item, Wanted
from jobboard.models import Account
from jobboard.web.numbers import small

ROWS = 50
LONGEST_WORDS = 100


@dataclass(frozen=True)
class Row:
    """``found``: places to look at; ``here``: who has its page open; ``obstacle``: why it is not for several at once, or empty."""

    item: Item
    found: int
    here: Sequence[str]
    obstacle: str


@dataclass(frozen=True)
class QueuePage:
    """``total`` and ``late`` count all that waits, ``found`` what is asked for; ``holders`` and ``prefectures``: (value, label)."""

    rows: list[Row]
    total: int
    late: int
    found: int
    page: int
    pages: int
    wanted: Wanted
    holders: list[tuple[str, str]]
    prefectures: list[tuple[str, str]]


def wanted(asked: MultiDict[str, str]) -> Wanted:
    """What the query asks for; a value that does not exist asks for nothing."""
    holder, pref, kind = asked.get("holder", ""), asked.get("pref", ""), asked.get("kind", "")
    return Wanted(
        kind=kind if kind in ("new", "change") else "",
        holder=holder if holder in (ME, NOBODY) or asked.get("holder", 0, type=small) else "",
        pref=pref if pref in PREFECTURES else "",
        words=clean(asked.get("q", ""))[:LONGEST_WORDS],
        late=bool(asked.get("late")),
        quiet=bool(asked.get("quiet")),
    )


def queue_page(session: Session, asked: MultiDict[str, str], *, by: Account, now: datetime) -> QueuePage:
    """One page of what waits and is asked for."""
    items, chosen = review_queue.waiting(session, now=now), wanted(asked)
    found = review_queue.select_from(items, chosen, by=by, now=now)
    shown, page, pages = cut(found, asked)
    here = reviewers.others(session, [item.posting.id for item in shown], by=by, now=now)
    return QueuePage(
        rows=[_row(item, here.get(item.posting.id, []), by, now) for item in shown],
        total=len(items),
        late=sum(item.waited.is_late for item in items),
        found=len(found),
        page=page,
        pages=pages,
        wanted=chosen,
        holders=_holders(items, by),
        prefectures=_prefectures(items),
    )


def cut(items: Sequence[Item], asked: MultiDict[str, str]) -> tuple[Sequence[Item], int, int]:
    """The page that the query asks for, its number and how many there are; a number beyond them is the last one."""
    pages = max(1, -(-len(items) // ROWS))
    page = min(max(asked.get("page", 1, type=small), 1), pages)
    return items[(page - 1) * ROWS : page * ROWS], page, pages


def _row(item: Item, here: Sequence[str], by: Account, now: datetime) -> Row:
    found = findings(item.posting, item.version, now=now)
    return Row(item, len(found), here, together.obstacle(item, found, here, by=by))


def _holders(items: Sequence[Item], by: Account) -> list[tuple[str, str]]:
    counted = Counter(item.holder for item in items if item.holder is not None)
    free, own = sum(item.holder is None for item in items), counted.pop(by, 0)
    people = sorted((one.name, str(one.id), count) for one, count in counted.items())
    first = [("", "すべて"), (ME, f"自分({own}件)"), (NOBODY, f"だれも担当していない({free}件)")]
    return [*first, *((number, f"{name}さん({count}件)") for name, number, count in people)]


def _prefectures(items: Sequence[Item]) -> list[tuple[str, str]]:
    counted = Counter(item.posting.municipality.pref_code for item in items)
    return [("", "すべて"), *((code, f"{PREFECTURES[code]}({count}件)") for code, count in sorted(counted.items()))]
