"""Where a reader's own words and links will stand in a mail, until it is made at the sending (decisions.md, Tokens).

Mails also hold text that others wrote. A placeholder bears what they cannot know: while a mail is written a secret of this
process, and once it is a row the uuid of that row, drawn after the text was. Anything else stays text.
"""

import re
import secrets

_SECRET = secrets.token_hex(16)
_MARK = re.compile(rf"\{{\{{{_SECRET}-([a-z0-9-]{{1,40}})\}}\}}")
_LINK = re.compile(rf"\{{\{{{_SECRET}:([a-z_]{{1,20}}):([0-9]{{1,15}}):([0-9]{{1,9}})\}}\}}")

Link = tuple[str, int, int]
"""Purpose, subject id, generation."""


def mark(name: str) -> str:
    """The place of the words or the link ``name`` in a text that several readers share."""
    return f"{{{{{_SECRET}-{name}}}}}"


def place(purpose: str, subject_id: int, generation: int) -> str:
    """The place of one link in a text for one reader; ``seal`` gives it a name."""
    return f"{{{{{_SECRET}:{purpose}:{subject_id}:{generation}}}}}"


def seal(words: str, uuid: str, links: dict[str, Link]) -> str:
    """Binds the places to the row of this uuid and adds to ``links`` those that it names; the secret is stored nowhere."""

    def named(found: re.Match[str]) -> str:
        link = (found[1], int(found[2]), int(found[3]))
        name = next((name for name, one in links.items() if one == link), f"link-{len(links)}")
        links[name] = link
        return place_of(name, uuid)

    return _MARK.sub(lambda found: place_of(found[1], uuid), _LINK.sub(named, words))


def place_of(name: str, uuid: str) -> str:
    """A place as it stands in a row."""
    return f"{{{{{uuid}:{name}}}}}"


def pattern(uuid: str) -> re.Pattern[str]:
    """Finds (spaces before it when it begins a line, else None; name) of each place that was sealed for this row."""
    return re.compile(rf"(?:(?m:^)( *))?\{{\{{{re.escape(uuid)}:([a-z0-9_-]{{1,40}})\}}\}}")
