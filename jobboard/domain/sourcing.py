"""収集元 as people keep them: added, stopped with a reason, set going again."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.collecting import Fetched
from jobboard.base.errors import Incomplete, NotFound, Problem
from jobboard.base.fetching import NotFetched
from jobboard.base.text import clean
from jobboard.base.web_addresses import canonical, fault, readable
from jobboard.domain import audit
from jobboard.domain.collecting import again_at, first_at
from jobboard.models import Account, Board, Municipality, Source

LONGEST_REASON = 200
PLAIN_HTTP = "plain_http"
"""The key of the problem that an address is http and nobody allowed it."""

_LATER = "URLを確かめ、正しければ、あとでもう一度試してください。"
_ADVICE = {
    Fetched.UNREACHABLE: _LATER,
    Fetched.SLOW: _LATER,
    Fetched.REFUSED: _LATER,
    Fetched.FORBIDDEN: "このサイトは機械での読み取りを断っているので、収集元にはできません。",
    Fetched.ADDRESS: "転送先が、公開された https:// のページかを確かめてください。",
    Fetched.REDIRECTS: "転送された先のURLを書いてください。",
}


@dataclass
class Known(Incomplete):
    """The address is a source already, in this or another spelling: the one with this ``number``."""

    number: int = 0


def add(
    session: Session, code: str, url: str, *, title: str = "", page_url: str = "", plain_http: bool = False,
    by: Account | None, now: datetime,
) -> Source:  # fmt: skip
    """A new source of a municipality; it is fetched within the hour. ``plain_http``: a person knows that there is no https.

    ``page_url`` is where it was found. Raises ``NotFound`` for an unknown municipality, ``Incomplete`` for an address that is never
    connected to, ``Known`` for one that is a source already.
    """
    if session.get(Municipality, code) is None:
        raise NotFound
    url, page = clean(url), clean(page_url)
    refuse(url, plain_http=plain_http, field="feed")
    if page and fault(page):
        raise Incomplete([Problem("url", fault(page))])
    session.get(Board, 1, with_for_update=True)  # so that two who add the same feed at the same moment do not both
    refuse_known(session, url)
    source = Source(
        municipality_code=code, url=readable(url), title=clean(title)[:200], page_url=page, plain_http=_is_http(url),
        created_at=now, created_by_id=by.id if by else None, next_at=first_at(url, now),
    )  # fmt: skip
    session.add(source)
    session.flush()
    audit.record(session, "source:add", "source", source.id, by=by, now=now, municipality=code)
    return source


def refuse(url: str, *, plain_http: bool, field: str = "url") -> None:
    """Raises ``Incomplete`` for an address that is never connected to, and for http unless a person allows it."""
    if wrong := fault(url):
        raise Incomplete([Problem(field, wrong)])
    if _is_http(url) and not plain_http:
        words = "http:// のURLです。https:// で読めないことを確かめたら、下の「http:// で読む」に印を付けてください。"
        raise Incomplete([Problem(field, words, key=PLAIN_HTTP)])


def refuse_known(session: Session, url: str) -> None:
    """Raises ``Known`` for an address that is a source already, in whatever spelling."""
    there = known(session, url)
    if there is not None:
        name = f"「{there.title}」" if there.title else ""
        words = f"このフィードは、すでに収集元にあります: 収集元 {there.id} {there.municipality.full_name}{name} {there.url}"
        raise Known([Problem("feed", words)], there.id)


def known(session: Session, url: str) -> Source | None:
    """The source with this address, in whatever spelling and scheme."""
    sought = canonical(url)
    every = session.execute(select(Source.id, Source.url).order_by(Source.id))
    return next((session.get_one(Source, number) for number, other in every if canonical(other) == sought), None)


def pause(session: Session, number: int, *, reason: str, by: Account | None, now: datetime) -> tuple[Source, str | None]:
    """Nothing is fetched until it is resumed; one that is stopped gets the new reason, and has then not stopped itself any more.

    The source, and why it was stopped before, None when it was not. Raises ``NotFound``, and ``Incomplete`` without a reason.
    """
    source = _get(session, number)
    why = " ".join(clean(reason).split())
    if not why or len(why) > LONGEST_REASON:
        raise Incomplete([Problem("reason", f"止める理由を{LONGEST_REASON}字以内で書いてください(例: サイトの移転のため)。")])
    before = _stopped_for(source)
    if before != why:
        if before is not None:
            source.failures, source.failing_since = 0, None
        source.paused_at, source.paused_for = source.paused_at or now, why
        audit.record(session, "source:pause", "source", source.id, by=by, now=now)
    return source, before


def resume(session: Session, number: int, *, by: Account | None, now: datetime) -> tuple[Source, str | None]:
    """Fetches it again within the hour and an hour after the last time, its failures forgotten. Who resumes an http address lists it
    as one. The source, and why it was stopped, None when it was not. Raises ``NotFound``."""
    source = _get(session, number)
    before = _stopped_for(source)
    if before is not None:
        source.paused_at, source.paused_for = None, ""
        source.failures, source.failing_since = 0, None
        source.plain_http = _is_http(source.url)
        source.next_at = again_at(source, now)
        audit.record(session, "source:resume", "source", source.id, by=by, now=now)
    return source, before


def told_of_failure(failure: NotFetched) -> str:
    """Why nothing was read at an address that was tried, and what to do."""
    return f"読めませんでした({failure.outcome.label})。{failure.words}{_ADVICE.get(failure.outcome, 'フィードのURLを確かめてください。')}"


def told_of_pause(source: Source, before: str | None) -> str:
    """What ``pause`` did, in a sentence."""
    if before is None:
        return "収集元を止めました。"
    if before == source.paused_for:
        return f"この収集元は、すでに止めています(理由: {before})。何も変えていません。"
    return f"この収集元は、すでに止めています。理由を「{before.removesuffix('。')}」から「{source.paused_for}」に書き換えました。"


def told_of_resume(before: str | None) -> str:
    """What ``resume`` did, in a sentence."""
    return "この収集元は、すでに動いています。何も変えていません。" if before is None else "収集元を動かしました。1時間以内に読みます。"


def _stopped_for(source: Source) -> str | None:
    return source.paused_for if source.paused_at is not None else None


def _get(session: Session, number: int) -> Source:
    source = session.get(Source, number, with_for_update=True)
    if source is None:
        raise NotFound
    return source


def _is_http(url: str) -> bool:
    return url.lower().startswith("http://")
