"""担当 and presence: who took a posting on, who has its page open, and that neither keeps anybody from deciding."""

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import State
from jobboard.models import AuditEntry, Posting, Presence
from jobboard.web.transaction import BoardApp
from tests.cast import Cast, Clock
from tests.mailroom import Mailroom
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, hidden, sign_in
from tests.web.test_review import PUBLISH, behind
from tests.web.test_review import sato as sato
from tests.web.test_review import waiting as waiting


@pytest.fixture
def admin(app: BoardApp, cast: Cast) -> FlaskClient:
    """The administrator, who also moderates, in another browser."""
    client = app.test_client()
    sign_in(client, ADMINISTRATOR)
    return client


def acts(client: FlaskClient) -> list[str]:
    with behind(client) as session:
        names = ("posting:take_on", "posting:put_down")
        return [one.action for one in session.query(AuditEntry).filter(AuditEntry.action.in_(names)).order_by(AuditEntry.id)]


def test_a_posting_is_taken_on_taken_over_after_asking_and_put_down(sato: FlaskClient, admin: FlaskClient, waiting: int) -> None:
    path = f"/review/postings/{waiting}"
    assert press(sato, path, "担当する").status_code == 303
    assert "あなたが" in sato.get(path).text
    page = admin.get(path)
    assert "佐藤 恵さんが担当しています" in page.text and "このまま判断できます" in page.text
    asked = press(admin, page, "担当を代わる")
    assert asked.status_code == 409 and "担当を代わりますか" in asked.text
    assert "あなたが" in sato.get(path).text, "asking takes nothing over"
    assert press(admin, asked, "担当を代わる").location.endswith(path)
    late = press(sato, path, "担当を代わる")
    assert late.status_code == 409 and "管理 太郎さんが" in late.text
    assert press(admin, path, "担当をやめる").status_code == 303
    assert "担当する" in sato.get(path).text
    assert acts(sato) == ["posting:take_on", "posting:take_on", "posting:put_down"]


def test_who_looks_without_javascript_is_told_how_others_see_it(sato: FlaskClient, admin: FlaskClient, waiting: int) -> None:
    path = f"/review/postings/{waiting}"
    sato.get(path)
    assert "ほかの人には分かりません。「担当する」を押すと" in sato.get(path).text.split("<noscript>")[1]
    queue = admin.get("/review/").text
    assert 'name="version"' in queue and "その人が「担当する」を押すまで分かりません" in queue
    press(sato, path, "担当する")
    assert "<noscript>" not in sato.get(path).text and 'name="version"' not in admin.get("/review/").text
    assert "「担当を代わる」を押すと" in admin.get(path).text.split("<noscript>")[1]


def test_what_somebody_else_took_over_meanwhile_is_not_put_down(
    sato: FlaskClient, admin: FlaskClient, cast: Cast, waiting: int
) -> None:
    path = f"/review/postings/{waiting}"
    press(sato, path, "担当する")
    page = sato.get(path)
    press(admin, press(admin, path, "担当を代わる"), "担当を代わる")
    press(sato, page, "担当をやめる")
    assert "もう自分の担当ではありません" in sato.get(path).text
    with behind(sato) as session:
        assert session.get_one(Posting, waiting).reviewer_id == cast.admin


def test_taking_on_from_the_queue_leads_back_to_it(sato: FlaskClient, waiting: int) -> None:
    assert press(sato, "/review/", "担当する").location.endswith("/review/")
    assert "自分" in sato.get("/review/?holder=me").text


def test_anybody_decides_and_what_is_decided_is_held_by_nobody(sato: FlaskClient, admin: FlaskClient, waiting: int) -> None:
    path = f"/review/postings/{waiting}"
    press(sato, path, "担当する")
    page = sato.get(path)
    assert press(admin, path, PUBLISH).status_code == 303
    with behind(sato) as session:
        posting = session.get_one(Posting, waiting)
        assert posting.state is State.PUBLISHED and posting.reviewer_id is posting.reviewer_since is None
    press(sato, page, "担当をやめる")
    assert "もう自分の担当ではありません" in sato.get(path).text
    token = hidden(page)["csrf_token"]
    sato.post(f"{path}/take-on", data={"csrf_token": token})
    assert "いま掲載確認を待っていません" in sato.get(path).text


def tell(client: FlaskClient, posting: int, version: str = "1") -> dict[str, object]:
    page = client.get("/account")
    form = {"csrf_token": hidden(page)["csrf_token"], "version_id": version}
    told = client.post(f"/review/postings/{posting}/presence", data=form).json
    assert isinstance(told, dict)
    return told


def test_two_moderators_on_one_posting_see_each_other_while_they_look(
    sato: FlaskClient, admin: FlaskClient, waiting: int, clock: Clock, mailroom: Mailroom
) -> None:
    path, version = f"/review/postings/{waiting}", hidden(sato.get(f"/review/postings/{waiting}"))["version_id"]
    assert tell(sato, waiting, version) == {"others": "", "moved": False}
    assert "佐藤 恵さんも、いまこの募集を見ています。" in admin.get(path).text
    assert tell(admin, waiting, version)["others"] == "佐藤 恵さんも、いまこの募集を見ています。"
    assert tell(sato, waiting, version)["others"] == "管理 太郎さんも、いまこの募集を見ています。"
    assert "管理 太郎さんも、いまこの募集を見ています。" in sato.get("/review/").text
    clock.forward(seconds=30)
    tell(sato, waiting, version)
    clock.forward(seconds=50)
    assert tell(sato, waiting, version)["others"] == "", "a page that is closed says nothing any more"
    clock.forward(days=1)
    mailroom.steps.tidy()
    with behind(sato) as session:
        assert session.query(Presence).count() == 0


def test_an_open_page_is_told_that_its_version_waits_no_more(sato: FlaskClient, admin: FlaskClient, waiting: int) -> None:
    version = hidden(sato.get(f"/review/postings/{waiting}"))["version_id"]
    tell(sato, waiting, version)
    tell(admin, waiting, version)
    press(admin, f"/review/postings/{waiting}", PUBLISH)
    assert tell(sato, waiting, version) == {"others": "", "moved": True}, "and who decided has left"


def test_nobody_else_says_that_they_look(app: BoardApp, cast: Cast, sato: FlaskClient, waiting: int) -> None:
    editor = app.test_client()
    sign_in(editor, EDITOR)
    token = hidden(editor.get("/account"))["csrf_token"]
    assert editor.post(f"/review/postings/{waiting}/presence", data={"csrf_token": token}).status_code == 403
    token = hidden(sato.get("/account"))["csrf_token"]
    assert sato.post("/review/postings/99/presence", data={"csrf_token": token}).status_code == 404
    with behind(sato) as session:
        assert session.query(Presence).count() == 0
