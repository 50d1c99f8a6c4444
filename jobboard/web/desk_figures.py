"""The figures of a posting at the desk: one small chart and the table that says the same."""

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from jobboard.database import db
from jobboard.domain import drafting, permissions, reach
from jobboard.domain.figures_of_posting import Week, figures
from jobboard.domain.versions import current_content
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("desk_figures", __name__, url_prefix="/desk/postings/<int:posting_id>")

WIDTH, HEIGHT, BASE = 360, 180, 150
"""Of the chart, in its own units; the bars stand on ``BASE``, the names of the weeks below it."""
BAR = 10


@dataclass(frozen=True)
class Bar:
    """A rectangle of the chart. ``kind``: views, told, or few where the number is not told."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Group:
    """One week of the chart: the middle of its bars, its name (empty where names would collide), and the bars."""

    middle: float
    name: str
    bars: list[Bar]


@blueprint.get("/figures")
@staff("posting:read_draft")
def shown(posting_id: int) -> ResponseReturnValue:
    posting = permissions.find_posting(db.session(), signed_in(), "posting:read_draft", posting_id)
    current_content(posting)
    found = figures(db.session(), posting, now=now())
    return render_template(
        "desk/figures.html",
        posting=posting,
        title=drafting.title(posting),
        figures=found,
        told=reach.told,
        groups=_groups(found.weeks),
        highest=_highest(found.weeks),
        size=(WIDTH, HEIGHT, BASE),
    )


def _highest(weeks: list[Week]) -> int:
    """The number at the top of the chart; what is not told does not raise it."""
    return max([1, *(week.views for week in weeks), *(week.told for week in weeks if week.told >= reach.FEWEST)])


def _groups(weeks: list[Week]) -> list[Group]:
    highest, step = _highest(weeks), WIDTH / len(weeks)
    every = 2 if len(weeks) > 6 else 1
    groups = []
    for number, week in enumerate(weeks):
        middle = round(step * (number + 0.5), 1)
        bars = [_bar("views", middle - BAR - 1, week.views, highest)]
        few = week.told < reach.FEWEST
        bars.append(_bar("few", middle + 1, 0, highest) if few else _bar("told", middle + 1, week.told, highest))
        name = f"{week.begins_on.month}/{week.begins_on.day}" if (len(weeks) - 1 - number) % every == 0 else ""
        groups.append(Group(middle, name, [bar for bar in bars if bar.height]))
    return groups


def _bar(kind: str, x: float, value: int, highest: int) -> Bar:
    """As high as its value; where the number is not told, a low one of always the same height."""
    height = 3.0 if kind == "few" else round((BASE - 16) * value / highest, 1)
    return Bar(kind, round(x, 1), round(BASE - height, 1), BAR, height)
