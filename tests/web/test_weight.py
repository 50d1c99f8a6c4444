"""What a first view costs: at most 60 KB compressed, nothing from another site (goals.md, Speed)."""

import re

import pytest
from flask.testing import FlaskClient

from jobboard.database import Writing
from jobboard.web.transaction import BoardApp
from tests.cast import Cast
from tests.stories import published

FIRST_VIEW = 60_000
LOADED = re.compile(r'<(?:link rel="(?:stylesheet|icon)"[^>]*href|script[^>]*src|img[^>]*src)="([^"]+)"')


@pytest.fixture
def board(app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        for number in range(22):
            published(session, cast, title=f"{number}番目の募集 データ活用と業務改革", background="職員とともに手続を見直します。" * 40)


@pytest.mark.parametrize("address", ["/", "/postings", "/postings?q=業務改革", "/postings/1", "/changes", "/help", "/data", "/api"])
def test_a_first_view_is_light_and_loads_from_here_alone(client: FlaskClient, board: None, address: str) -> None:
    packed = {"Accept-Encoding": "br"}
    page = client.get(address)
    loaded = set(LOADED.findall(page.text))
    assert loaded and all(one.startswith("/static/") for one in loaded), loaded
    weight = len(client.get(address, headers=packed).data) + sum(len(client.get(one, headers=packed).data) for one in loaded)
    assert weight <= FIRST_VIEW, f"{address}: {weight:,} bytes"
