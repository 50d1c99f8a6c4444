"""How often one network may ask the API, counted in this process alone: reading writes no row, so no table is asked.

Windows lie on the request's clock and end for everybody at once: what was counted is then forgotten as a whole. (The storage
in memory of the library ``limits`` starts a thread per count and walks over all keys in it.)
"""

import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response, current_app, g, request
from werkzeug.exceptions import TooManyRequests

from jobboard.web.api_problems import below_api
from jobboard.web.limits import client_address
from jobboard.web.transaction import BoardApp, now


@dataclass(frozen=True)
class Policy:
    """At most ``quota`` requests of a network in each window of ``seconds``."""

    name: str
    quota: int
    seconds: int


POLICIES = (Policy("burst", 120, 60), Policy("hour", 3_000, 3_600))
"""An office shares one address towards the internet; a program that fetches all postings once an hour stays far below."""


@dataclass(frozen=True)
class Standing:
    """Where a network stands under a policy: requests left (below zero: too many), whole seconds until the window ends."""

    policy: Policy
    left: int
    resets_in: int


class Calls:
    """The counts of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, Counter[str]]] = {}

    def count(self, client: str, at: float) -> list[Standing]:
        """Counts one request of ``client`` at ``at`` (seconds since 1970) under each policy."""
        with self._lock:
            return [self._count(policy, client, at) for policy in POLICIES]

    def _count(self, policy: Policy, client: str, at: float) -> Standing:
        window = int(at // policy.seconds)
        known, counts = self._windows.get(policy.name, (window, Counter()))
        if known != window:
            counts = Counter()
        self._windows[policy.name] = (window, counts)
        counts[client] += 1
        return Standing(policy, policy.quota - counts[client], math.ceil((window + 1) * policy.seconds - at))


def install(app: BoardApp) -> None:
    """Limits every request below the API's addresses, also to those that do not exist, ahead of the transaction."""
    app.extensions["api_calls"] = Calls()
    app.before_transaction.append(_limit)


def _limit() -> None:
    """Asking a browser's permission (OPTIONS) costs nothing and is not counted."""
    if request.method == "OPTIONS" or not below_api():
        return
    g.api_standings = current_app.extensions["api_calls"].count(client_address(), now().timestamp())
    if any(one.left < 0 for one in g.api_standings):
        raise TooManyRequests


def add_standing(response: Response) -> Response:
    """The headers of draft-ietf-httpapi-ratelimit-headers, and ``Retry-After`` when it was too much."""
    standings: Sequence[Standing] = g.get("api_standings", ())
    if not standings:
        return response
    response.headers["RateLimit-Policy"] = policies()
    response.headers["RateLimit"] = ", ".join(
        f'"{one.policy.name}";r={max(0, one.left)};t={one.resets_in}' for one in standings
    )
    if response.status_code == TooManyRequests.code:
        response.headers["Retry-After"] = str(max(one.resets_in for one in standings if one.left < 0))
    return response


def policies() -> str:
    """The value of ``RateLimit-Policy``."""
    return ", ".join(f'"{policy.name}";q={policy.quota};w={policy.seconds}' for policy in POLICIES)
