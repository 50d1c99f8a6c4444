"""Finding: how far the title of a feed's item sounds like a call for digital talent, by the scored rules of a readable table.

The table (``finding_rules.csv`` beside this module) has a rule in each line: its name, its points, the rules that must hold with it
(``needs``) or keep it from counting (``unless``), its words and why. A rule counts once, however many of its words stand in the title.
In the words ``…`` is a gap of at most eight characters, ``(`` the beginning and ``)`` the end of a part between marks or brackets.
What the first rule lists is taken out of a title before the others are read. Without regular expressions: no title takes long.
"""

import csv
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jobboard.base.text import fold
from jobboard.domain.items import Reasons, Rules

ENOUGH = 10
"""Points that make a candidate: a field (4), a person (3) and seeking (3)."""

GAP = 8
LONGEST = 300
"""Characters of a title that are read, as many as are kept."""

TABLE = Path(__file__).with_name("finding_rules.csv")
_MARK = "\ua66e"
"""Stands for a bracket or mark between two parts: a letter that folding keeps and no Japanese title bears."""

_MARKS = str.maketrans(dict.fromkeys("()（）[]［］{}｛｝「」｢｣『』【】〔〕〈〉《》<>＜＞|｜/／、。，,･・:：;；!！?？~～〜“”\"★☆■◆●▼※", _MARK))
_SPACES = re.compile(r" (?!\x01)|(?<!\x02) ")
_LETTERS = re.compile(r"\x01[a-z]\x02(?: ?\x01[a-z]\x02)+")
_JOINED = re.compile(r"(?<=[a-z0-9])[&.'_-](?=[a-z])")
_SEVERAL = re.compile(rf" ?{_MARK}[{_MARK} ]*")


@dataclass(frozen=True)
class Phrase:
    """Words as an official writes them in the table, and their folded pieces with a gap between each two."""

    words: str
    pieces: tuple[str, ...]

    def stands_in(self, text: str) -> bool:
        """Whether it stands anywhere in a folded text."""
        first = self.pieces[0]
        return any(self.stands_at(text, at) for at in range(len(text)) if text.startswith(first, at))

    def stands_at(self, text: str, at: int) -> bool:
        """Whether it begins there: its first piece, then each other one within the gap."""
        first, *more = self.pieces
        end = at + len(first)
        if not text.startswith(first, at):
            return False
        for piece in more:
            found = text.find(piece, end, end + GAP + len(piece))
            if found < 0:
                return False
            end = found + len(piece)
        return True


@dataclass(frozen=True)
class Rule:
    """One line of the table."""

    name: str
    points: int
    needs: frozenset[str]
    unless: frozenset[str]
    phrases: tuple[Phrase, ...]
    why: str


@dataclass(frozen=True)
class Told:
    """A rule that counted for a title, and the words of it that stand there first in the order of the table."""

    rule: Rule
    words: str

    @property
    def reason(self) -> tuple[str, int]:
        return f"{self.rule.name}「{self.words}」", self.rule.points


@cache
def rules() -> tuple[Rule, ...]:
    """The table, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(_rule(row) for row in csv.DictReader(lines))


@cache
def version() -> str:
    """Twelve hexadecimal digits that change with the table and with ``ENOUGH``."""
    return hashlib.sha256(TABLE.read_bytes() + str(ENOUGH).encode()).hexdigest()[:12]


def tell(title: str) -> list[Told]:
    """The rules that count for a title, with zero points too, in the order of the table."""
    text = folded(title)
    for phrase in rules()[0].phrases:
        text = text.replace(phrase.pieces[0], " ")
    first: dict[str, int] = {}
    for at in range(len(text)):
        for rule, place, phrase in (*_index().get(text[at], ()), *_index().get(text[at : at + 2], ())):
            if place < first.get(rule, place + 1) and phrase.stands_at(text, at):
                first[rule] = place
    hits = [rule for rule in rules() if rule.name in first]
    counts = [rule for rule in hits if rule.needs <= first.keys() and not rule.unless & first.keys()]
    return [Told(rule, rule.phrases[first[rule.name]].words) for rule in counts]


def score(title: str) -> tuple[int, Reasons]:
    """The points of a title, and (name of a rule with its words, points) that made them, as the table orders them."""
    reasons = [told.reason for told in tell(title) if told.rule.points]
    return sum(points for _, points in reasons), reasons


def folded(title: str) -> str:
    """The title as rules read it: folded, one mark for brackets and the like, no spaces but between Latin words."""
    plain = unicodedata.normalize("NFKC", title[:LONGEST])[:LONGEST]  # ㌖ alone becomes six letters
    return _SEVERAL.sub(_MARK, _LETTERS.sub(_as_one, _close(f"{_MARK}{plain}{_MARK}")))


def rule_name(reason: str) -> str:
    """The rule that a reason names."""
    return reason.partition("「")[0]


def current() -> Rules:
    """The rules as collecting applies them."""
    return Rules(score, ENOUGH, version())


def _rule(row: dict[str, str]) -> Rule:
    phrases = tuple(phrase(words) for words in _list(row["words"]))
    return Rule(
        row["name"], int(row["points"]), frozenset(_list(row["needs"])), frozenset(_list(row["unless"])), phrases, row["why"]
    )


def phrase(words: str) -> Phrase:
    """Words as the table has them."""
    return Phrase(words, tuple(_close(piece) for piece in words.split("…")))


def _close(text: str) -> str:
    """Folded, without the spaces that say nothing, each part of DX-CIO a word of its own."""
    return _SPACES.sub("", _JOINED.sub("\x02\x01", fold(text.translate(_MARKS))))


def _list(words: str) -> list[str]:
    return words.split("、") if words else []


@cache
def _index() -> dict[str, list[tuple[str, int, Phrase]]]:
    """The first two letters of a phrase (or its only one): the rule, the place among its words, the phrase."""
    found: dict[str, list[tuple[str, int, Phrase]]] = {}
    for rule in rules()[1:]:
        for place, phrase in enumerate(rule.phrases):
            found.setdefault(phrase.pieces[0][:2], []).append((rule.name, place, phrase))
    return found


def _as_one(letters: re.Match[str]) -> str:
    """``D X`` as ``DX``."""
    return f"\x01{re.sub('[^a-z]', '', letters.group())}\x02"
