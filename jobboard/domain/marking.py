"""Where the words of a search stand in a text as it is shown, for marking them.

A word is looked for as it was typed first; only where that finds nothing the text is folded, piece by piece, to see what of it
the folded word is (髙橋 for 高橋, ユーザ for ユーザー).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from jobboard.base.text import fold
from jobboard.domain.words import Word

Span = tuple[int, int]
AROUND = 30
"""Characters shown on either side of the first word of a snippet."""

FOLDED = 2_000
"""Characters of a text that are folded to find a word that does not stand in it as typed."""

_TOKEN = r"[A-Za-z0-9Ａ-Ｚａ-ｚ０-９](?:[A-Za-z0-9Ａ-Ｚａ-ｚ０-９+#]|[/&.'_-](?=[A-Za-z0-9]))*"
_PIECE = re.compile(_TOKEN + r"|\S[゛゜ﾞﾟー\u3099\u309a\ufe00-\ufe0f\U000e0100-\U000e01ef]*|\s")


def spans(text: str, words: Iterable[Word]) -> list[Span]:
    """Begin and end of every place in ``text`` at which a wanted word stands, in order, without overlaps."""
    found = [span for word in words if not word.excluded for span in _places(text, word)]
    joined: list[Span] = []
    for begin, end in sorted(found):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def snippet(texts: Iterable[str], words: Sequence[Word]) -> tuple[str, list[Span]]:
    """The surroundings of the first place, in the first text that has one, and the spans within; empty when none has."""
    for text in texts:
        first = next(iter(spans(text, words)), None)
        if first is not None:
            begin, end = max(0, first[0] - AROUND), min(len(text), first[1] + AROUND)
            cut = " ".join(text[begin:end].split())
            shown = f"{'…' if begin else ''}{cut}{'…' if end < len(text) else ''}"
            return shown, spans(shown, words)
    return "", []


def _places(text: str, word: Word) -> list[Span]:
    lower = text.lower() if len(text.lower()) == len(text) else text
    forms = [unicodedata.normalize("NFKC", spoken).lower() for spoken in word.spoken]
    places = ((at.span(), form) for form in forms for at in re.finditer(re.escape(form), lower))
    found = [span for span, form in places if _is_whole(lower, span, form)]
    if found:
        return found
    beginning = text[:FOLDED]
    folded = fold(beginning)
    return _folded_places(beginning, word) if any(form in folded for form in word.forms) else []


def _is_whole(text: str, span: Span, wanted: str) -> bool:
    """Whether the word's edges are not inside a longer Latin token (base/text._UNIT): AI is not in AIDS, nor C in C#."""
    before, after = text[max(0, span[0] - 2) : span[0]][::-1], text[span[1] : span[1] + 2]
    return not ((_in_token(wanted[0]) and _goes_on(before)) or (_in_token(wanted[-1]) and _goes_on(after)))


def _goes_on(neighbours: str) -> bool:
    near, far = neighbours[:1], neighbours[1:2]
    return _in_token(near) or (near != "" and near in "/&.'_-" and _in_token(far))


def _in_token(character: str) -> bool:
    return character != "" and character.isascii() and (character.isalnum() or character in "+#")


def _folded_places(text: str, word: Word) -> list[Span]:
    pieces = [(at.start(), at.end(), fold(at.group())) for at in _PIECE.finditer(text)]
    folded = "".join(piece for _, _, piece in pieces)
    ends = _running([len(piece) for _, _, piece in pieces])
    found: list[Span] = []
    for form in word.forms:
        at = folded.find(form)
        while at >= 0:
            first, last = _piece_at(ends, at), _piece_at(ends, at + len(form) - 1)
            found.append((pieces[first][0], pieces[last][1]))
            at = folded.find(form, at + len(form))
    return found


def _running(lengths: Sequence[int]) -> list[int]:
    total, ends = 0, []
    for length in lengths:
        total += length
        ends.append(total)
    return ends


def _piece_at(ends: Sequence[int], place: int) -> int:
    return next(number for number, end in enumerate(ends) if end > place)
