"""募集のお知らせ: the words of one mail. The text part is whole by itself; links are placeholders until it is sent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobboard.base.states import EventKind
from jobboard.domain import placeholders
from jobboard.domain.entries import Entry
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.notices import AUTOMATIC
from jobboard.domain.wrapping import shorten, width, wrap

MOST_REFERENCES = 20

MOST_SHARED = 3
"""Criteria of which a mail bears the link for a colleague to whom it is forwarded."""

LEAVE, MANAGE = placeholders.mark("leave"), placeholders.mark("manage")
"""Where a reader's own links go in a text that several readers share."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What readers are told in the same words; the criteria's words and the links have places of their own.

    ``thread`` (uuids of postings) runs beside ``entries``; ``criteria``: how many, at most one more than are shared;
    ``mark``: 【見本】 or empty.
    """

    entries: tuple[Entry, ...]
    thread: tuple[str, ...]
    criteria: int
    letterhead: Letterhead
    mark: str = ""
    heading: str = placeholders.mark("heading")
    leave: str = LEAVE
    manage: str = MANAGE

    @property
    def several(self) -> bool:
        """Whether the mail answers several criteria: then each entry says which."""
        return self.criteria > 1

    @property
    def shared(self) -> int:
        """For how many criteria a forwarded mail offers a subscription."""
        return min(self.criteria, MOST_SHARED)

    def share(self, number: int) -> str:
        """The place of the address where a colleague subscribes to the same criteria."""
        return placeholders.mark(f"share-{number}")

    def matched(self, number: int) -> str:
        """The place of the criteria that an entry meets; empty when the heading says it."""
        return placeholders.mark(f"matched-{number}") if self.several else ""

    @property
    def speaker(self) -> str:
        """Who recruits: stands in every mail (posting-fields.md, Who speaks)."""
        names = dict.fromkeys(entry.municipality for entry in self.entries)
        who = next(iter(names)) if len(names) == 1 else "各市区町村"
        operator = self.letterhead.operator
        return f"募集の主体は{who}です。応募・選考は{who}が直接行い、{operator}は選考に関与しません。"

    @property
    def leave_label(self) -> str:
        return "すべての条件の配信を停止する" if self.several else "配信を停止する"

    def less(self, entry: Entry) -> str:
        """Where the reader asks to hear nothing of a municipality any more, or only of one kind of change."""
        return f"{self.manage}/less/{entry.posting_id}/{entry.kind}"

    def is_short(self, old: str, new: str) -> bool:
        """Whether a difference reads well on one line."""
        return width(old) + width(new) <= 48

    def url(self, entry: Entry) -> str:
        return f"{self.letterhead.base_url}/postings/{entry.posting_id}"


def heading(count: int, criteria: Sequence[str]) -> str:
    """The mail's first line, of one reader's criteria in words."""
    told = f"のお知らせ({count}件)"
    if len(criteria) == 1:
        return f"条件「{criteria[0]}」に合う募集{told}"
    return f"登録した{len(criteria)}つの条件に合う募集{told}"


def matched(reasons: Iterable[str]) -> str:
    """Which criteria an entry meets."""
    return f"合った条件 {'、'.join(f'「{words}」' for words in reasons)}"


def subject(notice: Notice) -> str:
    """Who and what first: 「青葉市ほか3件:CIO補佐官(全庁DX推進)、締切延長…」."""
    first, *rest = notice.entries
    what = shorten(first.title, 40)
    if first.kind is not EventKind.PUBLISHED:
        what = f"{first.word} {what}"
    if not rest:
        return f"{notice.mark}{first.municipality}:{what}"
    kinds = list(dict.fromkeys(entry.word for entry in rest))
    more = "…" if len(rest) > 1 else ""
    return f"{notice.mark}{first.municipality}ほか{len(rest)}件:{what}、{'・'.join(kinds[:2])}{more}"


def headers(notice: Notice) -> dict[str, str]:
    """One-click leaving (RFC 8058), the list's name (RFC 2919), and one thread per posting."""
    host = notice.letterhead.host
    thread = [f"<posting-{uuid}@{host}>" for uuid in notice.thread[:MOST_REFERENCES]]
    reply = {"In-Reply-To": thread[0]} if len(notice.thread) == 1 else {}
    return {
        "List-Unsubscribe": f"<{notice.leave}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Id": f"<notices.{host}>",
        "Precedence": "bulk",
        **AUTOMATIC,
        **reply,
        "References": " ".join(thread),
    }


def write(notice: Notice) -> str:
    """The text part (look.md, Mail). A place that begins a line is wrapped when it is filled."""
    parts = [notice.heading, ""]
    for index, entry in enumerate(notice.entries):
        parts += _entry(notice, entry)
        parts += [f"  {notice.matched(index)}"] if notice.several else []
        parts += [f"  {notice.url(entry)}", f"  このお知らせを減らす: {notice.less(entry)}", ""]
    parts += ["-" * 40, f"条件を変える・休む: {notice.manage}"]
    parts += [f"{notice.leave_label}: {notice.leave}", "  (開いた画面のボタンを押すまで停止されません)"]
    parts += ["転送で受け取った方も、同じ条件で登録できます:"]
    parts += [f"  {notice.share(number)}" for number in range(notice.shared)]
    parts += ["", wrap(notice.speaker), "", wrap(notice.letterhead.foot()), ""]
    return "\n".join(parts)


def _entry(notice: Notice, entry: Entry) -> list[str]:
    lines = [wrap(f"■ {entry.word} {entry.place} {entry.title}")]
    lines += [wrap(note, indent="  ") for note in entry.notes]
    labels = [label for label, *_ in (*entry.changes, *entry.facts)]
    longest = max((width(label) for label in labels if width(label) <= 20), default=0)
    for label, old, new in entry.changes:
        lines += _change(notice, label, old, new, longest)
    for label, value in entry.facts:
        lines.append(_row(label, value, longest))
    return lines


def _change(notice: Notice, label: str, old: str, new: str, longest: int) -> list[str]:
    """Side by side when both are short, else one below the other."""
    if notice.is_short(old, new):
        return [_row(label, f"{old} → {new}", longest)]
    return [f"  {label}", wrap(f"前: {old}", indent="    "), wrap(f"後: {new}", indent="    ")]


def _row(label: str, value: str, longest: int) -> str:
    """「  締切  5月29日… → 6月12日…」; values line up, also where they go on."""
    space = " " * max(0, longest - width(label))
    first, *rest = wrap(value, columns=72 - 4 - max(longest, width(label))).split("\n")
    indent = " " * (4 + max(longest, width(label)))
    return "\n".join([f"  {label}{space}  {first}", *(indent + line for line in rest)])
