"""「だれが何をできるか」: the table of permissions as a page for everybody who has an account."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from jobboard.base.states import AccountRole
from jobboard.domain import permissions, roles
from jobboard.web.signing_in import signed_in, staff

blueprint = Blueprint("desk_roles", __name__, url_prefix="/desk/roles")


@blueprint.get("/")
@staff("session:own")
def table() -> ResponseReturnValue:
    own = permissions.roles(signed_in())
    return render_template(
        "desk/roles.html", lines=roles.table(), roles=list(AccountRole), own=[role.label for role in AccountRole if role in own]
    )
