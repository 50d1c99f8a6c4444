"""候補 in the review area: what was found on municipalities' sites, one of them with all that can be done, what changed since."""

from collections.abc import Callable, Sequence

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from jobboard.base.clock import japan_date
from jobboard.base.collecting import ItemState
from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.fields import BY_NAME
from jobboard.base.reading import read
from jobboard.base.showing import show_value
from jobboard.base.states import State
from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import (
    candidates,
    confirming,
    confirming_letters,
    following_up,
    link_letters,
    notices,
    prefectures,
    standing,
    taking,
    title_facts,
)
from jobboard.domain.letterhead import Letterhead
from jobboard.domain.meanwhile import Act
from jobboard.models import SourceItem
from jobboard.web.narrowed import narrowed_page
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("candidates", __name__, url_prefix="/review/candidates")
blueprint.add_app_template_filter(japanese_date)

MOVED = "画面を開いたあとに状態が変わりました。いまの状態を下に示します。"
WHY = {
    confirming.ASKED: "画面を開いたあとに、市区町村に確認のメールを送っています。もう一度送ると、前のメールのリンクは使えなくなります。",
    confirming.ANSWERED: "画面を開いたあとに、市区町村が「掲載しない」と答えました。新しい確認のメールは送っていません。もう一度送ると、答え直せます。",
    taking.BEGUN: "下書きが使い始められたので、取りやめられません。",
}
"""What a decision came too late for, by the word of ``WrongState``; else ``MOVED``."""

NOT_ASKED = {
    confirming.AGREED: "市区町村は、すでに「掲載してよい」と答えています。",
    confirming.HELD: "市区町村の担当者が、掲載を依頼した募集です。もう確かめることはありません。",
    confirming.OVER: "このサイトへの掲載は終わっています。もう確かめることはありません。",
    confirming.UNWANTED: "見送った候補なので、市区町村には確かめません。",
}
"""Why no question is mailed."""


@blueprint.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """The tabs of the review area say how many wait."""
    state.app.jinja_env.globals["candidates_waiting"] = lambda: candidates.waiting(db.session())
    state.app.jinja_env.globals["candidates_flagged"] = lambda: following_up.count(db.session())
    state.app.jinja_env.globals["candidate_open_until"] = candidates.open_until
    state.app.jinja_env.globals["candidate_differs"] = taking.differs
    state.app.jinja_env.globals["at_prefecture_yet"] = lambda posting: prefectures.holds(db.session(), posting)
    state.app.jinja_env.globals["flag_differences"] = following_up.differences


@blueprint.get("")
@staff("candidate:review")
def queue() -> ResponseReturnValue:
    counts = candidates.counts(db.session())
    return narrowed_page("candidates/queue.html", candidates.VIEWS, candidates.listed, counts, now=now())


@blueprint.get("/flagged")
@staff("candidate:review")
def flagged() -> ResponseReturnValue:
    newest = standing.newest(db.session())
    items = following_up.flagged(db.session())
    return render_template("candidates/flagged.html", items=items, marks={item.id: standing.mark(item, newest) for item in items})


@blueprint.get("/<int:item_id>")
@staff("candidate:review")
def one(item_id: int) -> ResponseReturnValue:
    return _show(candidates.find(db.session(), item_id))


def _show(item: SourceItem, gaps: Incomplete | None = None, *, moved: str = "", acts: Sequence[Act] = ()) -> str:
    """The page, with what was typed in its forms and why it was not done; ``acts``: what others did meanwhile."""
    errors = [(problem.field, problem.message) for problem in gaps.problems] if gaps else []
    posting, held = item.posting, confirming.nothing_left(db.session(), item) == confirming.HELD
    return render_template(
        "candidates/candidate.html",
        item=item,
        posting=posting,
        place=item.source.municipality,
        seen=standing.mark(item, standing.newest(db.session())),
        now=now(),
        twins=candidates.twins(db.session(), item),
        told=_told(item),
        asking=_asking(item),
        may_take=posting is None and item.agreed is not False,
        may_publish=item.agreed is not False and (posting is None or posting.state is State.DRAFT) and not held,
        may_dismiss=taking.may_dismiss(item),
        may_restore=item.state is ItemState.DISMISSED,
        may_drop=taking.is_untouched(db.session(), posting),
        may_end=posting is not None and posting.link_only and posting.state is State.PUBLISHED and posting.pending_id is None,
        is_flagged=following_up.is_flagged(item),
        written=request.form,
        errors=errors,
        wrong={field: [sentence] for field, sentence in errors},
        moved=moved,
        acts=acts,
    )


def _asking(item: SourceItem) -> dict[str, object]:
    """What the part of the page on asking the municipality shows."""
    session = db.session()
    return {
        "addresses": confirming.addresses(session, item),
        "typed_choice": confirming.TYPED,
        "not_to": NOT_ASKED.get(confirming.not_to_ask(session, item), ""),
        "held": confirming.nothing_left(session, item) == confirming.HELD,
        "mark": confirming.mark_of(item),
        "to_tell": confirming.to_tell(session, item, now()),
        "stands": confirming.is_asked(item, now()),
        "untold": confirming_letters.is_shown(item) and item.invited_at is None,
        "has_editors": bool(notices.editors_of(session, item.source.municipality_code)),
    }


def _told(item: SourceItem) -> list[tuple[str, str]]:
    """(label, answer) of what the title says for certain."""
    content, _ = read(title_facts.typed(title_facts.facts(item.title, item.dated or japan_date(item.first_seen_at))))
    return [(BY_NAME[name].label, show_value(BY_NAME[name], value)) for name, value in content.items()]


