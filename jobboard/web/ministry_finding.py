"""見つけ方: the rules that find calls among titles, how good they are by what moderators said, a title to try, what they ignored."""

from datetime import timedelta
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from jobboard.base.text import clean
from jobboard.base.wording import japanese_date
from jobboard.database import db
from jobboard.domain import finding, finding_quality
from jobboard.web.signing_in import staff
from jobboard.web.transaction import now

FEW = 6
"""Words of a rule that are shown unfolded."""

blueprint = Blueprint("ministry_finding", __name__, url_prefix="/ministry/finding")
blueprint.add_app_template_filter(japanese_date)

PERIODS = {30: "30日間", 90: "90日間", 365: "1年間"}


@blueprint.get("")
@staff("finding:read")
def rules() -> ResponseReturnValue:
    title = " ".join(clean(request.args.get("title", "")).split())
    wanted = request.args.get("days", "")
    days = next((one for one in PERIODS if str(one) == wanted), 90)
    points, reasons = finding.score(title)
    quality = finding_quality.quality(db.session(), now() - timedelta(days=days), now=now())
    return render_template(
        "ministry/finding.html",
        title=title,
        points=points,
        reasons=reasons,
        enough=finding.ENOUGH,
        longest=finding.LONGEST,
        days=days,
        periods=[(words, _address(days=str(one), title=title), one == days) for one, words in PERIODS.items()],
        quality=quality,
        adding=[one for one in quality.by_rule if one.rule.points > 0],
        taking=[one for one in quality.by_rule if one.rule.points < 0],
        others=[one for one in quality.by_rule if not one.rule.points],
        few=FEW,
        most=finding_quality.COUNTED,
    )


@blueprint.get("/missed")
@staff("finding:read")
def missed() -> ResponseReturnValue:
    words, before = request.args.get("q", ""), request.args.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    rows, further = finding_quality.ignored(db.session(), words, before=number)
    asked = {"q": words} if words else {}
    following = f"{url_for('.missed')}?{urlencode(asked | {'before': str(further)})}" if further else ""
    return render_template(
        "ministry/finding_missed.html", rows=rows, words=words, asked=asked, before=number, further=following,
        enough=finding.ENOUGH, longest=finding_quality.LONGEST,
    )  # fmt: skip


def _address(**asked: str) -> str:
    return f"{url_for('.rules')}?{urlencode({name: value for name, value in asked.items() if value})}#quality"
