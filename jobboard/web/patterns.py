"""Every part of the design in every state, drawn by the very macros of templates/parts/: for those who build the site.

Shown while debugging and in the demonstration; elsewhere the page is not there.
"""

import re
from dataclasses import dataclass
from functools import cache

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from wtforms import (
    BooleanField,
    FileField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.fields.choices import SelectChoice

from jobboard import places
from jobboard.base.choice import Choice
from jobboard.base.errors import NotFound
from jobboard.base.vocabulary import Remote, Role, Theme
from jobboard.web.forms import PublicForm

blueprint = Blueprint("patterns", __name__)

READ, SEEN = 4.5, 3.0
"""The least contrast of text, and of what is no text but must be seen (WCAG 2.2, 1.4.3 and 1.4.11)."""

_WHITE = "#ffffff"
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*(#[0-9a-f]{3,6}|[.0-9]+rem)\s*;")
PAIRS = (
    *((name, "ground", READ) for name in ("text", "text-strong", "text-sub", "act", "act-hover", "link", "link-visited", "error")),
    ("text", "ground-soft", READ), ("text-sub", "ground-soft", READ), ("link", "ground-soft", READ),
    ("link-visited", "ground-soft", READ), ("act", "ground-act", READ), ("act-hover", "ground-act", READ),
    ("text", "ground-act", READ), ("text-sub", "ground-act", READ), ("success", "success-ground", READ),
    ("warning", "warning-ground", READ), ("text-strong", "warning-ground", READ), ("error", "error-ground", READ),
    ("ground", "act", READ), ("ground", "act-active", READ), ("ground", "error", READ), ("ground", "text-sub", READ),
    ("line-strong", "ground", SEEN), ("error-line", "ground", SEEN), ("warning-line", "ground", SEEN), ("focus", "focus-ring", SEEN),
)  # fmt: skip
"""(ink, ground, least contrast) of what stands on what anywhere on the site."""


@dataclass(frozen=True)
class Pair:
    """One ink on one ground, both as ``#rrggbb``."""

    ink: str
    ground: str
    ink_value: str
    ground_value: str
    least: float

    @property
    def contrast(self) -> float:
        """From 1 to 21 (WCAG 2.2, contrast ratio)."""
        lighter, darker = sorted((_luminance(self.ink_value), _luminance(self.ground_value)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)

    @property
    def holds(self) -> bool:
        return self.contrast >= self.least


def _luminance(value: str) -> float:
    """Relative luminance of a colour (WCAG 2.2)."""
    parts = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def tokens() -> dict[str, str]:
    """Name to value of every colour (as ``#rrggbb``) and length of static/css/tokens.css."""
    found = dict(_TOKEN.findall((places.static_folder() / "css" / "tokens.css").read_text(encoding="utf-8")))
    return {name: _long(value) if value.startswith("#") else value for name, value in found.items()}


def _long(value: str) -> str:
    return value if len(value) == len(_WHITE) else "#" + "".join(digit * 2 for digit in value[1:])


def pairs() -> list[Pair]:
    """The pairs with their values."""
    return [Pair(ink, ground, tokens()[ink], tokens()[ground], least) for ink, ground, least in PAIRS]


def _options(choices: type[Choice]) -> list[SelectChoice]:
    return [SelectChoice(member.value, member.label) for member in choices]


class _Sample(PublicForm):
    """One field of each kind that ``field`` draws."""

    title = StringField("募集の題名")
    duties = TextAreaField("仕事の内容")
    role = SelectField("役割", choices=_options(Role))
    remote = RadioField("リモート勤務", choices=_options(Remote))
    themes = SelectMultipleField(
        "テーマ", choices=_options(Theme)[:6],
        widget=widgets.ListWidget(), option_widget=widgets.CheckboxInput(),
    )  # fmt: skip
    agreed = BooleanField("掲載規約に同意する")
    guidelines = FileField("募集要項")


def _sample(prefix: str = "", errors: dict[str, str] | None = None) -> _Sample:
    form = _Sample(prefix=prefix)
    for name, sentence in (errors or {}).items():
        form[name].errors = [sentence]
    return form


def _page_url(number: int) -> str:
    return f"/-/patterns?page={number}"


@blueprint.get("/-/patterns")
def page() -> ResponseReturnValue:
    """All parts on one page."""
    if not (current_app.debug or current_app.config["BOARD"].demo):
        raise NotFound
    wrong = {
        "title": "題名を入力してください。", "duties": "2,000字以内で入力してください(今は2,104字)。", "role": "役割を選んでください。",
        "remote": "リモート勤務の可否を選んでください。", "themes": "3つまで選んでください。", "agreed": "規約に同意するときは、印を付けてください。",
        "guidelines": "PDF、Word、Excelのファイルを選んでください。",
    }  # fmt: skip
    colours = {name: value for name, value in tokens().items() if value.startswith("#")}
    sizes = {name: value for name, value in tokens().items() if name.startswith("size-")}
    return render_template(
        "patterns/page.html", colours=colours, sizes=sizes, pairs=pairs(), form=_sample(),
        wrong=_sample("wrong-", wrong), page_url=_page_url,
    )  # fmt: skip
