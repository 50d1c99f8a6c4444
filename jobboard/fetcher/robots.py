"""robots.txt as RFC 9309 reads it: the group of our own name, else of everybody; the longest rule decides, allowing ones first."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote

LARGEST = 512_000
"""Bytes that are read, however many there are; RFC 9309 section 2.5 asks for 500 kibibytes."""

MOST_RULES = 2_000


@dataclass
class Rules:
    """(path pattern, whether it allows) of the group that speaks to us; none: everything is allowed."""

    lines: list[tuple[str, bool]] = field(default_factory=list)

    def allow(self, path: str) -> bool:
        """Whether the path, with its query, may be fetched."""
        path = _plain(path)
        found = [(len(pattern), allows) for pattern, allows in self.lines if _matches(pattern, path)]
        return max(found)[1] if found else True


def read(body: bytes, agent: str) -> Rules:
    """The rules for an agent of this name in the body of a robots.txt, whatever it is."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    names: list[str] = []
    ruled = False
    for line in body[:LARGEST].decode("utf-8", "replace").lstrip("\ufeff").splitlines():
        key, colon, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if not colon:
            continue
        if key == "user-agent":
            names, ruled = ([] if ruled else names), False
            names.append(value.partition("/")[0].strip().lower())
            groups.setdefault(names[-1], [])
        elif key in ("allow", "disallow"):
            ruled = True
            for name in names:
                if value and len(groups[name]) < MOST_RULES:
                    groups[name].append((_plain(value), key == "allow"))
    return Rules(groups.get(agent.lower(), groups.get("*", [])))


def _plain(path: str) -> str:
    """One way to write each character (RFC 9309 section 2.2.2)."""
    return quote(unquote(path), safe="/:@!$&'()*+,;=~-._?%")


def _matches(pattern: str, path: str) -> bool:
    """``*`` stands for any characters, ``$`` for the end; each piece is sought once, from left to right."""
    anchored, pieces = pattern.endswith("$"), pattern.removesuffix("$").split("*")
    if not path.startswith(pieces[0]):
        return False
    at = len(pieces[0])
    last = len(pieces) - 1
    for number, piece in enumerate(pieces[1:], 1):
        if anchored and number == last:
            return path.endswith(piece) and len(path) - len(piece) >= at
        at = path.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return not anchored or at == len(path)
