"""The preview as mail and as entry of a feed is what is sent: compared with what really leaves after the publication."""

import re

import pytest
from flask.testing import FlaskClient

from jobboard.database import Writing
from jobboard.domain import drafting, moderation
from jobboard.domain.rehearsing import OWN_LINK
from jobboard.models import Posting
from jobboard.web.desk_preview import MAIL_POLICY
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.flows.visitor import Page
from tests.mailroom import Mailroom, opened
from tests.staff import EDITOR, MODERATOR, OTHER_EDITOR, sign_in
from tests.stories import amended, drafted, published, typed

ODD = {"title": "<b>CIO</b>補佐官 & \"DX\"", "requirements_nice": "<script>alert(1)</script>"}


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    sign_in(client, EDITOR)
    return client


def preview(desk: FlaskClient, posting: int, view: str) -> str:
    answer = desk.get(f"/desk/postings/{posting}/preview?as={view}")
    assert answer.status_code == 200
    return answer.text


def publish(app: BoardApp, cast: Cast, posting: int, summary: str = "") -> None:
    with app.app_context(), Writing() as session:
        found = session.get_one(Posting, posting)
        moderation.submit(session, found, by=cast.account("aoba_editor"), now=OPENING, summary=summary)
        assert found.pending is not None
        moderation.publish(session, found, version_id=found.pending.id, by=cast.account("sato"), now=OPENING)


def facts(text: str) -> str:
    """A mail's own part, from the entry's first line to its link."""
    return "".join(re.findall(r"■.*?(?=https?://)", " ".join(text.split())))


def test_the_mail_of_the_preview_is_the_mail_that_leaves(desk: FlaskClient, app: BoardApp, cast: Cast, mailroom: Mailroom) -> None:
    with app.app_context(), Writing() as session:
        number = drafted(session, cast, **ODD).id
    mailroom.subscribed()
    page = Page(preview(desk, number, "mail")).text
    html = desk.get(f"/desk/postings/{number}/preview/mail")
    publish(app, cast, number)
    letter = next(mail for mail in map(opened, mailroom.run()) if mail["List-Unsubscribe"])
    body, shown = letter.get_body(("plain",)), letter.get_body(("html",))
    assert body is not None and shown is not None
    assert str(letter["Subject"]) in page and OWN_LINK in page
    assert facts(body.get_content()) == facts(page) != ""
    told = re.findall(r"<(?:th|td|h2)\b.*?</(?:th|td|h2)>", shown.get_content().replace("https://jobs.example.go.jp", ""), re.DOTALL)
    drawn = re.findall(r"<(?:th|td|h2)\b.*?</(?:th|td|h2)>", html.text.replace("http://127.0.0.1:8000", ""), re.DOTALL)
    assert told == drawn != [] and "<b>CIO" not in html.text and "{{" not in html.text + page
    assert html.headers["Content-Security-Policy"] == MAIL_POLICY


def test_the_entry_of_the_preview_is_the_entry_of_the_feed(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        number = drafted(session, cast, **ODD).id
    page = preview(desk, number, "feed")
    assert "<script>alert" not in page
    publish(app, cast, number)
    entry = desk.get("/changes.json").json["items"][0]
    assert entry["content_html"] in page and entry["title"] in Page(page).text and entry["summary"] in Page(page).text


def test_a_change_shows_old_and_new_and_says_when_nobody_is_mailed(desk: FlaskClient, app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        posting = published(session, cast)
        number, by = posting.id, cast.account("aoba_editor")
        drafting.save(session, posting, typed(pay_low="30000"), revision=posting.revision, by=by, now=OPENING)
    mail = Page(preview(desk, number, "mail")).text
    assert "25,000円 → 30,000円" in mail and "メールではお知らせしません" not in mail
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, number)
        changes = typed(contact_tel="022-111-1111")
        drafting.save(session, posting, changes, revision=posting.revision, by=cast.account("aoba_editor"), now=OPENING)
    assert "メールではお知らせしません" in preview(desk, number, "mail")
    assert "022-111-1111" in preview(desk, number, "feed")


def test_nobody_else_sees_what_is_not_public(client: FlaskClient, app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        number = drafted(session, cast).id
    sign_in(client, OTHER_EDITOR)
    for path in ("preview?as=mail", "preview?as=feed", "preview/mail"):
        assert client.get(f"/desk/postings/{number}/{path}").status_code == 404


def test_moderators_see_what_waits_as_its_municipality_does(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        changing, taken_back = published(session, cast), published(session, cast)
        for one in (changing, taken_back):
            amended(session, one, cast, now=OPENING, title="改めた題名", pay_low="30000")
        moderation.recall(session, taken_back, by=cast.account("aoba_editor"), now=OPENING)
        number, back = changing.id, taken_back.id
    seen = {}
    for email, place in ((EDITOR, "desk"), (MODERATOR, "review")):
        sign_in(client, email)
        for view in ("page", "mail", "feed"):
            text = Page(client.get(f"/{place}/postings/{number}/preview?as={view}").text).text
            seen[place, view] = text.split("ページ メール フィード")[1].split("このサイトについて")[0].replace(f"/{place}/", "/")
    assert "改めた題名" in seen["review", "page"] and "改めた題名" in seen["review", "mail"]
    for view in ("page", "mail", "feed"):
        assert seen["desk", view] == seen["review", view]
    assert client.get(f"/review/postings/{number}/preview/mail").headers["Content-Security-Policy"] == MAIL_POLICY
    assert client.get(f"/review/postings/{back}/preview").location.endswith(f"/review/postings/{back}")
    assert client.get(f"/review/postings/{back}/preview/mail").status_code == 404
