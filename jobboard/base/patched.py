"""A body in base64 of which only the lines that differ from reader to reader are encoded anew."""

import binascii
from collections.abc import Mapping, Sequence
from itertools import groupby

Pieces = tuple[str, ...]
"""Words that are the same for all, and between them (at the odd places) the places of what is each reader's own."""

Fills = Mapping[str, str]
"""By place, what stands there for one reader; a place that is missing here stays as it is written."""

OCTETS = 57
"""In a line of 76 characters (RFC 2045, 6.8)."""

PLANS = 8
"""Layouts that are kept: what fills a place is nearly always of one length."""

_Window = list["bytes | int"]
"""Lines to encode: constant octets, and the numbers of the places between them."""


class Body:
    """UTF-8 with CRLF line ends in base64, lines of 76 characters. ``pieces`` have the line ends already."""

    def __init__(self, pieces: Pieces) -> None:
        self._constant = [piece.encode() for piece in pieces[::2]]
        self._places = pieces[1::2]
        self._plans: dict[tuple[int, ...], list[bytes | _Window]] = {}

    def encoded(self, fills: Fills) -> bytes:
        words = [fills.get(place, place).encode() for place in self._places]
        lengths = tuple(map(len, words))
        plan = self._plans.get(lengths)
        if plan is None:
            plan = self._plan(lengths)
            if len(self._plans) < PLANS:
                self._plans[lengths] = plan
        return b"".join([part if isinstance(part, bytes) else _lines(part, words) for part in plan])

    def _plan(self, lengths: Sequence[int]) -> list[bytes | _Window]:
        """Lines that are the same for all fills of these lengths, encoded, and between them windows."""
        starts, whole = [], bytearray(self._constant[0])
        for length, following in zip(lengths, self._constant[1:], strict=True):
            starts.append(len(whole))
            whole += bytes(length) + following
        differing = {
            line for start, length in zip(starts, lengths, strict=True)
            for line in range(start // OCTETS, (start + length - 1) // OCTETS + 1)
        }  # fmt: skip
        plan: list[bytes | _Window] = []
        for differs, group in groupby(range(-(-len(whole) // OCTETS)), differing.__contains__):
            lines = list(group)
            first, last = lines[0] * OCTETS, (lines[-1] + 1) * OCTETS
            if not differs:
                plan.append(in_lines(bytes(whole[first:last])))
                continue
            window: _Window = []
            for number, (start, length) in enumerate(zip(starts, lengths, strict=True)):
                if first <= start < last:
                    window += [bytes(whole[first:start]), number]
                    first = start + length
            plan.append([*window, bytes(whole[first:last])])
        return plan


def _lines(window: _Window, words: Sequence[bytes]) -> bytes:
    return in_lines(b"".join([words[part] if isinstance(part, int) else part for part in window]))


def in_lines(octets: bytes) -> bytes:
    """Base64 in lines, each with its end."""
    letters = binascii.b2a_base64(octets, newline=False)
    lines = [letters[start : start + 76] for start in range(0, len(letters), 76)]
    return b"\r\n".join((*lines, b""))
