"""Which passages of a text differ from what it said before, in units of words, so that what changed is read and not searched for."""

import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher

from jobboard.base.fields import FieldType
from jobboard.domain.changes import Change

_WORDS = re.compile(r"[0-9０-９][0-9０-９,.]*|[A-Za-zＡ-Ｚａ-ｚ]+|[ァ-ヺー]+|[一-鿿々〆]+|[ぁ-ゟ]|\s+|.", re.DOTALL)
_SHORTEST = 2
"""Characters between two changed passages below which they are one: single particles left standing make a text unreadable."""
_ALIKE = 0.3
"""Below this share of common text (difflib ratio) it is another text, and marked as a whole."""
_PAIRS = 30_000
"""Pairs of equal words up to which two texts are compared word by word: the time that difflib takes grows with them."""


@dataclass(frozen=True)
class Passage:
    """A piece of a text; ``changed``: the other text does not have it."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Compared:
    """One field before and after. The passages are empty where the value is another as a whole."""

    name: str
    label: str
    old: str
    new: str
    before: tuple[Passage, ...] = ()
    after: tuple[Passage, ...] = ()


def compared(change: Change) -> Compared:
    """The change with its passages, for texts that are still alike."""
    textual = change.field.type in (FieldType.TEXT, FieldType.LONG_TEXT)
    before, after = passages(change.old, change.new) if textual else ((), ())
    return Compared(change.field.name, change.label, change.old, change.new, before, after)


def passages(old: str, new: str) -> tuple[tuple[Passage, ...], tuple[Passage, ...]]:
    """Both texts in passages, which joined give the text again; nothing for texts that have little in common."""
    first, second = _WORDS.findall(old), _WORDS.findall(new)
    same = _same(first, second)
    if 2 * sum(len("".join(first[a : a + size])) for a, _, size in same) < _ALIKE * (len(old) + len(new)) or not same:
        return (), ()
    before, after = [], []
    a = b = 0
    for start, other, size in [*same, (len(first), len(second), 0)]:
        before += [Passage("".join(first[a:start]), True), Passage("".join(first[start : start + size]), False)]
        after += [Passage("".join(second[b:other]), True), Passage("".join(second[other : other + size]), False)]
        a, b = start + size, other + size
    return tuple(one for one in before if one.text), tuple(one for one in after if one.text)


def _same(first: list[str], second: list[str]) -> list[tuple[int, int, int]]:
    """Where the two lists of words agree: (place in the first, place in the second, how many), without crumbs."""
    head = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second)))
    rest = min(len(first), len(second)) - head
    pairs = zip(reversed(first), reversed(second), strict=False)
    tail = min(next((n for n, (a, b) in enumerate(pairs) if a != b), rest), rest)
    middle, other = first[head : len(first) - tail], second[head : len(second) - tail]
    found = [(0, 0, head), *((a + head, b + head, size) for a, b, size in _alike(middle, other))]
    found.append((len(first) - tail, len(second) - tail, tail))
    return [one for one in found if len("".join(first[one[0] : one[0] + one[2]])) >= _SHORTEST]


def _alike(first: list[str], second: list[str]) -> list[tuple[int, int, int]]:
    many = Counter(second)
    if sum(many[word] for word in first) > _PAIRS:
        return []
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    return [(one.a, one.b, one.size) for one in blocks if one.size]