def _letterhead() -> Letterhead:
    return Letterhead.of(current_app.config["BOARD"])


def _why(wrong: WrongState) -> str:
    """Why an act was not done."""
    if wrong.state in NOT_ASKED:
        return f"{NOT_ASKED[wrong.state]}メールは送りませんでした。"
    return WHY.get(wrong.state, MOVED)


def _acts(item: SourceItem, wrong: WrongState) -> Sequence[Act]:
    """Who did what meanwhile."""
    if wrong.state == taking.BEGUN:
        return standing.begun(db.session(), item)
    return standing.since(db.session(), item, request.form.get("seen", ""))


def _who_goes_on(item: SourceItem) -> str:
    """Who can write a draft on."""
    if notices.editors_of(db.session(), item.source.municipality_code):
        return "市区町村の担当者が続きを書けます。"
    return "市区町村には利用中の担当者がまだいません。担当者が登録すると、続きを書けます。"


def _act(item_id: int, act: Callable[[SourceItem], str]) -> ResponseReturnValue:
    """Does it to the item as it stands now; what was typed comes back with what is wrong. ``act`` returns what to say."""
    item = candidates.find(db.session(), item_id, lock=True)
    try:
        said = act(item)
    except WrongState as wrong:
        db.session.rollback()
        item = candidates.find(db.session(), item_id)
        return _show(item, moved=_why(wrong), acts=_acts(item, wrong)), 409
    except Incomplete as gaps:
        db.session.rollback()
        return _show(candidates.find(db.session(), item_id), gaps), 422
    flash(said, "success")
    return redirect(url_for(".flagged") if "list" in request.form else url_for(".one", item_id=item_id), 303)


def _decide(item_id: int, act: Callable[[SourceItem], str]) -> ResponseReturnValue:
    """``_act``, if the item still stands as the form saw it."""

    def decide(item: SourceItem) -> str:
        standing.require(item, request.form.get("seen", ""))
        return act(item)

    return _act(item_id, decide)


@blueprint.post("/<int:item_id>/draft")
@staff("candidate:review")
def draft(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        taking.draft(db.session(), item, again="again" in request.form, by=signed_in(), now=now())
        place = item.source.municipality
        return f"{place.name}の下書きを作りました。{_who_goes_on(item)}"

    return _decide(item_id, act)


@blueprint.post("/<int:item_id>/publish")
@staff("candidate:review")
def publish(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        taking.publish(db.session(), item, again="again" in request.form, by=signed_in(), now=now())
        told = confirming.tell(db.session(), item, by=signed_in(), letterhead=_letterhead(), now=now())
        if told is None:
            return f"「リンクのみ」で掲載しました。連絡先も利用中の担当者もないので、{item.source.municipality.name}には知らせていません。"
        if told:
            return f"「リンクのみ」で掲載しました。{told} に、知らせて掲載の確認をお願いするメールを送ります。"
        return "「リンクのみ」で掲載しました。市区町村は「掲載してよい」と答えているので、メールは送りません。"

    return _decide(item_id, act)


@blueprint.post("/<int:item_id>/invite")
@staff("candidate:review")
def invite(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        address = confirming.invite(
            db.session(), item, mark=request.form.get("mark", ""), chosen=request.form.get("to", ""), typed=request.form.get("email", ""),
            by=signed_in(), letterhead=_letterhead(), now=now(),
        )  # fmt: skip
        return f"{address} に、掲載の確認のお願いを送ります。リンクは14日間有効です。"

    return _act(item_id, act)


@blueprint.post("/<int:item_id>/dismiss")
@staff("candidate:review")
def dismiss(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        taking.dismiss(db.session(), item, reason=request.form.get("reason", ""), by=signed_in(), now=now())
        return "候補を見送りました。"

    return _decide(item_id, act)


@blueprint.post("/<int:item_id>/end")
@staff("candidate:review")
def end(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        taking.end(db.session(), item, reason=request.form.get("reason", ""), by=signed_in(), now=now())
        if item.posting is not None:
            link_letters.ended(db.session(), item.posting, letterhead=Letterhead.of(current_app.config["BOARD"]), now=now())
        return "「リンクのみ」の掲載を終えました。"

    return _decide(item_id, act)


@blueprint.post("/<int:item_id>/restore")
@staff("candidate:review")
def restore(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        taking.restore(db.session(), item, by=signed_in(), now=now())
        return "候補に戻しました。"

    return _decide(item_id, act)


@blueprint.post("/<int:item_id>/drop")
@staff("candidate:review")
def drop(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        taking.drop_draft(db.session(), item, by=signed_in(), now=now())
        confirming.renew(db.session(), item, by=signed_in(), letterhead=_letterhead(), now=now())
        return "下書きを取りやめ、候補に戻しました。"

    return _decide(item_id, act)


@blueprint.post("/<int:item_id>/follow")
@staff("candidate:review")
def follow(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        was_confirmed = item.agreed
        taking.follow(db.session(), item, by=signed_in(), now=now())
        confirming.renew(db.session(), item, by=signed_in(), letterhead=_letterhead(), now=now())
        again = "市区町村が確認したのは前のものなので、確認済みの表示を外しました。もう一度メールで確かめられます。"
        return f"掲載中の題名とリンクを、新しいものに直しました。読む人にメールでは知らせません。{again if was_confirmed else ''}"

    return _decide(item_id, act)


@blueprint.post("/<int:item_id>/look")
@staff("candidate:review")
def look(item_id: int) -> ResponseReturnValue:
    def act(item: SourceItem) -> str:
        following_up.look(db.session(), item, by=signed_in(), now=now())
        return f"「{item.title}」を確認しました。"

    return _decide(item_id, act)
