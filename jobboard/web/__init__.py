"""Floor 3. Law: parse, permit, one domain call, respond; commits when the view returned, rolls back when it raised."""

from importlib import import_module
from importlib.util import find_spec

from jobboard.config import Config
from jobboard.web.numbers import SmallInteger
from jobboard.web.transaction import BoardApp

BLUEPRINTS = (
    "health", "board", "announcements", "compare", "feeds", "calendars", "open_data", "api", "policies", "patterns", "subscribe", "subscriptions",
    "correction", "ask", "seen", "asked", "reading", "access", "code", "factor",
    "own_account", "handover", "handovers", "desk", "desk_changes", "desk_sending", "desk_preview", "desk_print",
    "desk_reading", "desk_handing", "desk_joint", "desk_prefecture", "desk_roles", "desk_questions", "desk_reuse", "desk_figures",
    "desk_sheets", "desk_attachments", "desk_ended", "desk_talk", "review", "review_together", "review_people", "review_preview",
    "talk", "saved_remarks", "corrections", "candidates", "collected",
    "ministry", "ministry_accounts", "ministry_desk", "ministry_grant",
    "ministry_prefectures", "ministry_municipalities", "ministry_succession", "ministry_announcements", "ministry_texts", "ministry_audit", "ministry_keeping",
    "ministry_figures", "ministry_finding", "ministry_sources", "mailing", "outbox",
)  # fmt: skip
"""The modules that serve pages, each with a ``blueprint``."""

PARTS = ("logging", "security", "limits", "access", "errors", "shelf", "office_words", "caching", "assets", "filters")
"""The modules that add behaviour to the whole application, each by ``init(app, config)``; in this order."""


def register(app: BoardApp, config: Config) -> None:
    """Adds every blueprint and behaviour to the application."""
    app.url_map.converters["int"] = SmallInteger
    app.jinja_env.globals.update(site_name=config.site_name, demonstration=config.demo)
    for name in PARTS:
        if find_spec(f"jobboard.web.{name}"):
            part = import_module(f"jobboard.web.{name}")
            if hasattr(part, "init"):
                part.init(app, config)
    for name in BLUEPRINTS:
        if find_spec(f"jobboard.web.{name}"):
            app.register_blueprint(import_module(f"jobboard.web.{name}").blueprint)
