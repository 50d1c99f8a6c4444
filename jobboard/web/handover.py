"""/handover: anybody who takes over a municipality's or a prefecture's work asks for the account; the answer tells nothing of who has one."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from jobboard.base.codes import PREFECTURES
from jobboard.base.errors import Incomplete
from jobboard.base.states import AccountRole
from jobboard.database import db
from jobboard.domain import handover, inviting
from jobboard.web.security import UntimelyForm
from jobboard.web.signing_in import letter_place
from jobboard.web.transaction import now

blueprint = Blueprint("handover", __name__, url_prefix="/handover")

FIELDS = ("email", "name", "role", "place", "pref_code", "predecessor", "predecessor_name", "note")


@blueprint.get("")
def form() -> ResponseReturnValue:
    return _form(dict.fromkeys(FIELDS, "") | {"role": AccountRole.EDITOR})


@blueprint.post("")
def ask() -> ResponseReturnValue:
    typed = _typed()
    try:
        handover.ask(db.session(), **typed, **letter_place())
    except Incomplete as gaps:
        errors = [(one.field, one.message) for one in gaps.problems]
        return _form(typed, errors, gaps.choices if isinstance(gaps, inviting.Ambiguous) else ()), 422
    db.session().info["wake"] = True
    return render_template("handover/sent.html", address=typed["email"])


@blueprint.errorhandler(UntimelyForm)
def again(error: UntimelyForm) -> ResponseReturnValue:
    return _form(_typed(), [("", error.again)]), 422


@blueprint.get("/<token>")
def confirm(token: str) -> ResponseReturnValue:
    found = handover.behind(db.session(), token, now=now())
    return render_template("handover/confirm.html", request_=found, place=handover.where(db.session(), found))


@blueprint.post("/<token>")
def confirm_now(token: str) -> ResponseReturnValue:
    handover.confirm(db.session(), handover.behind(db.session(), token, now=now()), **letter_place())
    db.session().info["wake"] = True
    return confirm(token)


def _typed() -> dict[str, str]:
    typed = {name: request.form.get(name, "") for name in FIELDS}
    return {**typed, "place": request.form.get("code") or typed["place"]}


def _form(typed: dict[str, str], errors: list[tuple[str, str]] | None = None, choices: object = ()) -> str:
    wrong: dict[str, list[str]] = {}
    for field, sentence in errors or []:
        wrong.setdefault(field, []).append(sentence)
    return render_template(
        "handover/form.html", typed=typed, errors=errors or [], wrong=wrong, choices=choices,
        roles=[(str(one), one.label) for one in handover.ROLES], prefectures=[("", "選んでください"), *PREFECTURES.items()],
    )  # fmt: skip
