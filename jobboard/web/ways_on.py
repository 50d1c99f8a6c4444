"""Where to go on from an error: links that help in this very case. They read no row, for the database may be what failed."""

import difflib
from collections.abc import Mapping
from urllib.parse import unquote, urlencode

from flask import request
from werkzeug.datastructures import MultiDict

from jobboard.base.errors import InvalidQuery, NotFound
from jobboard.domain import criteria
from jobboard.domain.listing import parse_page, parse_sort

Way = tuple[str, str]
"""(text of the link, address)."""

PLACES: Mapping[str, str] = {
    "/postings": "募集を探す",
    "/changes": "更新情報",
    "/municipalities": "自治体から探す",
    "/subscribe": "メールで受け取る",
    "/help": "使い方",
    "/about": "このサイトについて",
    "/privacy": "個人情報の取扱い",
    "/accessibility": "アクセシビリティ",
    "/terms": "利用規約",
    "/data": "オープンデータ",
    "/api": "API",
    "/login": "自治体担当者の方(ログイン)",
}
"""Pages that a mistyped address may have meant."""

_ALIKE = 0.6


def ways_on(error: Exception) -> list[Way]:
    """The ways on from ``error`` at this request's address; none where the page's own advice is all there is."""
    if isinstance(error, InvalidQuery):
        return _without_the_wrong_part(error)
    if getattr(error, "code", 404) == 429:
        return [("急ぐときは、パスワードの再設定のメールを受け取る(届いたリンクは、今すぐ開けます)", "/forgot")]
    return _near() if getattr(error, "code", 404) == 404 else []


def _without_the_wrong_part(error: InvalidQuery) -> list[Way]:
    """The same page less every condition that it cannot read."""
    left = request.args.copy()
    wrong: InvalidQuery | None = error
    while wrong is not None and wrong.parameter in left:
        del left[wrong.parameter]
        wrong = _next_wrong(left)
    kept = urlencode([pair for pair in left.items(multi=True) if pair[1]])
    text = "読み取れない条件を外して見る" if kept else "条件を付けずに見る"
    return [(text, f"{request.path}?{kept}" if kept else request.path)] if wrong is None else []


def _next_wrong(args: MultiDict[str, str]) -> InvalidQuery | None:
    try:
        criteria.parse(args.to_dict(flat=False))
        parse_sort(args.get("sort", ""))
        parse_page(args.get("page", ""))
    except InvalidQuery as wrong:
        return wrong
    except NotFound:
        pass
    return None


def _near() -> list[Way]:
    """The first page of a list that is shorter, the list of what a number was not found in, or pages with a like address."""
    if request.endpoint and "page" in request.args:
        kept = urlencode([pair for pair in request.args.items(multi=True) if pair[0] != "page" and pair[1]])
        return [("この一覧の最初のページを見る", f"{request.path}?{kept}" if kept else request.path)]
    first = "/" + request.path.strip("/").partition("/")[0]
    if first == "/municipalities":
        return [("市区町村の一覧から探す", first)]
    alike = difflib.get_close_matches(first[:40].lower(), PLACES, n=3, cutoff=_ALIKE)
    return [(PLACES[place], place) for place in alike if place != "/postings"]


def searched() -> str:
    """Words for the search box: what a mistyped address says in Japanese, for /青葉市 most likely means the town."""
    last = unquote(request.path).rstrip("/").rpartition("/")[2]
    return last[:50] if last and not last.isascii() and last.isprintable() else ""
