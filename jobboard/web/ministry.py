"""The administrators' pages: who has an account, inviting, ending an account."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.states import AccountRole
from jobboard.base.text import clean
from jobboard.config import Config
from jobboard.database import db
from jobboard.domain import accounts, holding, inviting, notices, review_queue, source_list, unused
from jobboard.models import Account, Membership, Municipality
from jobboard.web import unknown
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry", __name__, url_prefix="/ministry")


@blueprint.get("/")
@staff("account:list")
def home() -> ResponseReturnValue:
    session = db.session()
    in_use = select(func.count()).select_from(Account).where(accounts.in_use())
    waiting = select(func.count()).select_from(Account).where(Account.activated_at.is_(None))
    asked = review_queue.waiting(session, now=now())
    figures = [
        ("利用中のアカウント", session.scalar(in_use), ""),
        ("招待中のアカウント", session.scalar(waiting), ""),
        ("掲載確認を待っている募集", len(asked), url_for("review.queue")),
        ("目安の日を過ぎている募集", sum(item.waited.is_late for item in asked), url_for("review.queue", late=1)),
        ("自動で止まった収集元", source_list.stopped(session), url_for("ministry_sources.source_table")),
    ]
    return render_template("ministry/home.html", figures=figures)


@blueprint.get("/accounts")
@staff("account:list")
def account_list() -> ResponseReturnValue:
    role, words = request.args.get("role", ""), clean(request.args.get("q", ""))
    chosen = AccountRole(role) if role in list(AccountRole) else None
    unknown.tell(request.args, {"role": chosen})
    forgotten = [unused.clause(now())] if "unused" in request.args else []
    found = accounts.listed(db.session(), *forgotten, role=chosen, words=words)
    names = place_names([membership for account in found for membership in account.memberships])
    choices = [("", "すべて"), *((str(one), one.label) for one in AccountRole)]
    return render_template(
        "ministry/accounts.html", accounts=found, names=names, role=role, words=words, choices=choices,
        only_unused=bool(forgotten), unused=unused.among(found, now=now()), days=unused.AFTER.days,
    )  # fmt: skip


@blueprint.get("/accounts/invite")
@staff("account:invite")
def invite() -> ResponseReturnValue:
    return _invite_page({"role": AccountRole.EDITOR, "place": clean(request.args.get("place", ""))})


@blueprint.post("/accounts/invite")
@staff("account:invite")
def send_invitation() -> ResponseReturnValue:
    typed = {name: request.form.get(name, "") for name in ("email", "name", "whom", "role", "place", "pref_code")}
    typed["place"] = request.form.get("code") or typed["place"]
    try:
        asked = inviting.read(
            db.session(),
            address=typed["email"], role=typed["role"], place=clean(typed["place"]), pref_code=typed["pref_code"],
        )  # fmt: skip
        to = inviting.whom(db.session(), asked.address, chosen=typed["whom"], name=typed["name"])
        inviting.agree(db.session(), asked, to, ticked="understood" in request.form)
        _invite(asked, to, typed["name"])
    except Incomplete as gaps:
        return _invite_page(typed, gaps), 422
    return redirect(url_for("ministry.account_list"))


@blueprint.post("/accounts/<int:account_id>/invite")
@staff("account:invite")
def invite_again(account_id: int) -> ResponseReturnValue:
    account = _account(account_id)
    held = account.memberships[0] if account.memberships else None
    if held is None or account.activated_at is not None:
        raise NotFound
    place = db.session.get(Municipality, held.municipality_code) if held.municipality_code else None
    _invite(inviting.Invitation(account.email, held.role, place, held.pref_code), account)
    return redirect(url_for("ministry.account_list"))


@blueprint.get("/accounts/<int:account_id>/deactivate")
@staff("account:deactivate")
def deactivate(account_id: int) -> ResponseReturnValue:
    return _deactivate_page(account_id)


def _deactivate_page(account_id: int) -> str:
    account = _account(account_id)
    return render_template("ministry/deactivate.html", account=account, last=holding.is_only_administrator(db.session(), account))


@blueprint.post("/accounts/<int:account_id>/deactivate")
@staff("account:deactivate")
def end_account(account_id: int) -> ResponseReturnValue:
    account = _account(account_id)
    accounts.deactivate(db.session(), account, by=signed_in(), now=now())
    flash(f"{named(account)}の利用を停止しました。", "success")
    return redirect(url_for("ministry.account_list"))


def _invite(asked: inviting.Invitation, to: Account | None, name: str = "") -> None:
    """The account, and the mail that it needs unless it is in use already. ``to`` None: somebody new of this name."""
    config: Config = current_app.config["BOARD"]
    account = accounts.invite(
        db.session(), asked.address, asked.role, to=to, name=name,
        municipality=asked.municipality, pref_code=asked.pref_code, by=signed_in(), now=now(),
    )  # fmt: skip
    if account.activated_at is not None:
        flash(f"{named(account)}はすでに利用しているので、役割を加えました。", "success")
        return
    notices.invitation(db.session(), account, base_url=config.base_url, site=config.site_name, now=now())
    flash(f"{named(account)}に招待のメールを送りました。リンクは7日間有効です。", "success")


def _invite_page(typed: dict[str, str], gaps: Incomplete | None = None) -> str:
    errors = [(problem.field, problem.message) for problem in gaps.problems] if gaps else []
    names = db.session.scalars(select(Municipality).where(Municipality.ended_on.is_(None)).order_by(Municipality.code))
    return render_template(
        "ministry/invite.html", typed=typed, errors=errors,
        roles=[(str(one), one.label) for one in AccountRole], prefectures=[("", "選んでください"), *PREFECTURES.items()],
        names=[municipality.full_name for municipality in names],
        caution=gaps.why if isinstance(gaps, inviting.Cautioned) else "",
        there=[(str(one.id), _adding(one)) for one in gaps.persons] if isinstance(gaps, accounts.Several) else [],
        choices=[(one.code, f"{one.full_name}({one.code})") for one in gaps.choices] if isinstance(gaps, inviting.Ambiguous) else [],
    )  # fmt: skip


def _account(account_id: int) -> Account:
    account = db.session.get(Account, account_id)
    if account is None:
        raise NotFound
    return account


def _adding(account: Account) -> str:
    """What it means to choose this one for the invitation."""
    if account.deactivated_at is not None:
        return f"停止中の{named(account)}を、もう一度招待する"
    return f"{named(account)}に、この役割を加える" + ("" if account.activated_at else "(招待中。招待を送り直します)")


def named(account: Account) -> str:
    """「佐藤 花子(hanako@city.aoba.lg.jp)さん」, the address alone of one without a name."""
    return f"{account.name}({account.email})さん" if account.name else f"{account.email} "


def place_names(memberships: list[Membership]) -> dict[int, str]:
    """By membership: the municipality or prefecture that a role is for."""
    codes = {membership.municipality_code for membership in memberships}
    rows = db.session.scalars(select(Municipality).where(Municipality.code.in_(codes - {None})))
    places = {row.code: row.full_name for row in rows}
    return {
        one.id: places.get(one.municipality_code or "", "") or PREFECTURES.get(one.pref_code or "", "")
        for one in memberships
    }
