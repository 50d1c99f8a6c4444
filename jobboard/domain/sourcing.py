"""収集元 as people keep them: added, stopped with a reason, set going again."""

from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.errors import Incomplete, NotFound, Problem
from jobboard.base.text import clean
from jobboard.domain import audit
from jobboard.domain.collecting import again_at, first_at
from jobboard.models import Account, Municipality, Source

LONGEST = 500
LONGEST_REASON = 200
_ASKED = "https:// で始まる500字以内のURLを書いてください(例: https://www.city.aoba.example.jp/news.rss)。"


def add(
    session: Session, code: str, url: str, *, title: str = "", page_url: str = "", plain_http: bool = False,
    by: Account | None, now: datetime,
) -> Source:  # fmt: skip
    """A new source of a municipality; it is fetched within the hour. ``plain_http``: a person knows that there is no https.

    Raises ``NotFound`` for an unknown municipality, ``Incomplete`` for an address that is none or is a source already.
    """
    if session.get(Municipality, code) is None:
        raise NotFound
    url = clean(url)
    scheme = _scheme(url)
    if len(url) > LONGEST or scheme not in ("https", "http"):
        raise Incomplete([Problem("url", _ASKED)])
    if scheme == "http" and not plain_http:
        raise Incomplete([Problem("url", "http:// のURLです。https:// で読めないことを確かめたうえで、httpを許してください。")])
    if session.scalar(select(Source.id).where(Source.url == url)) is not None:
        raise Incomplete([Problem("url", "このURLは、すでに収集元にあります。")])
    source = Source(
        municipality_code=code, url=url, title=clean(title)[:200], page_url=page_url[:LONGEST], plain_http=scheme == "http",
        created_at=now, created_by_id=by.id if by else None, next_at=first_at(url, now),
    )  # fmt: skip
    session.add(source)
    session.flush()
    audit.record(session, "source:add", "source", source.id, by=by, now=now, municipality=code)
    return source


def pause(session: Session, number: int, *, reason: str, by: Account | None, now: datetime) -> Source:
    """Nothing is fetched until it is resumed. Raises ``NotFound``, and ``Incomplete`` without a reason."""
    source = _get(session, number)
    why = " ".join(clean(reason).split())
    if not why or len(why) > LONGEST_REASON:
        raise Incomplete([Problem("reason", f"止める理由を{LONGEST_REASON}字以内で書いてください(例: サイトの移転のため)。")])
    if source.paused_at is None:
        source.paused_at, source.paused_for = now, why
        audit.record(session, "source:pause", "source", source.id, by=by, now=now)
    return source


def resume(session: Session, number: int, *, by: Account | None, now: datetime) -> Source:
    """Fetches it again within the hour and an hour after the last time, its failures forgotten. Who resumes an http address lists it as one."""
    source = _get(session, number)
    if source.paused_at is not None:
        source.paused_at, source.paused_for = None, ""
        source.failures, source.failing_since = 0, None
        source.plain_http = _scheme(source.url) == "http"
        source.next_at = again_at(source, now)
        audit.record(session, "source:resume", "source", source.id, by=by, now=now)
    return source


def _get(session: Session, number: int) -> Source:
    source = session.get(Source, number, with_for_update=True)
    if source is None:
        raise NotFound
    return source


def _scheme(url: str) -> str:
    """The scheme of a web address, empty for what is none."""
    try:
        parts = urlsplit(url)
        return parts.scheme if parts.hostname and "@" not in parts.netloc and not any(one.isspace() for one in url) else ""
    except ValueError:
        return ""
