"""Two to four postings side by side: the same facts as rows, and where they differ said in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from jobboard.base.content import Content, from_json
from jobboard.base.showing import monthly_equivalent
from jobboard.base.wording import about_yen, japanese_instant
from jobboard.database import db
from jobboard.domain import listing
from jobboard.models import Posting
from jobboard.web import filters
from jobboard.web.posting_view import Fact, posting_view
from jobboard.web.transaction import now

blueprint = Blueprint("compare", __name__)

FEWEST, MOST = 2, 4
MOST_OFFERED = 20
"""So many are shown to choose from when too many were asked for: as many as stand on a page of the list."""

_SAME = {"業務を行う場所": "場所", "就業の場所": "場所"}
"""Facts that the law names differently for employment and for contracts."""


@dataclass(frozen=True)
class Row:
    """One fact of all that are compared: (value, note) of each, None where only the link is known.

    ``differs`` when those that can say something do not all say the same.
    """

    label: str
    values: Sequence[tuple[Any, str] | None]

    @property
    def differs(self) -> bool:
        return len({repr(value) for value in self.values if value is not None}) > 1


@blueprint.get("/compare")
def compare() -> ResponseReturnValue:
    """What was asked for as columns; too few or too many are answered with what to do."""
    asked = list(dict.fromkeys(filter(None, request.args.getlist("id"))))
    found = listing.public_postings(db.session(), _numbers(asked[:MOST_OFFERED]))
    back = filters.read_list()
    chosen = [_column(posting, found, back) for posting in found]
    comparable = FEWEST <= len(chosen) <= MOST
    return render_template(
        "board/compare.html",
        chosen=chosen,
        rows=_rows([column["facts"] for column in chosen]) if comparable else [],
        comparable=comparable,
        unknown=len(asked[:MOST_OFFERED]) - len(found),
        asked=len(asked),
        most=MOST,
        list_text=back.text(page=back.page) if back else "",
        list_url=back.url(page=back.page) if back else "/postings",
    )


def _numbers(asked: Sequence[str]) -> list[int]:
    """The ids among what was asked for; anything else is unknown."""
    return [int(one) for one in asked if one.isascii() and one.isdigit() and len(one) < 10]


def _column(posting: Posting, found: Sequence[Posting], back: filters.ListQuery | None) -> dict[str, Any]:
    """The values of templates/board/compare.html of one posting, and the address of the comparison without it."""
    content = from_json(posting.current.content if posting.current else {})
    names = listing.names(db.session(), content.codes("co_municipalities"))
    view = posting_view(posting, content, now(), names)
    left = [("id", str(one.id)) for one in found if one is not posting]
    found_at = japanese_instant(posting.collected_at) if posting.collected_at else ""
    kept = [("list", back.text(page=back.page))] if back else []
    facts = None if content.is_link_only else _facts(view, content)
    return {**view, "id": posting.id, "facts": facts, "found": found_at, "without_url": f"/compare?{urlencode(left + kept)}"}


def _facts(view: dict[str, Any], content: Content) -> dict[str, tuple[Any, str]]:
    """Label to (value, note), in the order in which people compare."""
    monthly = monthly_equivalent(content)
    days = view["days_left"]
    left = "" if days is None else "本日締切" if days <= 0 else f"あと{days}日"
    facts: list[Fact] = []
    for fact in view["summary"]:
        fact = (*fact[:2], left) if fact[0] == "応募締切" else fact
        facts.append(fact[:2] if fact[0] == "報酬" else fact)
        if fact[0] == "報酬":
            facts.append(("月額換算(目安)", "換算できません" if monthly is None else about_yen(monthly)))
    facts += [*view["apply"], *view["conflict"]]
    return {_SAME.get(label, label): (value, "".join(note)) for label, value, *note in facts}


def _rows(columns: Sequence[dict[str, tuple[Any, str]] | None]) -> list[Row]:
    """Every fact that one of them tells; what another does not tell is said to be missing. None: only the link is known."""
    labels = dict.fromkeys(label for column in columns if column is not None for label in column)
    return [Row(label, [None if column is None else column.get(label, ("", "")) for column in columns]) for label in labels]
