"""統計: figures of any day with their definitions, as pages, as a report on paper, and as files."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from jobboard.base.clock import fiscal_year, japan_date
from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, NotFound, Problem
from jobboard.base.wording import japanese_date, japanese_era, japanese_instant
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain.figures import term as terms
from jobboard.domain.figures.listed import CHAPTERS, DEFINITIONS, FIGURES, Chapter, Tabulation
from jobboard.domain.figures.reading import Reading
from jobboard.domain.figures.tables import UNRECORDED, Table
from jobboard.domain.figures.term import Term
from jobboard.web import figures_charts, figures_files
from jobboard.web.figures_files import COMPARED, Ending, Told
from jobboard.web.prefectures import by_region
from jobboard.web.signing_in import staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_figures", __name__, url_prefix="/ministry/figures")

ALL = "all"
_CODES = tuple(PREFECTURES)
YEARS = 3
"""Fiscal years whose report is offered: the present one and those before it."""


@blueprint.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """How a figure is written."""
    state.app.jinja_env.filters["figure"] = figures_charts.number_text


@blueprint.get("")
@staff("figures:read")
def overview() -> ResponseReturnValue:
    return _page(None, (Tabulation.OVERVIEW,))


@blueprint.get("/<chapter>")
@staff("figures:read")
def chapter(chapter: str) -> ResponseReturnValue:
    if chapter not in list(Chapter):
        raise NotFound
    return _page(Chapter(chapter), CHAPTERS[Chapter(chapter)])


@blueprint.get("/report")
@staff("figures:read")
def report() -> ResponseReturnValue:
    """The whole of a fiscal year, or of one up to a day, for paper."""
    try:
        reading = _reading()
    except Incomplete as wrong:
        return _refused(None, wrong)
    found = [(one, [reading.table(tabulation) for tabulation in CHAPTERS[one]]) for one in Chapter]
    parts = [("主な数字", [reading.overview()]), *((one.label, tables) for one, tables in found)]
    return render_template("ministry/figures_report.html", parts=parts, definitions=DEFINITIONS, **_told(reading), **_drawn(reading))


@blueprint.get("/tables/<table>.<ending>")
@staff("figures:export")
def file(table: str, ending: str) -> ResponseReturnValue:
    """One table, or all of them, as a file."""
    if table not in [ALL, *Tabulation] or ending not in list(Ending):
        raise NotFound
    try:
        reading = _reading()
    except Incomplete as wrong:
        return _refused(None, wrong)
    tables = [reading.table(one) for one in Tabulation if table in (ALL, one)]
    write = figures_files.csv if ending == Ending.CSV else figures_files.xlsx
    answer = Response(write(tables, _told(reading)["told"]), content_type=Ending(ending).content_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="figures-{table}-{reading.term.day:%Y%m%d}.{ending}"'
    return answer


def _reading() -> Reading:
    """Raises ``Incomplete`` for what is no day, and for one before there was any record."""
    reading = Reading(db.session(), terms.read(request.args.get("on", ""), now=now()))
    if reading.began is not None and not reading.has_record(reading.term):
        first = japanese_date(japan_date(reading.began))
        raise Incomplete([Problem("on", f"{japanese_date(reading.term.day)}の時点は、記録なしです。記録の始まる{first}からの日付にしてください。")])
    return reading


def _page(chapter: Chapter | None, tabulations: Sequence[Tabulation]) -> ResponseReturnValue:
    try:
        reading = _reading()
    except Incomplete as wrong:
        return _refused(chapter, wrong)
    tables = [reading.table(one) for one in tabulations]
    return render_template("ministry/figures.html", tables=tables, **_around(chapter), **_told(reading), **_drawn(reading))


def _refused(chapter: Chapter | None, wrong: Incomplete) -> ResponseReturnValue:
    """The form with what was typed and what to do; no figures."""
    errors = [(one.field, one.message) for one in wrong.problems]
    return render_template("ministry/figures.html", tables=[], errors=errors, **_around(chapter)), 400


def _around(chapter: Chapter | None) -> dict[str, Any]:
    today = japan_date(now())
    years = [fiscal_year(today) - number for number in range(YEARS)]
    return {
        "chapter": chapter, "chapters": list(Chapter), "typed": request.args.get("on", ""), "today": today, "endings": list(Ending),
        "years": [(year, terms.end_of_year(year, now=now())) for year in years], "definitions": DEFINITIONS,
    }  # fmt: skip


def _told(reading: Reading) -> dict[str, Any]:
    """The day of the figures in words, for a page and for a file."""
    config: Config = current_app.config["BOARD"]
    this, before = reading.terms
    source = f"{config.site_name}({config.base_url})の記録から集計({japanese_instant(now())}現在)"
    began = f"{japanese_date(japan_date(reading.began))}から。それより前は「{UNRECORDED}」です。" if reading.began else "まだありません。"
    told = Told(_day(this), f"{before.year}年度({japanese_date(before.first)}から{_day(before)}まで)", source, began)
    return {"term": this, "era": japanese_era(this.day), "told": told, "compared": COMPARED, "on": this.day.isoformat(), "figures_of": FIGURES}


def _day(term: Term) -> str:
    return f"{japanese_date(term.day)}24時" if term.whole else japanese_instant(term.until)


def _drawn(reading: Reading) -> dict[str, Any]:
    """How templates draw a table: its chart, or the map."""

    def regions(table: Table) -> Any:
        column = table.charted[0]
        cells = zip(_CODES, table.rows, strict=False)
        return by_region({code: int(row[column] or 0) for code, row in cells})

    return {"chart": figures_charts.of, "regions": regions, "codes": _CODES}
