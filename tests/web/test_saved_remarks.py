"""Texts of a 修正依頼 that are used again: put in and kept while asking, without JavaScript; listed, mended, put away."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from jobboard.base.states import State
from jobboard.database import Writing
from jobboard.domain import moderation, saved_remarks
from jobboard.models import AuditEntry, Posting, Remark, SavedRemark
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.mailroom import Mailroom, opened
from tests.prefectures import MIYAGI, through
from tests.pressing import form_values, press
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, sign_in, token
from tests.stories import submitted

RETURN = "修正を依頼する"
OWN, EVERY, WHOLE = "担当する課を書き添えてください。", "{項目}を、もっと具体的に書いてください。", "文を短く区切ってください。"


@contextmanager
def behind(client: FlaskClient) -> Iterator[Session]:
    """The database behind the pages."""
    with client.application.app_context(), Writing() as session:
        yield session


@pytest.fixture
def posting(app: BoardApp, cast: Cast) -> int:
    """A posting that waits, and a text of each kind: 1 for 業務の内容, 2 for every field, 3 for the whole."""
    with app.app_context(), Writing() as session:
        for field, text in (("duties", OWN), ("", EVERY), ("", WHOLE)):
            saved_remarks.save(session, field, text, by=cast.account("sato"), now=OPENING)
        return submitted(session, cast).id


@pytest.fixture
def sato(client: FlaskClient, cast: Cast) -> FlaskClient:
    """The moderator, signed in."""
    sign_in(client, MODERATOR)
    return client


def pushed(client: FlaskClient, page: TestResponse, button: str, anchor: str, **typed: str) -> TestResponse:
    """A button below one remark, in the form that stands on the page."""
    values = form_values(page.text, RETURN) | {name.replace("__", "."): [text] for name, text in typed.items()}
    path = page.request.path.removesuffix("/return")
    return client.post(f"{path}/return", data={**values, button: anchor})


def offered(page: TestResponse, anchor: str) -> list[str]:
    """The texts that can be chosen at a remark."""
    choice = page.text.partition(f'id="saved.{anchor}"')[2].partition("</select>")[0]
    return [option.partition("<")[0] for option in choice.split('">')[3:]]


def texts(client: FlaskClient) -> list[tuple[str, str, bool]]:
    """What is kept: field, text, whether it is put away."""
    with behind(client) as session:
        rows = session.scalars(select(SavedRemark).order_by(SavedRemark.id))
        return [(one.field, one.text, one.put_away_at is not None) for one in rows]


def test_each_field_offers_its_own_texts_and_those_for_every_field(sato: FlaskClient, posting: int) -> None:
    page = sato.get(f"/review/postings/{posting}")
    assert offered(page, "remark.duties") == [OWN, "業務の内容を、もっと具体的に書いてください。"]
    assert offered(page, "remark.title") == ["募集の題名を、もっと具体的に書いてください。"]
    assert offered(page, "reason") == [WHOLE]


def test_a_text_is_put_in_without_javascript_and_nothing_typed_is_lost(
    sato: FlaskClient, posting: int, mailroom: Mailroom
) -> None:
    page = sato.get(f"/review/postings/{posting}")
    typed = {"reason": "一点あります。", "remark__title": "題名を短く", "remark__duties": "読みました。", "saved__remark__duties": "2"}
    page = pushed(sato, page, "insert", "remark.duties", **typed)
    filled = "読みました。\n業務の内容を、もっと具体的に書いてください。"
    assert page.status_code == 200 and filled in page.text and "一点あります。" in page.text and "題名を短く" in page.text
    typed = {"remark__title": "題名を短く", "remark__duties": filled, "saved__reason": "3", "reason": ""}
    page = pushed(sato, page, "insert", "reason", **typed)
    assert form_values(page.text, RETURN)["reason"] == [WHOLE] and filled in page.text
    with behind(sato) as session:
        assert session.get_one(Posting, posting).state is State.SUBMITTED, "nothing was asked yet"
    asked = {"remark.title": "題名を短く", "remark.duties": filled}
    assert press(sato, page, RETURN, asked).status_code == 303
    with behind(sato) as session:
        rows = session.scalars(select(Remark).order_by(Remark.id))
        assert [(one.field, one.text) for one in rows] == [("", WHOLE), ("title", "題名を短く"), ("duties", filled)]
    (letter,) = mailroom.run()
    mail = opened(letter).get_content()
    for words in (f"■ 全体\r\n{WHOLE}", "■ 募集の題名\r\n題名を短く", "■ 業務の内容\r\n読みました。\r\n業務の内容を、"):
        assert words.replace("\r\n", "\n") in mail.replace("\r\n", "\n")
    sign_in(sato, EDITOR)
    form = sato.get(f"/desk/postings/{posting}/edit/all").text
    assert "修正のお願い(業務の内容)" in form and "修正のお願い(募集の題名)" in form and WHOLE in form


def test_choosing_nothing_or_what_is_gone_says_so(sato: FlaskClient, posting: int) -> None:
    page = sato.get(f"/review/postings/{posting}")
    for chosen in ("", "1", "999", "x", "9" * 30):  # 1 belongs to another field
        refused = pushed(sato, page, "insert", "remark.title", remark__title="題名を短く", saved__remark__title=chosen)
        assert refused.status_code == 422 and "入れる文を、一覧から選んでください" in refused.text and "題名を短く" in refused.text
    for anchor in ("remark.nothing", "remark.", "title", ""):
        assert pushed(sato, page, "insert", anchor).status_code == 404


def test_what_was_newly_written_is_kept_once(sato: FlaskClient, posting: int, cast: Cast) -> None:
    page = sato.get(f"/review/postings/{posting}")
    for _ in range(2):
        page = pushed(sato, page, "keep", "remark.title", remark__title="題名を短く", reason="一点あります。")
        assert page.status_code == 200 and "保存しました。まだ依頼はしていません。" in page.text
        assert "題名を短く" in page.text and "一点あります。" in page.text
    assert texts(sato)[3:] == [("title", "題名を短く", False)]
    assert "題名を短く" in offered(page, "remark.title")
    for typed, told in (("", "保存する文を書いてください"), ("あ" * 2_001, "(今は2,001字)")):
        refused = pushed(sato, page, "keep", "remark.title", remark__title=typed, reason="一点あります。")
        assert refused.status_code == 422 and told in refused.text and typed in refused.text and "一点あります。" in refused.text
    with behind(sato) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "remark:save").order_by(AuditEntry.id.desc())).first()
        assert entry is not None and entry.facts == {"fields": ["title"]}, "the audit holds no words"


def test_a_version_that_changed_meanwhile_is_told_of_and_the_words_stay(sato: FlaskClient, posting: int, cast: Cast) -> None:
    page = sato.get(f"/review/postings/{posting}")
    with behind(sato) as session:
        one, editor = session.get_one(Posting, posting), cast.account("aoba_editor")
        moderation.recall(session, one, by=editor, now=OPENING)
        moderation.submit(session, one, by=editor, now=OPENING)
    met = pushed(sato, page, "insert", "remark.duties", saved__remark__duties="1", reason="一点あります。")
    assert met.status_code == 409 and "もう掲載を待っていません" in met.text and "一点あります。" in met.text
    assert form_values(met.text, RETURN)["version_id"] != form_values(page.text, RETURN)["version_id"]
    with behind(sato) as session:
        moderation.publish(
            session, session.get_one(Posting, posting), version_id=session.get_one(Posting, posting).pending_id or 0,
            by=cast.account("admin"), now=OPENING,
        )  # fmt: skip
    late = press(sato, met, RETURN, {"reason": "長く考えた文です。", "remark.title": "題名を短く"})
    assert late.status_code == 409 and "長く考えた文です。" in late.text and "題名を短く" in late.text, "also when nothing waits"


def test_words_for_a_request_that_was_taken_back_can_be_copied(sato: FlaskClient, posting: int, cast: Cast) -> None:
    page = sato.get(f"/review/postings/{posting}")
    with behind(sato) as session:
        moderation.recall(session, session.get_one(Posting, posting), by=cast.account("aoba_editor"), now=OPENING)
    late = press(sato, page, RETURN, {"reason": "長く考えた文です。", "remark.title": "題名を短く"})
    assert late.status_code == 409 and "取り下げました" in late.text
    assert "長く考えた文です。" in late.text and "題名を短く" in late.text and late.text.count("csrf_token") == 1, "the way out alone is a form"


def test_texts_are_listed_by_field_mended_put_away_and_brought_back(sato: FlaskClient, posting: int) -> None:
    every = sato.get("/review/remarks").text
    assert all(text in every for text in (OWN, EVERY, WHOLE)) and "すべての項目" in every
    only = sato.get("/review/remarks?field=duties").text
    assert OWN in only and WHOLE not in only
    assert WHOLE in (whole := sato.get("/review/remarks?field=whole").text) and OWN not in whole
    assert sato.get("/review/remarks?field=nothing").status_code == 400
    assert press(sato, "/review/remarks", "保存する", {"field": "pay_low", "text": "根拠を書いてください。"}).status_code == 303
    for field, text, told in (("x", "文", "一覧から選んでください"), ("", " ", "保存する文を"), ("", "あ" * 2_001, "今は2,001字")):
        refused = press(sato, "/review/remarks", "保存する", {"field": field, "text": text})
        assert refused.status_code == 422 and told in refused.text and text.strip() in refused.text
    page = sato.get("/review/remarks/1")
    assert press(sato, page, "保存する", {"field": "background", "text": "背景を書いてください。"}).status_code == 303
    late = press(sato, page, "保存する", {"field": "duties", "text": "別の人が直した文"})
    assert late.status_code == 409 and "背景を書いてください。" in late.text and "別の人が直した文" in late.text
    assert "ほかの画面で先に直されています" in late.text and "さんが先に" not in late.text
    assert press(sato, late, "保存する", {"field": "duties", "text": " "}).status_code == 422
    assert press(sato, late, "保存する", {"field": "duties", "text": "別の人が直した文"}).status_code == 303
    form = {"csrf_token": token(sato, "/account")}
    for _ in range(2):
        assert sato.post("/review/remarks/1/put-away", data=form).status_code == 303
    assert texts(sato)[0] == ("duties", "別の人が直した文", True)
    gone = press(sato, late, "保存する", {"field": "duties", "text": "別の人が直した文"})
    assert gone.status_code == 409 and "先に「使わないこと」にされました" in gone.text
    assert "しまった文(1件)" in sato.get("/review/remarks").text
    assert "別の人が直した文" not in sato.get(f"/review/postings/{posting}").text
    assert press(sato, "/review/remarks", "戻す").status_code == 303
    assert "別の人が直した文" in offered(sato.get(f"/review/postings/{posting}"), "remark.duties")
    assert sato.get("/review/remarks/999").status_code == 404


def test_what_was_put_away_comes_back_when_it_is_kept_again(sato: FlaskClient, posting: int, cast: Cast) -> None:
    with behind(sato) as session:
        saved_remarks.put_away(session, session.get_one(SavedRemark, 1), by=cast.account("sato"), now=OPENING)
    press(sato, "/review/remarks", "保存する", {"field": "duties", "text": OWN})
    assert texts(sato)[0] == ("duties", OWN, False) and len(texts(sato)) == 3


def test_only_the_ministry_has_them(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        through(session, cast, "04")
        number = submitted(session, cast).id
        saved_remarks.save(session, "", EVERY, by=cast.account("sato"), now=OPENING)
    sign_in(client, MIYAGI)
    page = client.get(f"/desk/prefecture/postings/{number}")
    assert "もっと具体的に" not in page.text and "この文を保存する" not in page.text
    form = {**form_values(page.text, RETURN), "insert": "remark.title", "saved.remark.title": "1"}
    assert client.post(f"/desk/prefecture/postings/{number}/return", data=form).status_code == 403
    for email, code in ((MIYAGI, 403), (EDITOR, 403), (ADMINISTRATOR, 200)):
        sign_in(client, email)
        assert client.get("/review/remarks").status_code == code
        assert client.get("/review/remarks/1").status_code == code
