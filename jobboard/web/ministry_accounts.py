"""One account, for administrators: its roles, its last signing in, its second factor."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.states import AccountRole, FactorLoss
from jobboard.base.text import clean
from jobboard.database import db
from jobboard.domain import account_letters, factors, holding, inviting, permissions, unused
from jobboard.models import Account
from jobboard.web.ministry import place_names
from jobboard.web.signing_in import letter_place, signed_in, staff
from jobboard.web.transaction import now

blueprint = Blueprint("ministry_accounts", __name__, url_prefix="/ministry/accounts/<int:account_id>")


@blueprint.get("")
@staff("account:list")
def account(account_id: int) -> ResponseReturnValue:
    return _page(_find(account_id))


@blueprint.post("/factor")
@staff("account:reset_factor")
def reset_factor(account_id: int) -> ResponseReturnValue:
    """Forgets a lost second factor; the holder is told."""
    found, reason = _find(account_id), request.form.get("reason", "")
    try:
        loss = factors.reset(db.session(), found, reason, by=signed_in(), now=now())
    except Incomplete as gaps:
        return _page(found, gaps), 422
    account_letters.factor_reset(db.session(), found, loss, **letter_place())
    db.session().info["wake"] = True
    flash("2つめの確認を解除しました。本人にメールで知らせます。次のログインのときに、登録し直す画面になります。", "success")
    return _done(found)


@blueprint.post("/roles")
@staff("account:change_roles")
def add_role(account_id: int) -> ResponseReturnValue:
    found, typed = _find(account_id), {name: request.form.get(name, "") for name in ("role", "place", "pref_code")}
    typed["place"] = clean(request.form.get("code") or typed["place"])
    try:
        asked = inviting.read(db.session(), address=found.email, **typed)
        inviting.agree(db.session(), asked, found, ticked="understood" in request.form)
    except Incomplete as gaps:
        return _page(found, gaps, typed), 422
    holding.add(db.session(), found, asked, by=signed_in(), now=now())
    flash(f"役割「{asked.role.label}」を加えました。", "success")
    return _done(found)


@blueprint.post("/roles/<int:membership_id>/remove")
@staff("account:change_roles")
def remove_role(account_id: int, membership_id: int) -> ResponseReturnValue:
    found = _find(account_id)
    holding.remove(db.session(), found, membership_id, by=signed_in(), now=now())
    flash("役割を外しました。", "success")
    return _done(found)


def _page(found: Account, gaps: Incomplete | None = None, typed: dict[str, str] | None = None) -> str:
    by = signed_in()
    return render_template(
        "ministry/account.html", account=found, names=place_names(found.memberships),
        errors=[(one.field, one.message) for one in gaps.problems] if gaps else [], typed=typed or {},
        may_reset=permissions.allowed(by, "account:reset_factor", found) and found.second_factor is not None,
        reason=request.form.get("reason", ""), losses=[(str(one), one.label) for one in FactorLoss],
        unused=found.id in unused.among([found], now=now()), days=unused.AFTER.days,
        caution=gaps.why if isinstance(gaps, inviting.Cautioned) else "",
        only_administrator=holding.is_only_administrator(db.session(), found),
        recovery_left=factors.recovery_left(db.session(), found),
        roles=[(str(one), one.label) for one in AccountRole], prefectures=[("", "選んでください"), *PREFECTURES.items()],
        choices=[(one.code, f"{one.full_name}({one.code})") for one in gaps.choices] if isinstance(gaps, inviting.Ambiguous) else [],
    )  # fmt: skip


def _find(account_id: int) -> Account:
    found = db.session.get(Account, account_id)
    if found is None:
        raise NotFound
    return found


def _done(found: Account) -> ResponseReturnValue:
    return redirect(url_for("ministry_accounts.account", account_id=found.id), 303)
