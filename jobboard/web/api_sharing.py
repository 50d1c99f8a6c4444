"""Programs in browsers may read what is for machines from any site (CORS): nothing there depends on who asks."""

from flask import Response, request

from jobboard.web.api_problems import below_api

SHARED = frozenset({"api", "feeds", "calendars", "open_data"})
"""Blueprints that any site's script may read."""

METHODS = "GET, HEAD, OPTIONS"
_EXPOSED = "ETag, Link, RateLimit, RateLimit-Policy, Retry-After"
_ASKED = "Accept, If-Modified-Since, If-None-Match"
_PERMISSION_SECONDS = "86400"


def share(response: Response) -> Response:
    """The headers of a shared answer and of the permission that a browser asks first; credentials are never allowed."""
    if request.blueprint not in SHARED and not below_api():
        return response
    open_to_all(response)
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = _ASKED
        response.headers["Access-Control-Max-Age"] = _PERMISSION_SECONDS
    return response


def open_to_all(response: Response) -> Response:
    """Lets any site's script read this one answer."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Access-Control-Expose-Headers"] = _EXPOSED
    return response
