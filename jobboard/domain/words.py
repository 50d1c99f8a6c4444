"""The words of a search as typed, folded and widened by synonyms (decisions.md, What a search finds)."""

import re
from dataclasses import dataclass, field

from jobboard.base.errors import InvalidQuery
from jobboard.base.text import clean, fold, units

LONGEST = 100
MOST_WORDS = 10

SYNONYMS = (
    ("CIO補佐官", "最高情報統括責任者補佐官", "CDO補佐官"),
    ("副業", "複業", "兼業"),
    ("テレワーク", "リモート", "在宅"),
    ("DX", "デジタルトランスフォーメーション"),
)
"""Words that stand for each other. A word in quotation marks, and one that is excluded, is taken literally."""

_BY_WORD = {fold(word): group for group in SYNONYMS for word in group}
_PIECE = re.compile(r'(?P<minus>[-－−‐‑‒–])?(?:["＂“”](?P<phrase>[^"＂“”]*)["＂“”]?|(?P<word>[^\s、，"＂“”]+))')


@dataclass(frozen=True, slots=True)
class Word:
    """One condition: any of ``forms`` (folded) stands in a field; none of them does when ``excluded``.

    ``spoken`` are the same forms as people write them, for marking what was found.
    """

    forms: tuple[str, ...]
    excluded: bool = False
    spoken: tuple[str, ...] = field(default=(), compare=False)


def parse_words(typed: str) -> tuple[Word, ...]:
    """The words of ``typed``: all must be met. Spaces part them, "…" keeps a phrase, a hyphen in front excludes.

    What folds to nothing is left out. Raises ``InvalidQuery`` beyond 100 characters or ten words, and for signs alone:
    a search for 😀 must not mean everything.
    """
    found = [_word(piece) for piece in _PIECE.finditer(clean(typed))] if len(typed) <= LONGEST else []
    # A compatibility character may fold to many: the index keeps phrases whole up to LONGEST units.
    if len(typed) > LONGEST or any(len(units(form)) > LONGEST for word in found for form in word.forms):
        raise InvalidQuery("q", typed[:LONGEST], f"キーワードは{LONGEST}字以内で入力してください。")
    words = tuple(dict.fromkeys(word for word in found if word.forms[0]))
    if clean(typed) and not words:
        raise InvalidQuery("q", typed, "キーワードに、探せる文字がありません。文字か数字を入力してください。")
    if len(words) > MOST_WORDS:
        raise InvalidQuery("q", typed, f"キーワードは{MOST_WORDS}語以内で入力してください。")
    return words


def _word(piece: re.Match[str]) -> Word:
    excluded, phrase = piece["minus"] is not None, piece["phrase"]
    typed = phrase if phrase is not None else piece["word"]
    literal = excluded or phrase is not None
    spoken = (typed,) if literal else _BY_WORD.get(fold(typed), (typed,))
    return Word(tuple(dict.fromkeys(fold(one) for one in spoken)), excluded, spoken)
