"""For those who run the site: is it alive, is it ready, and how full are its queues. No personal data."""

from collections.abc import Iterable

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, ProcessCollector, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from jobboard.database import db, revision_state
from jobboard.domain import condition
from jobboard.domain.condition import Condition
from jobboard.web.transaction import now

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return _plain("ok\n")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """200 when the database can be reached, its schema is current and mail is not stuck; 503 with the reasons else."""
    try:
        present, newest = revision_state(db.session().connection())
        found = condition.measure(db.session(), now())
    except SQLAlchemyError:
        current_app.logger.exception("readiness")
        return _checks({"database": "unreachable"}, ready=False)
    checks = {
        "database": "ok",
        "migration": "ok" if present == newest else f"at {present}, newest is {newest}",
        "queue": "ok" if not found.is_stuck else f"oldest due {found.oldest_due_seconds} s",
    }
    answer = _checks(checks, ready=all(text == "ok" for text in checks.values()))
    return answer


def _checks(checks: dict[str, str], *, ready: bool) -> Response:
    answer = jsonify(ready=ready, checks=checks)
    answer.status_code = 200 if ready else 503
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    """Prometheus text: counts from the database, and this process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    for name, help_text, label, values in _figures(condition.measure(db.session(), now())):
        gauge = Gauge(f"jobboard_{name}", help_text, [label] if label else [], registry=registry)
        for key, number in values.items():
            (gauge.labels(key) if label else gauge).set(number)
    answer = Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _figures(found: Condition) -> Iterable[tuple[str, str, str, dict[str, float]]]:
    yield "postings", "Postings by state", "state", found.postings
    yield "postings_open", "Postings that are open now", "", {"": found.open}
    yield "subscriptions", "Subscriptions by state", "state", found.subscriptions
    yield "deliveries", "Mails by state", "state", found.deliveries
    yield "delivery_oldest_due_seconds", "Age of the oldest mail that is due", "", {"": found.oldest_due_seconds}
    yield "events_unmatched", "Changes that no matching has seen", "", {"": found.events_unmatched}
    yield "notices_held", "Persons whose notices wait for a moderator at the brake", "", {"": found.held}
    yield "mail_stopped", "1 while an administrator has stopped all sending", "", {"": found.stopped_at is not None}
    yield "board_version", "Counts up with every public change", "", {"": found.board_version}


def _plain(text: str) -> Response:
    answer = Response(text, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    return answer
