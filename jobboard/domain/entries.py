"""What one posting's events become for one reader: one entry of a mail, old → new against what the reader last saw."""

from collections.abc import Sequence
from dataclasses import dataclass

from jobboard.base.content import Content, from_json
from jobboard.base.showing import show, show_monthly, show_pay, show_workdays
from jobboard.base.states import EventKind
from jobboard.base.wording import japanese_instant, short_instant
from jobboard.domain import changes, link_alone
from jobboard.domain.wrapping import shorten
from jobboard.models import ChangeEvent, Posting, Version

LONGEST_VALUE = 80
"""Characters of one value in a mail; the page has all of it."""

_TOLD_WHOLE = (EventKind.PUBLISHED, EventKind.REOPENED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One posting in one mail: what happened in a ``word``, ``facts`` (label, value), ``changes`` (label, old, new), ``notes`` whole sentences."""

    posting_id: int
    kind: EventKind
    word: str
    place: str
    municipality: str
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    changes: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[str, ...] = ()


def entry(events: Sequence[ChangeEvent], told: Version | None) -> Entry:
    """The entry of one posting's ``events`` in their order, for a reader last told of the version ``told`` (None: never)."""
    last = events[-1]
    new = from_json(last.version.content)
    old = told or events[0].previous
    kind = collapsed_kind([event.kind for event in events])
    differing = _differences(from_json(old.content), new) if old is not None and kind is not EventKind.PUBLISHED else ()
    municipality = last.posting.municipality
    return Entry(
        posting_id=last.posting_id,
        kind=kind,
        word=link_alone.word(last) if kind is last.kind else kind.label,
        place=municipality.full_name,
        municipality=municipality.name,
        title=f"{'【リンクのみ】' if new.is_link_only else ''}{shorten(new.text('title'), 80)}",
        facts=(_link(last.posting, new) if new.is_link_only else _facts(new)) if kind in _TOLD_WHOLE else (),
        changes=differing,
        notes=tuple(_notes(events, kind, differing)),
    )


def collapsed_kind(kinds: Sequence[EventKind]) -> EventKind:
    """What several events of one posting amount to: how it ended, else that it is new or open again, else the change."""
    if kinds[-1] in link_alone.ENDINGS:
        return kinds[-1]
    for weighty in (EventKind.PUBLISHED, EventKind.REOPENED, EventKind.AMENDED, EventKind.EXTENDED):
        if weighty in kinds:
            return weighty
    return kinds[-1]


def _facts(content: Content) -> tuple[tuple[str, str], ...]:
    monthly = show_monthly(content)
    pay = f"{show_pay(content)}({monthly})" if monthly else show_pay(content)
    facts = (
        ("任用・契約形態", show("engagement", content)),
        ("報酬", pay),
        ("日数", show_workdays(content)),
        ("場所", show("work_place", content)),
        ("リモート", show("remote", content)),
        ("副業", show("side_job", content)),
        ("締切", deadline(content)),
    )
    return tuple((label, shorten(value, LONGEST_VALUE)) for label, value in facts if value != "―")


def _link(posting: Posting, content: Content) -> tuple[tuple[str, str], ...]:
    """All that is told of a posting of which only the link is known."""
    found = japanese_instant(posting.collected_at) if posting.collected_at else ""
    told = (("公式ページ", content.text("official_url")), ("収集日時", found))
    return tuple((label, value) for label, value in told if value)


def deadline(content: Content) -> str:
    """The closing instant in full, or how the call ends without one."""
    instant = content.instant("apply_by")
    return japanese_instant(instant) if instant else show("apply_by_kind", content)


def _differences(old: Content, new: Content) -> tuple[tuple[str, str, str], ...]:
    before, after = old.instant("apply_by"), new.instant("apply_by")
    rows = []
    for change in changes.public(changes.difference(old, new)):
        if change.field.name == "apply_by" and before and after and before.year == after.year:
            rows.append(("締切", short_instant(before), short_instant(after)))
        else:
            label = "締切" if change.field.name == "apply_by" else change.label
            rows.append((label, shorten(change.old, LONGEST_VALUE), shorten(change.new, LONGEST_VALUE)))
    return tuple(rows)


def _notes(events: Sequence[ChangeEvent], kind: EventKind, differing: tuple[object, ...]) -> list[str]:
    last = events[-1]
    said = shorten(last.summary, 200)
    if kind in link_alone.ENDINGS and last.posting.link_only:
        return [shorten(link_alone.ending(last.posting), 300)]
    if kind is EventKind.WITHDRAWN:
        return [f"募集は中止されました。{f'理由: {said}' if said else ''}"]
    if kind is EventKind.CLOSED:
        reason = last.posting.closed_reason
        return [f"募集は終了しました{f'({reason.label})' if reason else ''}。{said}"]
    if kind in (EventKind.AMENDED, EventKind.EXTENDED) and not differing:
        return ["前回お知らせした内容に戻りました。"]
    summaries = dict.fromkeys(shorten(event.summary, 200) for event in events if event.summary)
    return [] if kind is EventKind.PUBLISHED else list(summaries)
