"""The desk of a municipality: what waits, a new posting, writing and sending in, one posting at a glance, its preview."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from jobboard.base.errors import NotFound
from jobboard.base.fields import FIELDS
from jobboard.base.states import Holder, PublicState
from jobboard.base.wording import days_left, japanese_instant, japanese_opening, short_instant
from jobboard.database import db
from jobboard.domain import (
    agreements,
    attached,
    docket,
    drafting,
    link_alone,
    link_letters,
    permissions,
    prefectures,
    printing,
    reusing,
    stopping,
    waiting,
)
from jobboard.domain.examples import examples
from jobboard.models import Municipality, Posting
from jobboard.web.desk_handing import find, too_late
from jobboard.web.desk_preview import VIEWS, as_page
from jobboard.web.desk_sending import promised, wish
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now
from jobboard.web.writing import ALL, TASKS, editing, save
from jobboard.web.writing_steps import STEPS, address_of

blueprint = Blueprint("desk", __name__, url_prefix="/desk")
for wording in (japanese_instant, short_instant, days_left):
    blueprint.add_app_template_filter(wording)
blueprint.add_app_template_global(address_of, "address_of_field")


@blueprint.get("/")
@staff("posting:read_draft")
def home() -> ResponseReturnValue:
    rows = waiting.desk(db.session(), permissions.visible_postings(signed_in()), now=now(), by=signed_in())
    places = {row.posting.municipality_code for row in rows}
    asked = agreements.asked_of(db.session(), permissions.municipality_codes(signed_in()))
    said = docket.about(db.session(), permissions.visible_postings(signed_in()), now=now())
    return render_template("desk/home.html", rows=rows, said=said, joint=asked, Wait=waiting.Wait, several=len(places) > 1, now=now())


@blueprint.route("/postings/new", methods=["GET", "POST"])
@staff("municipality:post")
def new() -> ResponseReturnValue:
    own = permissions.own_municipalities(signed_in())
    places = list(db.session.scalars(select(Municipality).where(own).order_by(Municipality.code)))
    title, code = request.form.get("title", ""), request.form.get("municipality", "")
    chosen = request.form.get("example", request.args.get("example", ""))
    if request.method == "GET" or not code:
        asked = [] if request.method == "GET" else [("municipality", "募集する市区町村を選んでください。")]
        choices = [(place.code, place.full_name) for place in places]
        page = render_template(
            "desk/new.html", places=places, choices=choices, title=title, errors=asked, chosen=chosen, steps=STEPS.values(),
            examples=[("", "例を使わず、空の下書きから書く"), *((one.slug, one.name) for one in examples().values())],
        )  # fmt: skip
        return page, 422 if asked else 200
    municipality = next((place for place in places if place.code == code), None)
    if municipality is None or (chosen and chosen not in examples()):
        raise NotFound
    example = examples().get(chosen)
    posting = drafting.start(db.session(), municipality, title=title, example=example, by=signed_in(), now=now())
    return redirect(url_for(".edit", posting_id=posting.id), 303)


@blueprint.get("/guide")
@staff("posting:read_draft")
def guide() -> ResponseReturnValue:
    return render_template("desk/guide.html")


@blueprint.get("/postings/<int:posting_id>")
@staff("posting:read_draft")
def overview(posting_id: int) -> ResponseReturnValue:
    posting = find("posting:read_draft", posting_id)
    files = bool(attached.differing(db.session(), [posting])) and drafting.is_editable(posting)
    return render_template(
        "desk/overview.html",
        posting=posting,
        title=drafting.title(posting),
        asked=waiting.asked(db.session(), posting),
        labels={field.name: field.label for field in FIELDS},
        amendment=waiting.has_unsent(db.session(), posting),
        possible=waiting.offered(posting, by=signed_in(), now=now(), files=files),
        relatives=reusing.relatives(db.session(), posting, permissions.visible_postings(signed_in())),
        title_of=drafting.title,
        stop=stopping.stop(db.session(), posting),
        ended_before=link_alone.ending(posting) if link_alone.is_over(posting) and link_letters.writers(db.session(), posting) else "",
        may_copy=permissions.allowed(signed_in(), "posting:copy", posting),
        may_talk=permissions.allowed(signed_in(), "talk:write", posting),
        joint=agreements.of(db.session(), posting),
        at_prefecture=prefectures.waiting(db.session(), posting, now=now()),
        pairs=_facts(posting),
        promise=promised(posting),
        prints=printing.prints(db.session(), posting),
        said=docket.about(db.session(), Posting.id == posting.id, now=now()),
    )


def _facts(posting: Posting) -> list[tuple[str, str]]:
    """Where the posting stands, as labels and texts."""
    way, over_alone = prefectures.way(db.session(), posting.municipality), posting.link_only and posting.closed_at is not None
    state = PublicState.UNLISTED if over_alone else posting.state
    pairs = [("状態", state.label), ("市区町村", posting.municipality.full_name), ("掲載の依頼の届き先", way)]
    instants = (("応募締切", posting.apply_by), ("最後の保存", posting.draft_at), ("終了した日時", posting.closed_at))
    pairs += [("掲載希望日時", japanese_opening(at))] if (at := wish(posting)) else []
    pairs += [(label, japanese_instant(instant)) for label, instant in instants if instant]
    if posting.closed_reason:
        pairs.append(("終了の理由", posting.closed_reason.label))
    if posting.outcome:
        pairs.append(("募集の結果", posting.outcome.label))
    return [*pairs, ("公開した説明", posting.closed_note)] if posting.closed_note else pairs


@blueprint.route("/postings/<int:posting_id>/edit", methods=["GET", "POST"])
@staff("posting:edit")
def edit(posting_id: int) -> ResponseReturnValue:
    if request.method == "POST":
        return _saved(posting_id, TASKS if "part" in request.form else ALL)
    return _shown(posting_id, TASKS)


@blueprint.route("/postings/<int:posting_id>/edit/<part>", methods=["GET", "POST"])
@staff("posting:edit")
def part(posting_id: int, part: str) -> ResponseReturnValue:
    if part not in (ALL, *STEPS):
        raise NotFound
    if request.method == "POST":
        return _saved(posting_id, part)
    return _shown(posting_id, part)


def _saved(posting_id: int, place: str) -> ResponseReturnValue:
    try:
        return save(find("posting:read_draft", posting_id), place)
    except NotFound:
        return too_late(posting_id)


def _shown(posting_id: int, place: str) -> ResponseReturnValue:
    posting = find("posting:read_draft", posting_id)
    handed_over = posting.held_by is Holder.PREFECTURE and permissions.allowed(signed_in(), "posting:take_back", posting)
    if not handed_over and drafting.is_editable(find("posting:edit", posting_id)):
        return editing(posting, place)
    flash("いまは内容を変更できません。この画面で状態と次にできることを確かめてください。", "warning")
    return redirect(url_for(".overview", posting_id=posting.id))


@blueprint.get("/postings/<int:posting_id>/preview")
@staff("posting:read_draft")
def preview(posting_id: int) -> ResponseReturnValue:
    return VIEWS.get(request.args.get("as", ""), as_page)(find("posting:read_draft", posting_id))
