"""How often the API may be asked: counted by network in the process, told in headers, never in the way of pages."""

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.web.api_limits import POLICIES, Calls
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock

BURST = POLICIES[0]
ADDRESS = "/api/v1/vocabulary"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here asks the database."""
    return sqlite_url


@pytest.fixture(autouse=True)
def in_the_middle_of_a_window(clock: Clock) -> None:
    clock.forward(seconds=20)


def ask(client: FlaskClient, address: str = ADDRESS, *, by: str = "192.0.2.1", method: str = "HEAD") -> TestResponse:
    return client.open(address, method=method, environ_base={"REMOTE_ADDR": by})


def exhaust(client: FlaskClient, **asked: str) -> None:
    for _ in range(BURST.quota):
        assert ask(client, **asked).status_code != 429


def test_each_answer_says_what_is_left(client: FlaskClient, cast: Cast) -> None:
    assert ask(client).headers["RateLimit-Policy"] == '"burst";q=120;w=60, "hour";q=3000;w=3600'
    assert ask(client).headers["RateLimit"] == '"burst";r=118;t=40, "hour";r=2998;t=3580'


def test_beyond_the_limit_a_network_waits_for_the_next_window(client: FlaskClient, cast: Cast, clock: Clock) -> None:
    exhaust(client)
    refused = ask(client, method="GET")
    assert (refused.status_code, refused.json["status"]) == (429, 429)
    assert refused.headers["Retry-After"] == "40"
    assert refused.headers["RateLimit"].startswith('"burst";r=0;t=40')
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    assert ask(client, by="192.0.2.2").status_code == 200, "another network is not held up"
    clock.forward(seconds=40)
    assert ask(client).status_code == 200


def test_a_network_of_ipv6_counts_as_one(client: FlaskClient, cast: Cast) -> None:
    exhaust(client, by="2001:db8::1")
    assert ask(client, by="2001:db8::ffff").status_code == 429
    assert ask(client, by="2001:db8:0:1::1").status_code == 200


def test_an_hour_has_its_own_limit() -> None:
    calls = Calls()
    counted = [calls.count("192.0.2.1", second * 3_600 / 3_001) for second in range(3_001)]
    assert [len(counted[at]) for at in (0, -1)] == [2, 2]
    assert [hour.left for _, hour in (counted[-2], counted[-1])] == [0, -1]
    assert all(burst.left >= 0 for burst, _ in counted), "asking evenly never meets the shorter limit"


def test_errors_and_304_count_but_permissions_and_pages_do_not(client: FlaskClient, cast: Cast) -> None:
    etag = ask(client).headers["ETag"]
    client.get(ADDRESS, headers={"If-None-Match": etag}, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    ask(client, "/api/v1/nothing")
    for address, method in (("/api/v1/postings", "OPTIONS"), ("/api", "GET"), ("/postings", "GET"), ("/postings.json", "GET")):
        assert "RateLimit" not in ask(client, address, method=method).headers
    assert '"burst";r=116;' in ask(client).headers["RateLimit"]


def test_what_was_counted_is_forgotten_with_its_window(app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock) -> None:
    for number in range(100):
        ask(client, by=f"198.51.100.{number}")
    clock.forward(hours=1)
    ask(client)
    windows = app.extensions["api_calls"]._windows.values()
    assert [len(counts) for _, counts in windows] == [1, 1]
