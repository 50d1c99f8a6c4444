"""市区町村 for the ministry: all of them with account, postings, feeds and contact; the page of one; the table as a file."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.clock import in_japan
from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete
from jobboard.database import db
from jobboard.domain import audit, changeover, contact, drafting, listing, permissions, roster, sources, succession
from jobboard.domain.roster import FACETS, Line, Wanted
from jobboard.models import Municipality
from jobboard.web import unknown
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.table import table_of
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_municipalities", __name__, url_prefix="/ministry/municipalities")

PAGE = 50
HEADS = (
    "コード", "都道府県", "郡", "市区町村", "読み", "前の名前", "区分", "公式サイト", "担当課", "電話番号", "メールアドレス",
    "アカウント", "利用中の人数", "招待中の人数", "最後のログイン", "公開中の募集", "過去の募集", "フィード", "止めているフィード", "廃止の日", "後継のコード",
    "同意した規約の版",
)  # fmt: skip


@blueprint.get("")
@staff("municipality:read")
def municipality_list() -> ResponseReturnValue:
    wanted, session = roster.read(request.args.get), db.session()
    unknown.tell(request.args, {"pref": wanted.pref, **{name: wanted.facets.get(name) for name in roster.FACETS}})
    every = roster.lines(session, now=now())
    among = roster.narrowed(every, wanted)
    found = roster.met(among, wanted)
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, request.args.get("page", 1, type=int)), pages)
    return render_template(
        "ministry/municipalities.html", lines=found[(page - 1) * PAGE : page * PAGE], total=len(found), page=page, pages=pages,
        facets=_facets(wanted, roster.counts(among, wanted)), wanted=wanted, asked=_asked(wanted),
        url=lambda number: _address(wanted, page=number), totals=roster.by_prefecture(every),
        prefectures=[("", "すべて"), *PREFECTURES.items()], **_may(),
    )  # fmt: skip


@blueprint.post("/export")
@staff("municipality:export")
def export() -> ResponseReturnValue:
    """All that was asked for, as a table. A POST, for it takes addresses of persons away and the audit tells of it."""
    wanted, session = roster.read(request.form.get), db.session()
    found = roster.met(roster.narrowed(roster.lines(session, now=now()), wanted), wanted)
    audit.record(
        session, "municipality:export", "municipality", "", by=signed_in(), now=now(), prefecture=wanted.pref, rows=len(found)
    )
    answer = Response(table_of(HEADS, map(_cells, found)), content_type="text/csv; charset=utf-8; header=present")
    answer.headers["Content-Disposition"] = f'attachment; filename="municipalities-{in_japan(now()):%Y%m%d-%H%M}.csv"'
    return answer


@blueprint.get("/<code>")
@staff("municipality:read")
def municipality(code: str) -> ResponseReturnValue:
    return _page(listing.municipality(db.session(), code))


@blueprint.post("/<code>/contact")
@staff("municipality:edit")
def set_contact(code: str) -> ResponseReturnValue:
    place = listing.municipality(db.session(), code)
    try:
        changed = contact.set_contact(db.session(), place, request.form, by=signed_in(), now=now())
    except Incomplete as refused:
        return _page(place, refused), 422
    flash("連絡先を保存しました。" if changed else "変わったところはありませんでした。", "success" if changed else "note")
    return redirect(url_for(".municipality", code=place.code), 303)


def _page(place: Municipality, refused: Incomplete | None = None) -> str:
    session = db.session()
    typed = request.form if refused else {name: getattr(place, name) for name in contact.FIELDS}
    return render_template(
        "ministry/municipality.html", place=place, typed=typed,
        errors=[(one.field, one.message) for one in refused.problems] if refused else [],
        holders=roster.holders(session, place.code), postings=roster.postings(session, place),
        title_of=drafting.title_of_version, sources=sources.of(session, place.code), 
        changes=changeover.told(session, succession.listed(session, place.code)), **_may(),
    )  # fmt: skip


def _may() -> dict[str, bool]:
    """What the one who looks may do beside looking."""
    acts = ("municipality:edit", "municipality:succeed", "municipality:export", "account:invite", "account:list")
    return {f"may_{action.partition(':')[2]}": permissions.allowed(signed_in(), action) for action in acts}


def _asked(wanted: Wanted) -> dict[str, str]:
    """The question as a query string's values."""
    asked = {"pref": wanted.pref, "q": wanted.words, **wanted.facets, "ended": "1" if wanted.ended else ""}
    return {name: value for name, value in asked.items() if value}


def _address(wanted: Wanted, **other: object) -> str:
    asked: Mapping[str, object] = _asked(wanted) | other
    return f"{url_for('.municipality_list')}?{urlencode({name: value for name, value in asked.items() if value != ''})}"


def _facets(wanted: Wanted, counts: dict[str, dict[str, int]]) -> list[tuple[str, list[tuple[str, int, str, bool]]]]:
    """Label of each facet, with (word, how many, address, whether it is the present one) of each choice."""
    found = []
    for name, (label, choices) in FACETS.items():
        words = {"": "すべて"} | {str(one): one.label for one in choices}
        present = wanted.facets.get(name, "")
        found.append(
            (label, [(word, counts[name][code], _address(wanted, **{name: code}), code == present) for code, word in words.items()])
        )
    return found


def _cells(line: Line) -> Iterable[str]:
    place: Any = line.place
    signed_in_at = f"{in_japan(line.signed_in_at):%Y-%m-%d %H:%M}" if line.signed_in_at else ""
    return (
        place.code, place.prefecture, place.district, place.name, place.kana, place.former_names, place.kind.label, place.url,
        place.contact_section, place.contact_phone, place.contact_email, line.account.label, str(line.accounts), str(line.invited),
        signed_in_at, str(line.open), str(line.past), str(line.feeds), str(line.paused),
        place.ended_on.isoformat() if place.ended_on else "", place.successor_code or "", place.terms_version,
    )  # fmt: skip
