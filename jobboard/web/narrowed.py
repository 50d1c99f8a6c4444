"""The page of a list that domain/narrowed narrows: views, filters, the rows and the way to the next ones."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from jobboard.base.codes import PREFECTURES
from jobboard.database import db
from jobboard.domain.narrowed import Page, Views, Wanted, wanted
from jobboard.web.numbers import small


def narrowed_page(
    template: str,
    views: Views,
    listed: Callable[[Session, Wanted, int], Page[Any]],
    counts: dict[str, int],
    **told: object,
) -> str:
    """What the present address asks for. ``counts``: rows by the word of the view; ``told``: more for the template."""
    asked = wanted(request.args.get, views)
    page = listed(db.session(), asked, request.args.get("page", 1, type=small))

    def address(number: int) -> str:
        return f"{url_for(request.endpoint or '')}?{urlencode({'view': asked.view, **asked.asked(), 'page': number})}"

    return render_template(
        template, page=page, wanted=asked, counts=counts, address_of_page=address,
        views=[(name, label) for name, (label, _) in views.items()], prefectures=[("", "すべて"), *PREFECTURES.items()], **told,
    )  # fmt: skip
