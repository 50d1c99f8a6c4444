"""docs/permissions.md as it must read: who may do what, and by which rule each route is guarded.

``python -m tests.permission_table`` writes it anew (``make permissions``); tests/web/test_permission_walk.py reads it.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from jobboard import create_app
from jobboard.base.states import AccountRole
from jobboard.config import Config
from jobboard.domain import roles
from jobboard.places import checkout_folder
from jobboard.web.security import BEACONS, PUBLIC_FORMS, PUBLIC_PAGES

OPEN = PUBLIC_PAGES | PUBLIC_FORMS | BEACONS | {"outbox"}
"""Blueprints for everybody; the mails of the demonstration (outbox) are guarded by its setting."""

DOORS = {
    "access.login", "access.sign_in", "access.logout", "access.invitation", "access.accept", "access.forgot",
    "access.send_reset", "access.reset", "access.set_password", "code.form", "code.use", "code.send",
    "factor.ask", "factor.show", "factor.send", "factor.choose", "factor.app", "factor.register_app", "factor.mail",
    "factor.register_mail",
}  # fmt: skip
"""What a person who is not signed in must reach."""

ANYBODY, DOOR = "だれでも", "ログインの前"
_ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)
_HEAD = "## 画面と操作\n"


@dataclass(frozen=True)
class Route:
    """A route as the table has it; ``guard`` is the code of a rule, or 「だれでも」, or 「ログインの前」."""

    method: str
    rule: str
    guard: str


def routes(app: Flask) -> list[Route]:
    """Every route and method that the application answers, but the static files, by address."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        action = getattr(app.view_functions[rule.endpoint], "staff_action", None)
        plain = DOOR if rule.endpoint in DOORS else ANYBODY if rule.endpoint.partition(".")[0] in OPEN else "?"
        found += [Route(method, rule.rule, action or plain) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return sorted(found, key=lambda route: (route.rule, route.method))


def written() -> tuple[dict[str, dict[AccountRole, bool]], dict[str, str], list[Route]]:
    """What the document says: by action the roles that may, by action to what it is limited, and the routes."""
    first, _, second = _path().read_text(encoding="utf-8").partition(_HEAD)
    may: dict[str, dict[AccountRole, bool]] = {}
    limits: dict[str, str] = {}
    for line in _ROW.findall(first)[2:]:
        _, *marks, limit, code = line.split(" | ")
        may[code.strip("`")] = {role: mark == "○" for role, mark in zip(AccountRole, marks, strict=True)}
        limits[code.strip("`")] = limit
    rows = (line.split(" | ") for line in _ROW.findall(second)[2:])
    return may, limits, [Route(method, rule.strip("`"), guard.strip("`")) for method, rule, guard in rows]


def document(app: Flask) -> str:
    """The whole document, with the words above its first table as they are."""
    preamble = _path().read_text(encoding="utf-8").partition("\n\n| ")[0]
    lines = [f"| {one.method} | `{one.rule}` | {_guard(one.guard)} |" for one in routes(app)]
    told = (
        f"{_HEAD}\nすべてのアドレスと、それを守る規則のコード。「{ANYBODY}」は公開のページ、「{DOOR}」はログインするための画面です。"
        "ログインしていない人が規則のあるアドレスを開くと、ログインの画面に移ります。\n"
    )
    return "\n".join((preamble, "", roles.document(), told, "| 方法 | アドレス | 規則 |", "| --- | --- | --- |", *lines)) + "\n"


def _guard(guard: str) -> str:
    return guard if guard in (ANYBODY, DOOR) else f"`{guard}`"


def _path() -> Path:
    checkout = checkout_folder()
    assert checkout is not None
    return checkout / "docs" / "permissions.md"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        whole = document(create_app(Config.from_environ({"JOBBOARD_DEMO": "1", "JOBBOARD_INSTANCE_DIR": folder})))
    _path().write_text(whole, encoding="utf-8")
