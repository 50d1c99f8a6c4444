"""Log lines: events with facts and a request's id, without addresses of people and without tokens of links.

Whoever may read logs must not be able to act for a reader or to learn who reads: masking is the last step of every line.
"""

import logging
import re
import secrets
from typing import Any

import structlog
from flask import request
from structlog.typing import EventDict, Processor, WrappedLogger

from jobboard.config import Config
from jobboard.web.transaction import BoardApp

_TOKEN_PATHS = re.compile(r"(/(?:u|subscriptions|invitation|reset|subscribe/confirm)/)[^/\s?#\"'<>]+")
_ADDRESS = re.compile(r"[^\s@<>\"'(),:;=\[\]]+@[^\s@<>\"'(),:;=\[\]]+\.[A-Za-z0-9-]+")
_ADDRESS_IN_QUERY = re.compile(r"[^\s&=?]+%40[^\s&\"']+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NAME = "jobboard"


def mask(text: str) -> str:
    """The text without tokens of links and without mail addresses."""
    text = _TOKEN_PATHS.sub(r"\1***", text)
    return _ADDRESS_IN_QUERY.sub("***", _ADDRESS.sub("***@***", text))


def visible(text: str) -> str:
    """Control characters written out: a path from outside must not steer the terminal of who reads the log."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def init(app: BoardApp, config: Config) -> None:
    """Configures logging for the process and gives each request an id that all its lines bear."""
    configure(config.log_format)
    app.before_transaction.append(_bind)


def _bind() -> None:
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request=secrets.token_hex(8), method=request.method, path=visible(request.path))


def configure(log_format: str) -> None:
    """Sends every logger of the process, ours and the libraries', through one masked form: ``text`` or ``json``."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.set_name(_NAME)
    handler.setFormatter(_formatter(log_format, shared))
    root = logging.getLogger()
    root.handlers[:] = [other for other in root.handlers if other.get_name() != _NAME] + [handler]
    root.setLevel(logging.INFO)
    for talker in ("alembic", "huey"):  # each question after readiness and each task would be a line
        logging.getLogger(talker).setLevel(logging.WARNING)


def _formatter(log_format: str, shared: list[Processor]) -> logging.Formatter:
    drawn: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if log_format == "json"
        else [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *drawn, _masked],
    )


def _masked(logger: WrappedLogger, name: str, line: EventDict) -> Any:
    return mask(str(line))
