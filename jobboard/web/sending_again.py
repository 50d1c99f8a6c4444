"""A staff form that outlived its session: what was typed stands in the answer, and goes on its way after signing in."""

from flask import Response, make_response, render_template, request

from jobboard.web.security import PUBLIC_FORMS, PUBLIC_PAGES
from jobboard.web.signing_in import anybody

_LEFT_OUT = frozenset({"csrf_token", "password", "code", "recovery"})
_SIGNING_IN = frozenset({"access.login", "access.logout"})


def offer(code: int) -> Response | None:
    """The page with everything that was typed and a button that sends it again; None where there is nothing to keep.

    Only for a form that the browser says was sent by a page of ours (``Origin``; the guard has compared it): nobody else's
    form may be offered with our button under it.
    """
    inner = request.blueprint not in PUBLIC_PAGES | PUBLIC_FORMS and request.endpoint not in _SIGNING_IN
    if request.method != "POST" or not inner or request.headers.get("Origin", "null") == "null":
        return None
    typed = _typed()
    if not typed:
        return None
    page = render_template("access/again.html", typed=typed, signed_in=anybody() is not None)
    answer = make_response(page, code)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def words() -> list[str]:
    """What a member of staff wrote in a form that came too late, to be copied: Japanese texts, no choices and no numbers."""
    inner = request.method == "POST" and request.blueprint not in PUBLIC_PAGES | PUBLIC_FORMS
    return [value for _, value in _typed() if value.strip() and not value.isascii()] if inner else []


def _typed() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _LEFT_OUT]
