"""Errors help on: what happened, and links that suit this very case. Codes and headers are held in test_security."""

import re

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from jobboard.base.errors import StaleLink
from jobboard.database import db
from jobboard.web.errors import PAGES
from jobboard.web.transaction import BoardApp
from tests.cast import Cast


def ways(answer: TestResponse) -> list[str]:
    """The addresses that the page offers, as a browser would follow them."""
    offered = answer.text.partition('<ul class="error-page-next">')[2].partition("</ul>")[0]
    return [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*)"', offered)]


WRONG = (
    ("/postings?role=king&pref=04", "/postings?pref=04"),
    ("/postings?role=king&sort=best&page=x&pref=04&q=DX", "/postings?pref=04&q=DX"),
    ("/postings?pay_min=100", "/postings"),
    ("/postings?pay_unit=stone&pay_min=100&pref=04", "/postings?pref=04"),
    ("/changes?municipality=1&role=cio", "/changes?role=cio"),
    ("/postings.csv?status=x&theme=bpr", "/postings.csv?theme=bpr"),
    ("/subscribe?pref=99", "/subscribe"),
    ("/postings?q=" + "x" * 8000, "/postings"),
    ("/postings?role=" + "&role=".join(map(str, range(200))), "/postings"),
    ("/postings?q=😀&pref=04", "/postings?pref=04"),
    ("/postings?q=%FF%00&page=-1", "/postings?q=%25FF%00"),
)


def test_a_wrong_query_links_to_the_same_page_without_what_is_wrong(client: FlaskClient, cast: Cast) -> None:
    for asked, offered in WRONG:
        answer = client.get(asked)
        assert answer.status_code == 400 and "ください" in answer.text, asked
        links = ways(answer) or re.findall(r'<a href="([^"]*)"', answer.text.partition('class="results"')[2])
        assert offered in [link.replace("&amp;", "&") for link in links], asked
        assert client.get(offered).status_code == 200, offered


LOST = (
    ("/posting", "/postings", "アドレスが間違っている"),
    ("/postings/99", "/postings", "この番号の募集は公開されていません"),
    ("/postings?page=9&pref=04", "/postings?pref=04", "一覧は、このページより短く"),
    ("/municipalities/042029", "/municipalities", "アドレスが間違っている"),
    ("/abuot", "/about", "アドレスが間違っている"),
    ("/acessibility/", "/accessibility", "アドレスが間違っている"),
    ("/wp-login.php", "/postings", "アドレスが間違っている"),
)


def test_what_is_not_there_offers_what_may_have_been_meant(client: FlaskClient, cast: Cast) -> None:
    for asked, offered, said in LOST:
        answer = client.get(asked)
        assert answer.status_code == 404 and said in answer.text, asked
        assert offered in ways(answer), asked
        assert '<form class="search-form" action="/postings" method="get"' in answer.text


def test_a_towns_name_as_an_address_is_put_into_the_search_box(client: FlaskClient, cast: Cast) -> None:
    answer = client.get("/青葉市")
    assert answer.status_code == 404
    assert 'name="q" value="青葉市"' in answer.text
    assert 'value=""' in client.get("/\x00%FF").text
    assert '&#34;&gt;&lt;b&gt;' in client.get('/あ"><b>').text


def test_an_old_link_says_how_to_get_a_new_one(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    def stale() -> str:
        raise StaleLink

    rules = {"/subscribe/old": "/subscribe", "/reset/old": "/forgot", "/invitation/old/one": "/login"}
    for rule in rules:
        app.add_url_rule(rule, rule, stale)
    for rule, way in rules.items():
        answer = client.get(rule)
        assert answer.status_code == 410 and way in ways(answer)


class Gone:
    """A session whose database cannot be asked."""

    def __call__(self) -> Session:
        raise ZeroDivisionError

    class registry:
        has = staticmethod(bool)

    def remove(self) -> None: ...


def failing(app: Flask, code: int) -> None:
    app.add_url_rule(f"/fails/{code}", f"fails{code}", lambda: abort(code))


def test_every_code_has_one_heading_one_way_and_names_itself(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    codes = [*PAGES, 414, 418, 431, 501, 504]
    for code in codes:
        failing(app, code)
    for code in codes:
        answer = client.get(f"/fails/{code}")
        assert answer.status_code == code and f"エラー {code}" in answer.text
        assert answer.text.count("<h1>") == 1 and ways(answer)
        assert '<meta name="robots" content="noindex">' in answer.text
        assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_of_a_broken_site_needs_neither_database_nor_session(
    app: BoardApp, client: FlaskClient, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    globals_of_forms = [name for name in app.jinja_env.globals if name in ("csrf_token", "form_token", "current_user")]
    assert len(globals_of_forms) == 3

    def broken(*_: object, **__: object) -> object:
        raise ZeroDivisionError

    def gone() -> object:
        raise OperationalError("SELECT", None, Exception("database is locked"))

    app.add_url_rule("/broken", "broken", broken)
    app.add_url_rule("/gone", "gone", gone)
    for name in globals_of_forms:
        monkeypatch.setitem(app.jinja_env.globals, name, broken)
    monkeypatch.setattr(db, "session", Gone())
    for path, code, way in (("/broken", 500, "/about#contact"), ("/gone", 503, "/postings")):
        answer = client.get(path)
        assert answer.status_code == code and way in ways(answer)
        assert "Set-Cookie" not in answer.headers
        assert (answer.headers.get("Retry-After") is not None) is (code == 503)
