"""The whole way once, through HTTP and mail alone: from an invitation to a reader who hears of it, and leaves.

On SQLite with the folder mailer, and on PostgreSQL with a real SMTP server and two workers.
"""

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
import requests

from jobboard.domain.workdays import is_workday
from jobboard.web.security import SHORTEST
from tests.cast import COMPLETE, PASSWORD
from tests.flows.apps import pass_second_factor
from tests.flows.site import Letter, Site, running_site, wait_for
from tests.flows.visitor import Visitor

CODE = "042021"
"""石巻市: the journey needs a real municipality, for the invented ones belong to the demonstration."""
DEADLINE = next(day for day in (date.today() + timedelta(days=ahead) for ahead in range(40, 60)) if is_workday(day))
TITLE = "CIO補佐官(甲乙丙推進)"


def draft(**changes: str | list[str]) -> dict[str, Any]:
    """The answers that the editor types."""
    dates = {
        "apply_by": f"{DEADLINE}T17:00",
        "term_start_on": f"{DEADLINE.year + 1}-04-01",
        "term_end_on": f"{DEADLINE.year + 2}-03-31",
    }
    return {**COMPLETE, "title": TITLE, "official_url": "https://www.city.ishinomaki.lg.jp/dx.html", **dates, **changes}


@pytest.fixture(params=["sqlite-folder", "postgresql-smtp"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    kind, mail = request.param.split("-")
    url = request.getfixturevalue(f"{kind}_url")
    with running_site(tmp_path, url, smtp=mail == "smtp", workers=2 if kind == "postgresql" else 1) as site:
        yield site


def accept(site: Site, path: str, name: str, email: str) -> Visitor:
    """Follows an invitation, sets a password, registers a second factor, and is signed in."""
    visitor = Visitor(site.base_url)
    page = visitor.open(path)
    button = next(text for form in page.forms for text in form.buttons)
    fields = {field for form in page.forms for field in form.names if "password" in field}
    visitor.press(button, {"name": name, **dict.fromkeys(fields, PASSWORD)})
    return pass_second_factor(visitor, email)


def signed_in(site: Site, email: str, *, agent: str = "", password: str = PASSWORD) -> Visitor:
    """Signs in by the form, with an app. ``agent``: the browser's name, if it must be a certain one."""
    visitor = Visitor(site.base_url)
    visitor.session.headers.update({"User-Agent": agent} if agent else {})
    visitor.open("/login")
    visitor.press("ログイン", {"email": email, "password": password})
    return pass_second_factor(visitor, email)


def invited(site: Site, email: str, name: str, *role: str) -> Visitor:
    """Invites by the command, as the first administrator must be."""
    printed = site.command("account", "invite", email, *role)
    path = "/invitation/" + printed.split("/invitation/", 1)[1].split()[0]
    accept(site, path, name, email)
    return signed_in(site, email)


def reading(site: Site, query: str) -> tuple[Visitor, float]:
    """Has the form open, since that instant of ``time.monotonic``."""
    reader = Visitor(site.base_url)
    reader.open(f"/subscribe?{query}")
    return reader, time.monotonic()


def subscribed(site: Site, reader: Visitor, since: float, address: str) -> Letter:
    """Subscribes without an account and confirms by the mailed link; returns the confirmation mail.

    The form takes what comes two seconds after it was opened, as people need at least.
    """
    wait_for(lambda: time.monotonic() - since > SHORTEST["subscribe.ask"].total_seconds(), "the least time that a person needs")
    reader.press("この条件で受け取る", {"email": address})
    letter = site.mailbox.wait(address, 1)[0]
    stranger = Visitor(site.base_url)
    stranger.open(letter.link("/subscribe/confirm/"))
    stranger.press("登録を確定する")
    return letter


def posting_path(site: Site) -> str:
    """The public address of the posting, from the feed."""
    feed = feedparser.parse(requests.get(f"{site.base_url}/postings.rss?q=甲乙丙", timeout=10).content)
    assert len(feed.entries) == 1
    return "/postings/" + feed.entries[0].link.rsplit("/postings/", 1)[1]


def test_an_opening_is_written_corrected_published_heard_of_changed_closed_and_left(site: Site) -> None:
    queries = {"tanaka": "q=甲乙丙&pref=04&role=cio_adviser", "suzuki": "q=甲乙丙&pref=47", "ito": "q=甲乙丙"}
    readers = {name: reading(site, query) for name, query in queries.items()}
    admin = invited(site, "admin@soumu.go.jp", "管理 太郎", "--role", "administrator")
    moderator = invited(site, "sato@soumu.go.jp", "佐藤 恵", "--role", "moderator")

    admin.open("/ministry/accounts")
    editor = _invite_editor(site, admin)
    for name, (reader, since) in readers.items():
        subscribed(site, reader, since, f"{name}@reader.ne.jp")

    desk = _written_and_submitted(editor)
    _asked_for_correction(moderator)
    _resubmitted_and_published(editor, moderator, desk)

    first = site.mailbox.wait("tanaka@reader.ne.jp", 2)[1]
    assert TITLE in first.text and "石巻市" in first.subject
    site.mailbox.wait("ito@reader.ne.jp", 2)
    public = posting_path(site)

    _amended(editor, moderator, desk)
    second = site.mailbox.wait("tanaka@reader.ne.jp", 3)[2]
    assert "25,000円" in second.text and "30,000円" in second.text and "→" in second.text
    history = Visitor(site.base_url).open(f"{public}/history").text
    assert "25,000円" in history and "30,000円" in history
    changes = feedparser.parse(requests.get(f"{site.base_url}/changes.rss?q=甲乙丙", timeout=10).content)
    assert any("25,000円" in str(entry) and "30,000円" in str(entry) for entry in changes.entries)

    _extended(editor, desk)
    third = site.mailbox.wait("tanaka@reader.ne.jp", 4)[3]
    assert "締切延長" in third.subject + third.text

    editor.open(f"{desk}/close")
    editor.press("募集を終了する", {"reason": "filled", "outcome": "decided"})
    fourth = site.mailbox.wait("tanaka@reader.ne.jp", 5)[4]
    assert "終了" in fourth.text
    closed = Visitor(site.base_url).open(public)
    assert "受付終了" in closed.text

    _left_by_one_click(site, fourth)
    editor.open(f"{desk}/reopen")
    editor.press("募集を再開する", {"until": f"{DEADLINE + timedelta(days=60)}T17:00"})
    site.mailbox.wait("ito@reader.ne.jp", 6)
    assert len(site.mailbox.for_("tanaka@reader.ne.jp")) == 5
    assert len(site.mailbox.for_("suzuki@reader.ne.jp")) == 1


def _invite_editor(site: Site, admin: Visitor) -> Visitor:
    admin.open("/ministry/accounts/invite")
    admin.press("招待のメールを送る", {"email": "editor@city.aoba.lg.jp", "role": "editor", "place": CODE})
    letter = site.mailbox.wait("editor@city.aoba.lg.jp", 1)[0]
    return accept(site, letter.link("/invitation/"), "青葉 花子", "editor@city.aoba.lg.jp")


def _written_and_submitted(editor: Visitor) -> str:
    editor.open("/desk/postings/new")
    editor.press("下書きを作る", {"title": TITLE})
    desk = editor.url.split("/edit")[0]
    editor.open(f"{desk}/edit/all")
    editor.press("下書きを保存する", draft(duties="短い"))
    editor.open(f"{desk}/edit/all")
    refused = editor.press("掲載を依頼する", {}, status=422)
    assert "30字以上" in refused.text
    editor.press("掲載を依頼する", draft())
    assert "掲載確認中" in editor.open(desk).text
    return desk


def _asked_for_correction(moderator: Visitor) -> None:
    moderator.open("/review/")
    moderator.follow(TITLE)
    moderator.press("修正を依頼する", {"reason": "業務の内容をもう少し具体的に書いてください。"})


def _resubmitted_and_published(editor: Visitor, moderator: Visitor, desk: str) -> None:
    assert "もう少し具体的に" in editor.open(desk).text
    editor.open(f"{desk}/edit/all")
    duties = COMPLETE["duties"][0] + "月に一度、全課長の会議で進み具合を説明します。"
    editor.press("掲載を依頼する", {"duties": duties})
    moderator.open("/review/")
    moderator.follow(TITLE)
    moderator.press("掲載する")


def _amended(editor: Visitor, moderator: Visitor, desk: str) -> None:
    editor.open(f"{desk}/edit/all")
    editor.press("変わるところを確かめる", {"pay_low": "30000"})
    assert "25,000円" in editor.page.text and "30,000円" in editor.page.text
    editor.press("掲載を依頼する", {"change_summary": "日額を引き上げました"})
    moderator.open("/review/")
    moderator.follow(TITLE)
    moderator.press("掲載する")


def _extended(editor: Visitor, desk: str) -> None:
    editor.open(f"{desk}/extend")
    editor.press(
        "締切を延長する", {"until": f"{DEADLINE + timedelta(days=14)}T17:00", "reason": "few_applicants"}
    )


def _left_by_one_click(site: Site, letter: Letter) -> None:
    header = str(letter.message["List-Unsubscribe"]).strip("<>")
    assert str(letter.message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert requests.get(header, timeout=10).status_code == 200
    answer = requests.post(header, data={"List-Unsubscribe": "One-Click"}, timeout=10)
    assert answer.status_code == 200 and not answer.cookies
