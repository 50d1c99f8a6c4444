"""Rate limits: true over processes, counted although the request fails, never in the way of the request's own lock."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.config import Config
from jobboard.database import Writing, db
from jobboard.domain import throttling
from jobboard.models import Throttle
from jobboard.web.limits import BOUNDS
from jobboard.web.transaction import BoardApp
from tests.cast import PASSWORD, Cast, Clock
from tests.mailroom import Mailroom, opened
from tests.staff import EDITOR, OTHER_EDITOR, send, sign_in, token

WRONG = {"email": EDITOR, "password": "not the password"}


def exhaust(client: FlaskClient) -> None:
    """Uses up the ten attempts at one account's password."""
    csrf = token(client)
    assert [client.post("/login", data={**WRONG, "csrf_token": csrf}).status_code for _ in range(10)] == [422] * 10


def tried(client: FlaskClient, network: str, path: str = "/login", **form: str) -> TestResponse:
    """The answer to a password (a wrong one unless told) or a wrong code from a network."""
    client.delete_cookie("jobboard")
    return typed(client, network, path, token(client), **form)


def typed(client: FlaskClient, network: str, path: str, csrf: str, **form: str) -> TestResponse:
    """The same on a page that is open."""
    given = {"csrf_token": csrf, "email": EDITOR, "password": "not it", "code": "AAAA-AAAA", **form}
    return client.post(path, data=given, environ_overrides={"REMOTE_ADDR": network})


def attacked(client: FlaskClient, path: str, email: str) -> list[int]:
    """What 103 wrong ones of eleven networks that take turns are answered."""
    client.delete_cookie("jobboard")
    csrf = token(client)
    return [typed(client, f"198.51.100.{number % 11}", path, csrf, email=email).status_code for number in range(103)]


