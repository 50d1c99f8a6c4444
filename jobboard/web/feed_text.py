"""What a version says in a feed. It is written once for each content: a content never changes, so neither does its text."""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from jobboard.base.choice import Choice
from jobboard.base.content import Content, from_json, public_fields
from jobboard.base.showing import show_pay
from jobboard.base.text import clean
from jobboard.base.vocabulary import Explicit
from jobboard.domain.changes import Change
from jobboard.web.posting_view import shown
from jobboard.web.rows import deadline_text

REMEMBERED = 500
"""Contents whose text is kept, about 20 KB each; the feeds that readers ask for carry the same hundred again and again."""

_UNBEARABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
"""What ``clean`` leaves and XML 1.0 §2.2 cannot hold, however it is escaped."""
_CATEGORIES = ("role", "engagement", "themes")

LINK_ONLY, LINK_ENDED = "リンクのみ(内容は公式ページで確かめてください)", "リンクのみ(このサイトへの掲載は終わりました)"
"""What is told of a posting of which only the link is known, or was."""

Names = tuple[tuple[str, str], ...]
"""Code and full name of each municipality that a joint recruitment names."""


@dataclass(frozen=True)
class Category:
    """One category: ``kind`` is the column of the data dictionary in which ``code`` stands."""

    kind: str
    code: str
    label: str


@dataclass(frozen=True)
class FeedText:
    """A content with its words: ``title`` and ``summary`` are one line of plain text, ``html`` is every public field."""

    title: str
    summary: str
    html: str
    categories: tuple[Category, ...]
    content: Content


def feed_text(stored: Mapping[str, Any], names: Mapping[str, str]) -> FeedText:
    """The text of a stored content. ``names`` holds the full names of the municipalities that it may name."""
    together = stored.get("co_municipalities", ())
    known = tuple((code, names[code]) for code in together if code in names)
    return _written(json.dumps(stored, ensure_ascii=False), known)


@lru_cache(REMEMBERED)
def _written(stored: str, names: Names) -> FeedText:
    content = from_json(json.loads(stored))
    return FeedText(
        title=one_line(content.text("title")),
        summary=_summary(content),
        html=_facts(content, dict(names)),
        categories=tuple(_categories(content)),
        content=content,
    )


def one_line(text: str) -> str:
    """One line that XML can hold: what was typed is cleaned when it comes in, and once more where it would break a feed."""
    return " ".join(_bearable(clean(text)).split())


def lines(text: str) -> str:
    """Escaped HTML of a text, each line on its own."""
    return _escaped(_bearable(text))


def _bearable(text: str) -> str:
    return _UNBEARABLE.sub("", text)


def _escaped(text: str) -> str:
    return html.escape(clean(text)).replace("\n", "<br>")


def paragraph(text: str) -> str:
    """A paragraph of HTML; nothing for an empty text."""
    return f"<p>{lines(text)}</p>" if text.strip() else ""


def changes_html(changed: Iterable[Change]) -> str:
    """Old → new as a list; nothing when nothing changed."""
    rows = [
        f"<li>{lines(one.label)}: <del>{lines(one.old)}</del> → <ins>{lines(one.new)}</ins></li>" for one in changed
    ]
    return f"<p>変更点</p><ul>{''.join(rows)}</ul>" if rows else ""


def changes_text(changed: Iterable[Change]) -> str:
    """Old → new in one line."""
    return " / ".join(f"{one.label}: {one_line(one.old)} → {one_line(one.new)}" for one in changed)


def who_speaks(municipality: str) -> str:
    """Who recruits, and that the ministry takes no part in it."""
    name = lines(municipality)
    return f"<p>募集の主体は{name}です。応募・選考は{name}が直接行い、総務省は選考に関与しません。</p>"


def _facts(content: Content, names: Mapping[str, str]) -> str:
    rows = (
        f"<dt>{field.label_for(content.engagement)}</dt><dd>{_value(shown(field, content[field.name], names))}</dd>"
        for field in public_fields(content)
    )
    return _bearable(f"<dl>{''.join(rows)}</dl>")


def _value(value: str | Markup | Sequence[str]) -> str:
    if isinstance(value, Markup):
        return str(value)
    return _escaped(value if isinstance(value, str) else "、".join(value))


def _summary(content: Content) -> str:
    if content.is_link_only:
        return link_line(content)
    parts = [
        show_pay(content),
        content.engagement.label if content.engagement else "",
        f"締切 {deadline_text(content)}",
    ]
    return " / ".join(part for part in parts if part and part != "―")


def link_line(content: Content) -> str:
    """What a link alone says in one line."""
    return LINK_ONLY if content.text("official_url") else LINK_ENDED


def _categories(content: Content) -> Iterable[Category]:
    for name in _CATEGORIES:
        value = content.get(name, ())
        for member in value if isinstance(value, tuple) else (value,):
            if isinstance(member, Choice) and not isinstance(member, Explicit):
                yield Category(name, str(member), member.label)
