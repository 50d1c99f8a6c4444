"""What those who run the site ask it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from jobboard.base.states import DeliveryKind, DeliveryState
from jobboard.database import Writing, db
from jobboard.models import Board, Delivery
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.stories import published


def queue_mail(app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        session.add(
            Delivery(
                kind=DeliveryKind.INVITATION, account_id=cast.sato, message_id="1",
                created_at=OPENING, due_at=OPENING, state=DeliveryState.QUEUED,
            )
        )  # fmt: skip


def test_the_process_answers_without_a_database(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"


def test_the_site_is_ready_on_a_migrated_database(client: FlaskClient, cast: Cast) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["ready"]) == (200, True)
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_site_is_not_ready_when_the_schema_is_old(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["migration"].startswith("at 0000, newest is 0")


def test_the_site_is_not_ready_when_mail_is_stuck(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    queue_mail(app, cast)
    assert client.get("/readyz").status_code == 200
    clock.instant = OPENING + timedelta(minutes=16)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["checks"]["queue"] == "oldest due 960 s"
    with app.app_context(), Writing() as session:
        session.get_one(Board, 1).mail_stopped_at = OPENING
    assert client.get("/readyz").status_code == 200, "somebody stopped it on purpose"


def test_the_site_is_not_ready_without_its_database(
    app: BoardApp, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise sa.exc.OperationalError("connect", {}, OSError("gone"))

    with app.app_context():
        monkeypatch.setattr(db.engine.dialect, "connect", away)
        db.engine.dispose()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"ready": False, "checks": {"database": "unreachable"}}


def test_metrics_count_and_name_nobody(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    queue_mail(app, cast)
    with app.app_context(), Writing() as session:
        published(session, cast)
    clock.instant = OPENING + timedelta(seconds=90)
    text = client.get("/metrics").text
    found = {
        (sample.name, sample.labels.get("state")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["jobboard_postings", "published"] == 1
    assert found["jobboard_postings_open", None] == 1
    assert found["jobboard_delivery_oldest_due_seconds", None] == 90
    assert found["jobboard_deliveries", "queued"] >= 1
    assert "@" not in text and "青葉" not in text
