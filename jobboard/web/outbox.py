"""The demonstration's mails, readable without an account: its visitors must be able to follow their own links.

They are shown only to this very machine, and only when the folder mailer keeps them: anywhere else there is no such page.
"""

import re
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, current_app, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from jobboard.base.errors import NotFound
from jobboard.base.wording import japanese_instant
from jobboard.config import Config
from jobboard.setting_values import is_loopback

blueprint = Blueprint("outbox", __name__, url_prefix="/outbox")

SHOWN = 200
LEAVE_HEADERS = ("List-Unsubscribe", "List-Unsubscribe-Post")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.=_-]{0,250}\.eml")
_LINK = re.compile(r"(https?://[^\s<>\"']+)")


@dataclass(frozen=True)
class ShownMail:
    """A mail as its page shows it; ``text`` is escaped, its addresses are links."""

    name: str
    subject: str
    to: str
    date: str
    text: Markup
    leave: list[tuple[str, Markup]]


@blueprint.record_once
def tell_templates(state: BlueprintSetupState) -> None:
    """The banner of the demonstration links to the page where there is one."""
    config: Config = state.app.config["BOARD"]
    if config.demo and config.mail_folder is not None and is_loopback(config.bind_host):
        state.app.jinja_env.globals["outbox_url"] = "/outbox"


@blueprint.get("")
def mails() -> ResponseReturnValue:
    files = sorted(_files(_folder()), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    shown = [read(file) for file in files[:SHOWN]]
    return render_template("outbox/mails.html", mails=shown, count=len(files))


@blueprint.get("/<name>")
def mail(name: str) -> ResponseReturnValue:
    file = _folder() / name
    if not _NAME.fullmatch(name) or not file.is_file():
        raise NotFound
    return render_template("outbox/mail.html", mail=read(file))


def _folder() -> Path:
    """Where the mails are; raises ``NotFound`` unless this is the demonstration, spoken to from its own machine.

    A request that came through a proxy, or by a foreign name that was made to point here, is not from this machine.
    """
    config: Config = current_app.config["BOARD"]
    named = urlsplit(f"//{request.host}").hostname or ""
    near = is_loopback(request.remote_addr or "") and is_loopback(named)
    relayed = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "Via"))
    if not config.demo or config.mail_folder is None or not near or relayed:
        raise NotFound
    return config.mail_folder


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.glob("*.eml") if _NAME.fullmatch(file.name)] if folder.is_dir() else []


def read(file: Path) -> ShownMail:
    """A file of the folder mailer as its page shows it."""
    message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
    body = message.get_body(("plain",))
    return ShownMail(
        name=file.name,
        subject=str(message["Subject"] or "(件名なし)"),
        to=str(message["To"] or ""),
        date=_date(message),
        text=linked(body.get_content() if body else ""),
        leave=[(name, linked(str(message[name]))) for name in LEAVE_HEADERS if name in message],
    )


def _date(message: EmailMessage) -> str:
    date = message["Date"]
    return japanese_instant(date.datetime) if date and getattr(date, "datetime", None) else str(date or "")


def linked(text: str) -> Markup:
    """The text escaped, each address in it a link."""
    parts = _LINK.split(text)
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(part) if place % 2 else part for place, part in enumerate(parts)
    )
