"""合併・名称変更・コードの変更, each by its day: what is entered must be possible. ``succeeding`` applies it when the day has begun."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES, code_holds
from jobboard.base.dates import read_date
from jobboard.base.errors import Incomplete, NotFound, Problem, WrongState
from jobboard.base.states import Succession
from jobboard.base.text import clean
from jobboard.base.unreadable import Unreadable
from jobboard.base.wording import japanese_date
from jobboard.domain import audit
from jobboard.models import Account, Municipality, MunicipalityChange

COLUMNS = ("on", "kind", "code", "successor_code", "name", "kana", "note")
"""What is typed, and the columns of a dated list as CSV."""

SHOWN = 200
_LONGEST = {"name": (40, "名前"), "kana": (80, "読み"), "note": (1_000, "根拠")}
_KINDS = {str(kind): kind for kind in Succession} | {kind.label.partition("(")[0]: kind for kind in Succession}
_KANA = re.compile(r"[ぁ-ゖー]+")
_CODE_ASKED = "全国地方公共団体コードを、検査数字まで6桁で書いてください(例: 041009)。"


@dataclass
class Twice(Incomplete):
    """The very same change was entered before."""


@dataclass(frozen=True)
class Planned:
    """A change as read; texts are empty where nothing was typed."""

    on: date
    kind: Succession
    code: str
    successor_code: str
    name: str
    kana: str
    note: str

    @property
    def ends(self) -> bool:
        """Whether ``code`` is no more from that day on."""
        return self.kind is not Succession.RENAMED


def enter(
    session: Session, typed: Mapping[str, str], *, across: bool = False, by: Account | None, now: datetime
) -> MunicipalityChange:
    """Keeps a change for its day, also one that is past; into another prefecture only if that is meant (``across``).

    Raises ``Incomplete`` for what cannot be, ``Twice`` for what is there.
    """
    change = read(session, typed)
    if crosses(change) and not across:
        before, after = PREFECTURES[change.code[:2]], PREFECTURES[change.successor_code[:2]]
        raise Incomplete([Problem("across", f"{before}から{after}に、都道府県が変わります。")])
    change.entered_at, change.entered_by_id = now, by.id if by else None
    session.add(change)
    session.flush()
    _tell(session, "municipality:plan", change, by, now)
    return change


def crosses(change: MunicipalityChange) -> bool:
    """Whether the successor lies in another prefecture."""
    return bool(change.successor_code) and change.successor_code[:2] != change.code[:2]


def read(session: Session, typed: Mapping[str, str]) -> MunicipalityChange:
    """The change as it would be entered, in no session yet. Raises as ``enter`` does."""
    planned = _read(typed)
    codes = {planned.code, planned.successor_code}
    places = select(Municipality).where(Municipality.code.in_(codes)).order_by(Municipality.code).with_for_update()
    found = {place.code: place for place in session.scalars(places)}
    touching = or_(MunicipalityChange.code.in_(codes), MunicipalityChange.successor_code.in_(codes - {""}))
    known = session.scalars(select(MunicipalityChange).where(touching).order_by(MunicipalityChange.id)).all()
    if any(_same(planned, one) for one in known):
        raise Twice([Problem("code", "同じ変更がすでに登録されています。下の一覧で確かめてください。")])
    beginning = next((one for one in known if one.successor_code == planned.successor_code and one.name), None)
    problems = _of_itself(planned, found.get(planned.code), known)
    if planned.ends and not problems:
        problems = _of_successor(session, planned, found, known, beginning)
    if problems:
        raise Incomplete(problems)
    of_new = beginning if planned.ends and planned.successor_code not in found else None
    return MunicipalityChange(
        on=planned.on, kind=planned.kind, code=planned.code, successor_code=planned.successor_code, note=planned.note,
        name=planned.name or (of_new.name if of_new else ""), kana=planned.kana or (of_new.kana if of_new else ""),
    )  # fmt: skip


def remove(session: Session, change_id: int, *, by: Account, now: datetime) -> None:
    """Takes a change out of the list. Raises ``NotFound``, and ``WrongState`` for one that was applied."""
    change = session.get(MunicipalityChange, change_id, with_for_update=True)
    if change is None:
        raise NotFound
    if change.applied_at is not None:
        raise WrongState("applied", "municipality:unplan")
    _tell(session, "municipality:unplan", change, by, now)
    session.delete(change)
    session.flush()


def listed(session: Session, code: str = "") -> Sequence[MunicipalityChange]:
    """The changes of a municipality, or of all, the latest day first."""
    found = select(MunicipalityChange).order_by(MunicipalityChange.on.desc(), MunicipalityChange.id.desc()).limit(SHOWN)
    if code:
        found = found.where(or_(MunicipalityChange.code == code, MunicipalityChange.successor_code == code))
    return session.scalars(found).all()


def _tell(session: Session, action: str, change: MunicipalityChange, by: Account | None, now: datetime) -> None:
    audit.record(
        session, action, "municipality", change.code, by=by, now=now,
        succession=str(change.kind), since=change.on.isoformat(), successor=change.successor_code,
    )  # fmt: skip


def _read(typed: Mapping[str, str]) -> Planned:
    words = {name: clean(typed.get(name, "")) for name in COLUMNS}
    words |= {name: unicodedata.normalize("NFKC", words[name]) for name in ("code", "successor_code")}
    problems: list[Problem] = []
    on = date.min
    try:
        on = read_date(words["on"])
    except Unreadable as unreadable:
        problems.append(Problem("on", str(unreadable)))
    kind = _KINDS.get(words["kind"])
    if kind is None:
        problems.append(Problem("kind", "合併、名称変更、コードの変更のどれかを選んでください。"))
    problems += [*_wrong_codes(words, kind), *_wrong_words(words, kind)]
    if problems or kind is None:
        raise Incomplete(problems)
    return Planned(on, kind, **{name: words[name] for name in COLUMNS[2:]})


def _wrong_codes(words: Mapping[str, str], kind: Succession | None) -> list[Problem]:
    asked = ["code"] if kind in (None, Succession.RENAMED) else ["code", "successor_code"]
    problems = [Problem(name, _CODE_ASKED) for name in asked if not code_holds(words[name])]
    if kind is Succession.RENAMED and words["successor_code"]:
        problems.append(Problem("successor_code", "名称変更では、コードは変わりません。空けてください。"))
    return problems


def _wrong_words(words: Mapping[str, str], kind: Succession | None) -> list[Problem]:
    problems = [
        Problem(name, f"{label}は{longest:,}字以内で書いてください(今は{len(words[name]):,}字)。")
        for name, (longest, label) in _LONGEST.items()
        if len(words[name]) > longest
    ]
    if kind is Succession.RENAMED:
        problems += [Problem(name, f"新しい{_LONGEST[name][1]}を書いてください。") for name in ("name", "kana") if not words[name]]
    if words["kana"] and not _KANA.fullmatch(words["kana"]):
        problems.append(Problem("kana", "読みは、ひらがなで書いてください(例: うみべし)。"))
    if not words["note"]:
        problems.append(Problem("note", "根拠を書いてください(例: 令和8年総務省告示第1号)。"))
    return problems


def _same(planned: Planned, one: MunicipalityChange) -> bool:
    to = (planned.successor_code, planned.name) if planned.kind is Succession.RENAMED else (planned.successor_code, one.name)
    return (planned.on, planned.kind, planned.code, *to) == (one.on, one.kind, one.code, one.successor_code, one.name)


def _of_itself(planned: Planned, place: Municipality | None, known: Sequence[MunicipalityChange]) -> list[Problem]:
    """What of the municipality itself, and of its other changes, stands against it."""
    if place is None:
        return [Problem("code", f"コード {planned.code} の市区町村はありません。いま表にある市区町村のコードを書いてください。")]
    if place.successor_code or (place.ended_on and not planned.ends):
        ended = f"{japanese_date(place.ended_on)}に" if place.ended_on else ""
        return [Problem("code", f"{place.full_name}は{ended}もう無くなっています。")]
    mine = [one for one in known if one.code == planned.code]
    ending = next((one for one in mine if one.kind is not Succession.RENAMED), None)
    if ending is not None:
        words = f"{place.full_name}には、{japanese_date(ending.on)}の{ending.kind.label.partition('(')[0]}が登録されています。"
        return [Problem("code", f"{words}直すときは、先にそれを取り消してください。")]
    later = [one.on for one in mine if one.on > planned.on]
    if later:
        words = f"{place.full_name}には、もっと後の{japanese_date(max(later))}の変更があります。"
        return [Problem("on", f"{words}それより前の日の変更は、先にそれを取り消してから登録してください。")]
    if planned.kind is Succession.RENAMED:
        if any(one.on == planned.on for one in mine):
            return [Problem("on", "同じ日の名称変更がすでに登録されています。直すときは、先にそれを取り消してください。")]
        named = next((one.name for one in reversed(mine) if one.applied_at is None), place.name)
        return [Problem("name", f"その日の名前が、すでに「{named}」です。新しい名前を書いてください。")] if named == planned.name else []
    return []


def _of_successor(
    session: Session, planned: Planned, found: Mapping[str, Municipality], known: Sequence[MunicipalityChange],
    beginning: MunicipalityChange | None,
) -> list[Problem]:  # fmt: skip
    """What of the successor stands against it."""
    if planned.successor_code == planned.code:
        return [Problem("successor_code", "自分自身には引き継げません。後継の市区町村のコードを書いてください。")]
    if _leads(session, planned.successor_code, planned.code):
        return [Problem("successor_code", "後継が、めぐってこの市区町村に引き継がれる登録があります。たがいに引き継ぐことはできません。")]
    taking = next((one for one in known if one.successor_code == planned.code and one.on >= planned.on), None)
    if taking is not None:
        return [Problem("on", f"{japanese_date(taking.on)}に、この市区町村を後継とする変更があります。その日より前か同じ日には無くせません。")]
    heir, place = found.get(planned.successor_code), found[planned.code]
    ends = next((one for one in known if one.code == planned.successor_code and one.kind is not Succession.RENAMED), None)
    gone = heir.ended_on if heir and heir.ended_on else ends.on if ends and ends.on <= planned.on else None
    if gone is not None:
        words = f"後継({planned.successor_code})は{japanese_date(gone)}に無くなります。"
        return [Problem("successor_code", f"{words}その日にある市区町村のコードを書いてください。")]
    if heir is not None and heir.demonstration is not place.demonstration:
        return [Problem("successor_code", "見本の市区町村と実在の市区町村は、たがいに引き継げません。")]
    named = heir.name if heir else beginning.name if beginning else ""
    if planned.name and named and planned.name != named:
        return [Problem("name", f"後継の名前は「{named}」です。名前も変わるときは、後継の名称変更として別に登録してください。")]
    if heir is None and planned.kind is Succession.MERGED and not (named or (planned.name and planned.kana)):
        return [Problem("name", "後継のコードはまだ表にありません。新しい市区町村の名前と読みを書いてください。")]
    return []


def _leads(session: Session, start: str, target: str) -> bool:
    """Whether what is entered leads from one code to the other."""
    seen, at = set[str](), start
    while at and at not in seen:
        seen.add(at)
        onward = select(MunicipalityChange.successor_code).where(
            MunicipalityChange.code == at, MunicipalityChange.kind != Succession.RENAMED
        )
        at = session.scalar(onward.limit(1)) or ""
        if at == target:
            return True
    return False
