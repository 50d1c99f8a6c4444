"""Texts of the fixed pages: versions, their difference, the page beforehand, publishing in turn, and the page's own words again."""

import pytest
from flask.testing import FlaskClient

from jobboard.database import db
from jobboard.models import AuditEntry, PageText
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, NewApp
from tests.flows.visitor import Page
from tests.pressing import press
from tests.staff import ADMINISTRATOR, MODERATOR, sign_in

ABOUT, OFFICE = "/ministry/texts/about", "/ministry/texts/office"
SAVE, SHOW, BACK, LOOK = "新しい版として保存する", "この版を公開する", "この版に戻す", "見え方を確かめる"
OWN = "自治体のデジタル化(DX)を進めるには"


@pytest.fixture
def writer(client: FlaskClient, cast: Cast) -> FlaskClient:
    sign_in(client, ADMINISTRATOR)
    return client


def saved(writer: FlaskClient, body: str) -> str:
    """The address of a new version of /about."""
    answer = press(writer, ABOUT, SAVE, {"body": body})
    assert answer.status_code == 303
    return answer.location


def test_a_text_is_published_in_place_of_the_pages_own_words_and_back_again(writer: FlaskClient, app: BoardApp) -> None:
    reader = app.test_client()
    before = reader.get("/about")
    assert OWN in before.text
    first = saved(writer, "# 設立\n\n一つ目の文")
    assert OWN in reader.get("/about").text, "nobody sees it before it is published"
    whole = writer.get(f"{first}/preview")
    assert "一つ目の文" in whole.text and "公開する前の見え方です" in whole.text and whole.headers["Cache-Control"] == "no-store"
    assert press(writer, first, SHOW).status_code == 303
    page = reader.get("/about", headers={"If-None-Match": before.headers["ETag"]})
    assert page.status_code == 200 and "一つ目の文" in page.text and OWN not in page.text and "2026年4月1日(水) 改定" in page.text
    for anchor in ("text-1", "promises", "contact"):  # others link at the last two
        assert f'<a href="#{anchor}">' in page.text and f'id="{anchor}"' in page.text
    second = saved(writer, "# 設立\n\n二つ目の文")
    shown = Page(writer.get(second).text).text
    assert "変更前 一つ目の文" in shown and "変更後 二つ目の文" in shown
    assert press(writer, second, SHOW).status_code == 303
    assert press(writer, first, BACK).status_code == 303
    assert "一つ目の文" in reader.get("/about").text
    with app.app_context():
        bodies = [row.body.splitlines()[-1] for row in db.session.query(PageText).order_by(PageText.id)]
        assert bodies == ["一つ目の文", "二つ目の文", "一つ目の文"]
        assert db.session.query(AuditEntry).filter_by(action="text:publish").count() == 3
    assert press(writer, saved(writer, ""), SHOW).status_code == 303
    assert OWN in reader.get("/about").text


def test_who_publishes_second_sees_what_stands_now(writer: FlaskClient, app: BoardApp) -> None:
    mine, theirs = saved(writer, "私の文"), saved(writer, "先の文")
    old = writer.get(mine)
    assert press(writer, theirs, SHOW).status_code == 303
    refused = press(writer, old, SHOW)
    text = Page(refused.text).text
    assert refused.status_code == 409 and "ほかの人が別の版を公開しました" in text and "変更前 先の文" in text and "変更後 私の文" in text
    assert "先の文" in app.test_client().get("/about").text
    assert press(writer, refused, SHOW).status_code == 303
    twice = press(writer, old, SHOW)
    assert twice.status_code == 409
    with app.app_context():
        assert db.session.query(PageText).count() == 2


def test_script_is_refused_in_words_and_stays_in_the_form(writer: FlaskClient, app: BoardApp) -> None:
    for button in (SAVE, LOOK):
        refused = press(writer, ABOUT, button, {"body": "<script>alert(1)</script> 文"})
        assert refused.status_code == 422 and "HTML(スクリプトなど)は使えません" in refused.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt; 文</textarea>" in refused.text
    with app.app_context():
        assert db.session.query(PageText).count() == 0


def test_every_page_shows_its_text_and_keeps_what_programs_know(writer: FlaskClient, app: BoardApp) -> None:
    reader = app.test_client()
    kept = {"help": "同じ言葉として探すもの", "privacy": "保存する期間", "terms": "脆弱性の報告", "accessibility": "試験の結果"}
    for name, heading in kept.items():
        answer = press(writer, f"/ministry/texts/{name}", SAVE, {"body": "## 運営者の節\n\n運営者の文"})
        assert press(writer, answer.location, SHOW).status_code == 303
        page = reader.get(f"/{name}").text
        assert "運営者の文" in page and heading in page, name


def test_the_office_stands_before_the_settings_and_leaves_mails_alone(new_app: NewApp, cast: Cast) -> None:
    app = new_app(contact="old@example.go.jp", mail_postal_address="東京都千代田区霞が関2-1-2", office="前の部署")
    writer, reader = app.test_client(), app.test_client()
    sign_in(writer, ADMINISTRATOR)
    form = writer.get(OFFICE)
    assert "メールの下の差出人の住所は、ここでは変わりません" in form.text and "霞が関2-1-2" in form.text
    typed = {"office": "新しい部署", "contact": "new@example.go.jp"}
    looked = press(writer, form, LOOK, typed)
    assert "新しい部署" in looked.text and "old@example.go.jp" in reader.get("/about").text
    answer = press(writer, looked, SAVE)
    assert "mailto:new@example.go.jp" in writer.get(f"{answer.location}/preview").text
    assert press(writer, answer.location, SHOW).status_code == 303
    for address in ("/about", "/privacy", "/terms", "/accessibility"):
        page = reader.get(address).text
        assert "総務省 新しい部署" in page and "mailto:new@example.go.jp" in page and "霞が関2-1-2" in page, address
    assert "Contact: mailto:new@example.go.jp" in reader.get("/.well-known/security.txt").text


@pytest.mark.parametrize("contact", ["あ", "javascript:alert(1)", "http://x.example", "https://", "javascript://x.example", "<a@b.jp> <c@d.jp>", "https://a@b.jp/"])
def test_a_contact_that_nobody_reaches_is_refused(writer: FlaskClient, contact: str) -> None:
    refused = press(writer, OFFICE, SAVE, {"contact": contact, "office": "部署"})
    assert refused.status_code == 422 and 'href="#field-contact"' in refused.text and 'value="部署"' in refused.text


def test_a_page_that_is_not_is_not_found_and_only_administrators_write(writer: FlaskClient, cast: Cast) -> None:
    version = saved(writer, "文")
    assert writer.get("/ministry/texts/nowhere").status_code == 404
    assert writer.get(version.replace("about", "help")).status_code == 404
    sign_in(writer, MODERATOR)
    assert {writer.get(path).status_code for path in ("/ministry/texts", ABOUT, version, f"{version}/preview")} == {403}
