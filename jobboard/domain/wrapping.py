"""Plain text for mail: lines of at most 36 full-width columns, with the simplest rule of Japanese line breaking."""

import re
import unicodedata
from collections.abc import Iterator

COLUMNS = 72
"""Half-width columns of a line."""

_NOT_FIRST = frozenset("、。,.・:;!?)」』】〕)]}ー々っゃゅょッャュョぁぃぅぇぉァィゥェォ~〜…%,.!?:;、。」・")
"""What may not begin a line (行頭禁則); it hangs at the end of the line before."""

_NOT_LAST = frozenset("(「『【〔([{「")
_HANGING = 4
"""Columns that punctuation may hang out of a line."""

_UNBROKEN = re.compile(r"https?://|\{\{[0-9a-f-]{32,36}[:-]")
_UNIT = re.compile(r"[!-~]+|\s+|.", re.DOTALL)


def width(text: str) -> int:
    """Columns that ``text`` takes: two for each full-width character."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)


def wrap(text: str, *, indent: str = "", columns: int = COLUMNS) -> str:
    """``text`` in lines of at most ``columns`` (plus hanging punctuation), each after ``indent``.

    A word of Latin letters, digits and signs is broken only when it is longer than a line; URLs and places never are.
    """
    room = columns - width(indent)
    return "\n".join(indent + line if line else "" for typed in text.split("\n") for line in _wrap_line(typed, room))


def _wrap_line(text: str, room: int) -> list[str]:
    lines = [""]
    for unit in _units(text, room):
        over = width(lines[-1]) + width(unit) - room
        if over > 0 and lines[-1] and (unit[0] not in _NOT_FIRST or over > _HANGING):
            carried = ""
            while lines[-1] and lines[-1][-1] in _NOT_LAST:
                lines[-1], carried = lines[-1][:-1], lines[-1][-1] + carried
            lines[-1] = lines[-1].rstrip()
            lines.append(carried)
            unit = unit.lstrip()
        lines[-1] += unit
    return [line.rstrip() for line in lines]


def _units(text: str, room: int) -> Iterator[str]:
    """What stays together on a line."""
    for unit in _UNIT.findall(text):
        whole = len(unit) <= room or _UNBROKEN.search(unit)
        yield from [unit] if whole else (unit[start : start + room] for start in range(0, len(unit), room))


def shorten(text: str, most: int) -> str:
    """At most ``most`` characters on one line, the last one 「…」 when something was left out."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