def test_after_ten_attempts_an_address_must_wait(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    exhaust(client)
    refused = send(client, "/login", {"email": EDITOR, "password": PASSWORD})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "900"
    assert "約15分後(9:15ごろ)から、もう一度操作できます" in refused.text
    clock.forward(minutes=14, seconds=59)
    assert send(client, "/login", WRONG).headers["Retry-After"] == "1"
    clock.forward(seconds=1)
    sign_in(client, EDITOR)


@pytest.mark.parametrize("path", ["/login", "/code"])
def test_wrong_ones_from_one_network_lock_no_other(client: FlaskClient, cast: Cast, path: str) -> None:
    assert [tried(client, "192.0.2.1", path).status_code for _ in range(11)] == [422] * 10 + [429]
    assert tried(client, "192.0.2.2", path).status_code == 422


def test_only_failures_count_and_a_success_forgets_them(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    for _ in range(2):
        assert [tried(client, "192.0.2.1").status_code for _ in range(9)] == [422] * 9
        for _ in range(12):
            assert tried(client, "192.0.2.1", password=PASSWORD).status_code == 302
    with app.app_context():
        assert max(row.count for row in db.session.query(Throttle)) == 18, "what the network failed"


@pytest.mark.parametrize(
    ("path", "email"),
    [("/login", EDITOR), ("/code", "nobody@example.jp"),
     *(pytest.param(*both, marks=pytest.mark.long) for both in (("/login", "nobody@example.jp"), ("/code", EDITOR)))],
)  # fmt: skip
def test_guesses_from_many_networks_meet_their_bound_known_or_not(
    client: FlaskClient, cast: Cast, clock: Clock, path: str, email: str
) -> None:
    assert attacked(client, path, email) == [422] * 100 + [429] * 3
    refused = tried(client, "203.0.113.9", path, email=email)
    assert refused.headers["Retry-After"] == "86400" and "約24時間後(4月2日の9:00ごろ)から" in refused.text
    assert 'href="/forgot"' in refused.text and "届いたリンクは、今すぐ開けます" in refused.text
    clock.forward(days=1)
    assert tried(client, "203.0.113.9", path, email=email).status_code == 422


def test_whoever_signed_in_before_gets_in_from_there_during_an_attack(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    assert tried(client, "192.0.2.1", password=PASSWORD).status_code == 302
    clock.forward(days=399)
    attacked(client, "/login", EDITOR)
    assert tried(client, "203.0.113.9", password=PASSWORD).status_code == 429, "nobody knows this network"
    assert tried(client, "192.0.2.1").status_code == 422
    assert tried(client, "192.0.2.1", password=PASSWORD).status_code == 302
    assert tried(client, "203.0.113.9", password=PASSWORD).status_code == 429, "others are refused as before"


def test_a_mailed_link_opens_during_an_attack_and_its_network_is_known_then(
    client: FlaskClient, cast: Cast, mailroom: Mailroom
) -> None:
    exhaust(client)
    attacked(client, "/login", EDITOR)
    send(client, "/forgot", {"email": EDITOR})
    (letter,) = mailroom.run()
    link = re.findall(r"/reset/\S+", opened(letter).get_content())[0]
    assert send(client, link, {"password": "atarashii-kotoba-5"}).status_code == 302
    client.delete_cookie("jobboard")
    sign_in(client, EDITOR, "atarashii-kotoba-5")


def test_a_forgotten_password_cannot_be_kept_from_asking_by_forms_that_send_nothing(client: FlaskClient, cast: Cast) -> None:
    for path in ("/forgot", "/code/send") * 4:
        assert client.post(path, data={"email": EDITOR}).status_code == 400
    assert send(client, "/forgot", {"email": EDITOR}).status_code == 200


def test_one_network_tries_thirty_times_a_day_at_most(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    for _ in range(3):
        exhaust(client)
        clock.forward(minutes=15)
    refused = send(client, "/login", WRONG)
    assert refused.status_code == 429 and refused.headers["Retry-After"] == str(86400 - 45 * 60)


def test_another_way_to_write_the_address_is_the_same_account(client: FlaskClient, cast: Cast) -> None:
    exhaust(client)
    assert send(client, "/login", {**WRONG, "email": f" {EDITOR.upper()}"}).status_code == 429


def test_one_account_does_not_use_up_the_attempts_of_another(client: FlaskClient, cast: Cast) -> None:
    exhaust(client)
    sign_in(client, OTHER_EDITOR)


def test_a_network_that_tries_many_addresses_must_wait_too(client: FlaskClient, cast: Cast) -> None:
    csrf = token(client)
    here = {"REMOTE_ADDR": "2001:db8::1"}
    for number in range(60):
        form = {"csrf_token": csrf, "email": f"a{number}@city.aoba.lg.jp", "password": "x"}
        assert client.post("/login", data=form, environ_overrides=here).status_code == 422
    form = {"csrf_token": csrf, "email": EDITOR, "password": PASSWORD}
    beside = {"REMOTE_ADDR": "2001:db8::ffff"}
    assert client.post("/login", data=form, environ_overrides=beside).status_code == 429
    elsewhere = {"REMOTE_ADDR": "2001:db8:0:1::1"}
    assert client.post("/login", data=form, environ_overrides=elsewhere).status_code == 302


def test_a_get_is_never_counted(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    for _ in range(80):
        assert client.get("/login").status_code == 200
    with app.app_context():
        assert db.session.query(Throttle).count() == 0


def test_a_refused_form_counts_too(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    assert client.post("/login", data=WRONG).status_code == 400, "without the CSRF token"
    with app.app_context():
        assert {row.count for row in db.session.query(Throttle)} == {1}


def test_the_table_names_nobody(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    send(client, "/login", WRONG)
    with app.app_context():
        keys = " ".join(row.key for row in db.session.query(Throttle))
    assert keys
    assert "aoba" not in keys and "127.0.0.1" not in keys


def test_every_limit_is_of_a_form_that_there_is(app: BoardApp) -> None:
    posted = {rule.rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert {bound.rule for bound in BOUNDS} - posted == set()


def test_counters_that_ran_out_are_dropped(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    send(client, "/login", WRONG)
    with app.app_context():
        with Writing() as session:
            assert throttling.tidy(session, now=clock()) == 0
        clock.forward(minutes=15)
        with Writing() as session:
            assert throttling.tidy(session, now=clock()) == 2


TOGETHER = """
import os
def together(work):
    '''Does it in two processes at the same time, each of which prints in a line what it gave.'''
    children = []
    begin, go = os.pipe()
    for _ in range(2):
        children.append(os.fork())
        if not children[-1]:
            os.close(go)
            os.read(begin, 1)
            os.write(1, (" ".join(map(str, work())) + "\\n").encode())
            os._exit(0)
    os.close(go)
    for child in children:
        os.waitpid(child, 0)
"""
COUNTING = """
import sys
from datetime import UTC, datetime, timedelta
from jobboard.database import create_engine
from jobboard.domain import throttling
def one(connection):
    return throttling.count(connection, "k", amount=1, lasts=timedelta(hours=1), now=datetime(2026, 4, 1, tzinfo=UTC))
def count():
    engine = create_engine(sys.argv[1])
    for _ in range(50):
        with engine.connect().execution_options(sqlite_begin="IMMEDIATE") as connection, connection.begin():
            yield one(connection)
together(count)
"""


def answers(script: str, word: str) -> list[str]:
    """What the two processes of a script give."""
    run = subprocess.run([sys.executable, "-c", TOGETHER + script, word], stdout=subprocess.PIPE, text=True, timeout=100, check=True)
    assert len(run.stdout.splitlines()) == 2
    return run.stdout.split()


def test_two_processes_count_on_one_counter_and_lose_nothing(database_url: str) -> None:
    assert sorted(map(int, answers(COUNTING, database_url))) == list(range(1, 101))


SIGNING_IN = """
import json, sys
from datetime import UTC, datetime
from jobboard import create_app
from jobboard.config import Config
from jobboard.database import db
from tests.cast import CHEAP
from tests.staff import EDITOR, hidden
app = create_app(Config.from_environ(json.loads(sys.argv[1])), CLOCK=lambda: datetime(2026, 4, 1, tzinfo=UTC), ARGON2=CHEAP)
client = app.test_client()
page = hidden(client.get("/login"))
with app.app_context():
    db.engine.dispose()
def sign_in():
    for _ in range(10):
        yield client.post("/login", data={**page, "email": EDITOR, "password": "wrong"}).status_code
together(sign_in)
"""


@pytest.fixture
def environ(config: Config, tmp_path: Path) -> dict[str, str]:
    return {
        "JOBBOARD_DATABASE_URL": config.database_url,
        "JOBBOARD_INSTANCE_DIR": str(tmp_path / "instance"),
        "JOBBOARD_QUEUE_URL": f"sqlite:///{tmp_path}/queue.sqlite3",
        "JOBBOARD_SECRET_KEY": config.secret_key,
        "JOBBOARD_TOKEN_KEY": config.token_key,
    }


def test_two_web_processes_let_ten_attempts_through_together(cast: Cast, environ: dict[str, str]) -> None:
    """Each attempt holds the request's own writing transaction after its count: neither process waits for itself."""
    assert sorted(answers(SIGNING_IN, json.dumps(environ))) == ["422"] * 10 + ["429"] * 10
