"""Finding the feed of a municipality by the address of any of its pages. Nothing is written; at most a dozen pages are fetched."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from jobboard.base import feed_links, feed_reading
from jobboard.base.charsets import text_of
from jobboard.base.collecting import Fetched
from jobboard.base.feed_reading import Feed
from jobboard.base.fetching import FetchPage, NotFetched

MOST_TRIED = 12


@dataclass
class Discovery:
    """``feeds`` by their addresses; ``tried``: what was fetched in vain, and why, one line each."""

    feeds: dict[str, Feed] = field(default_factory=dict)
    tried: dict[str, str] = field(default_factory=dict)


def discover(fetch: FetchPage, url: str, *, now: datetime, plain_http: bool = False) -> Discovery:
    """The feed at the address, else those that its page names, else those it links to, else one on a usual path.

    Raises ``NotFetched`` when the address itself cannot be fetched.
    """
    found = Discovery()
    answer = fetch(url, plain_http=plain_http)
    try:
        found.feeds[answer.url] = feed_reading.read(answer, now=now)
        return found
    except NotFetched as failure:
        if failure.outcome is not Fetched.NOT_A_FEED:
            raise
        found.tried[answer.url] = failure.words
    page = text_of(answer.body, answer.content_type)
    for addresses in (feed_links.named(page, answer.url), feed_links.linked(page, answer.url)):
        _try(found, fetch, addresses, now, plain_http)
        if found.feeds:
            return found
    _try(found, fetch, feed_links.usual(answer.url), now, plain_http, enough=1)
    return found


def _try(
    found: Discovery, fetch: FetchPage, addresses: Iterable[str], now: datetime, plain_http: bool, *, enough: int = MOST_TRIED
) -> None:
    for url in addresses:
        if len(found.feeds) >= enough or len(found.feeds) + len(found.tried) >= MOST_TRIED:
            return
        if url in found.tried or url in found.feeds:
            continue
        try:
            answer = fetch(url, plain_http=plain_http)
            found.feeds[answer.url] = feed_reading.read(answer, now=now)
        except NotFetched as failure:
            found.tried[url] = failure.words
