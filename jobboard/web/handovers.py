"""/handovers: requests to take over, for colleagues of the municipality or prefecture and for administrators."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.database import db
from jobboard.domain import handover
from jobboard.models import Account
from jobboard.web.signing_in import letter_place, signed_in, staff

blueprint = Blueprint("handovers", __name__, url_prefix="/handovers")


@blueprint.get("/")
@staff("handover:decide")
def waiting() -> ResponseReturnValue:
    found = handover.waiting(db.session(), signed_in())
    places = {one.id: handover.where(db.session(), one) for one in found}
    return render_template("handover/waiting.html", requests=found, places=places)


@blueprint.get("/<int:handover_id>")
@staff("handover:decide")
def one(handover_id: int) -> ResponseReturnValue:
    found = handover.find(db.session(), signed_in(), handover_id)
    predecessor = db.session.get(Account, found.predecessor_id) if found.predecessor_id else None
    here = handover.where(db.session(), found)
    return render_template("handover/one.html", request_=found, here=here, predecessor=predecessor)


@blueprint.post("/<int:handover_id>")
@staff("handover:decide")
def decide(handover_id: int) -> ResponseReturnValue:
    found, wish = handover.find(db.session(), signed_in(), handover_id), request.form.get("do", "")
    if wish == "grant":
        ending = "end_predecessor" in request.form
        handover.grant(db.session(), found, end_predecessor=ending, by=signed_in(), **letter_place())
        db.session().info["wake"] = True
        flash(f"引き継ぎの申出を認めました。{found.name}さん({found.email})にメールで知らせます。", "success")
    elif wish == "refuse":
        handover.refuse(db.session(), found, by=signed_in(), **letter_place())
        db.session().info["wake"] = True
        flash("引き継ぎの申出を認めませんでした。だれの利用も変わっていません。申し出た方に、メールで知らせます。", "success")
    else:
        flash("「認める」か「認めない」のどちらかを押してください。", "warning")
        return redirect(url_for("handovers.one", handover_id=found.id), 303)
    return redirect(url_for("handovers.waiting"), 303)
