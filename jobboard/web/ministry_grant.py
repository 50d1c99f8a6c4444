"""特別交付税措置: the dated rules, written by administrators, from which 形式要件による目安 is derived."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.clock import fiscal_year, japan_date
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.vocabulary import Engagement, Role
from jobboard.database import db
from jobboard.domain import grants
from jobboard.models import GrantRule
from jobboard.web.signing_in import signed_in, staff
from jobboard.web.transaction import now

Typed = Mapping[str, str | Sequence[str]]
"""What stands in the form, by field."""

blueprint = Blueprint("ministry_grant", __name__, url_prefix="/ministry/grant")
BOTH = ["GET", "POST"]


@blueprint.get("")
@staff("grant:edit")
def rules() -> ResponseReturnValue:
    found = grants.rules(db.session())
    year = fiscal_year(japan_date(now()))
    covered = any(rule.fiscal_year == year for rule in found)
    return render_template(
        "ministry/grant_rules.html", rules=found, year=year, covered=covered, labels=_labels()
    )


@blueprint.route("/new", methods=BOTH)
@staff("grant:edit")
def new() -> ResponseReturnValue:
    typed = {"year": str(fiscal_year(japan_date(now()))), "roles": [], "engagements": [], "wording": "", "source": ""}
    return _edit(None, typed)


@blueprint.route("/<int:rule_id>", methods=BOTH)
@staff("grant:edit")
def edit(rule_id: int) -> ResponseReturnValue:
    rule = _rule(rule_id)
    typed = {
        "year": str(rule.fiscal_year), "roles": rule.roles, "engagements": rule.engagements, "wording": rule.wording,
        "source": rule.source,
    }  # fmt: skip
    return _edit(rule, typed)


@blueprint.post("/<int:rule_id>/remove")
@staff("grant:edit")
def remove(rule_id: int) -> ResponseReturnValue:
    rule = _rule(rule_id)
    year = rule.fiscal_year
    grants.remove(db.session(), rule, by=signed_in(), now=now())
    flash(f"{year}年度の取扱いを1件消しました。", "success")
    return redirect(url_for(".rules"), 303)


def _edit(rule: GrantRule | None, typed: Typed) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(rule, typed)
    year, wording, source = (request.form.get(name, "") for name in ("year", "wording", "source"))
    roles, engagements = request.form.getlist("roles"), request.form.getlist("engagements")
    try:
        grants.write(
            db.session(), rule, year=year, roles=roles, engagements=engagements, wording=wording, source=source,
            by=signed_in(), now=now(),
        )  # fmt: skip
    except Incomplete as refused:
        again = {"year": year, "roles": roles, "engagements": engagements, "wording": wording, "source": source}
        return _page(rule, again, refused), 422
    flash("取扱いを保存しました。", "success")
    return redirect(url_for(".rules"), 303)


def _page(rule: GrantRule | None, typed: Typed, refused: Incomplete | None = None) -> str:
    return render_template(
        "ministry/grant_rule.html", rule=rule, typed=typed,
        roles=[(str(one), one.label) for one in Role], engagements=[(str(one), one.label) for one in Engagement],
        errors=[(one.field, one.message) for one in refused.problems] if refused else [],
    )  # fmt: skip


def _rule(rule_id: int) -> GrantRule:
    rule = db.session.get(GrantRule, rule_id)
    if rule is None:
        raise NotFound
    return rule


def _labels() -> dict[str, str]:
    return {str(one): one.label for choices in (Role, Engagement) for one in choices}
