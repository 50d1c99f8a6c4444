"""Every kind of mail, as it travels and as a mail program opens it; and what its links do."""

import re
from base64 import b64decode
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from html.parser import HTMLParser
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from jobboard.base.letter import LINE, Letter
from jobboard.base.states import DeliveryKind, SubscriptionState
from jobboard.database import create_engine
from jobboard.domain.wrapping import width
from jobboard.models import Base, Subscription
from tests.flows.mail_story import BASE, Story, letters, on_sqlite, story, untold
from tests.mailroom import LETTERHEAD

__all__ = ["letters", "story", "untold"]

Letters = dict[DeliveryKind, list[Letter]]

RAW = ("Message-ID", "Date", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence", "References",
       "In-Reply-To", "Auto-Submitted", "X-Auto-Response-Suppress", "To", "MIME-Version")  # fmt: skip


def all_of(letters: Letters) -> list[Letter]:
    return [letter for some in letters.values() for letter in some]


def heads(content: bytes) -> list[tuple[str, str]]:
    """The header as it travels, unfolded and undecoded."""
    head = content.partition(b"\r\n\r\n")[0].decode("ascii")
    lines = re.sub(r"\r\n[ \t]", " ", head).split("\r\n")
    return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]


@on_sqlite
def test_a_mail_of_every_kind_travels_in_the_form_that_servers_and_programs_need(letters: Letters, database_url: str) -> None:
    assert set(letters) == set(DeliveryKind)
    for letter in all_of(letters):
        content = letter.as_bytes()
        _is_plain(content)
        head = heads(content)
        names = [name for name, _ in head]
        assert len(names) == len(set(names)) and not {"Cc", "Bcc", "Sender", "Reply-To"} & set(names)
        given = dict(head)
        for name in RAW:
            assert "=?" not in given.get(name, ""), name
        assert given["To"] == letter.recipient and given["Auto-Submitted"] == "auto-generated"
        assert re.fullmatch(r"<[0-9a-f]{32}@jobs\.example\.go\.jp>", given["Message-ID"])
        assert letter.envelope_sender == f"bounces+{given['Message-ID'][1:33]}@jobs.example.go.jp"
        assert len(letter.envelope_sender.partition("@")[0]) <= 64
        assert str(make_header(decode_header(given["Subject"]))) == letter.subject
        assert given["From"].endswith(" <oshirase@jobs.example.go.jp>")
        _opens_as_meant(content, letter)


def _is_plain(content: bytes) -> None:
    assert content.isascii() and b"\r\n" in content and not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    head, _, body = content.partition(b"\r\n\r\n")
    assert max(map(len, head.split(b"\r\n"))) <= LINE and max(map(len, body.split(b"\r\n"))) <= 76
    assert not re.search(rb"^\.", content, re.MULTILINE), "no line that SMTP would have to stuff"


def _opens_as_meant(content: bytes, letter: Letter) -> None:
    """The text part comes first and is what was meant; so is the HTML, where there is one."""
    message = message_from_bytes(content, policy=policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"][: len(parts)]
    assert len(parts) == (2 if letter.html else 1)
    for part, meant in zip(parts, (letter.text, letter.html), strict=False):
        raw = b64decode(part.get_payload()).decode("utf-8")  # type: ignore[arg-type]
        assert raw.replace("\r\n", "\n").rstrip("\n") == meant.rstrip("\n")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]", raw.replace("\r\n", "\n"))
    assert "{{" not in letter.text + letter.html
    for line in letter.text.split("\n"):
        assert "https://" in line or width(line) <= 76, line
        assert line == line.rstrip(), line


@on_sqlite
def test_notices_bear_the_headers_of_lists_and_the_words_that_the_law_asks_for(letters: Letters, database_url: str) -> None:
    assert len(letters[DeliveryKind.NOTICE]) == 8
    for letter in letters[DeliveryKind.NOTICE]:
        given = dict(heads(letter.as_bytes()))
        (leave,) = re.findall(r"^<(https://jobs\.example\.go\.jp/u/[\w-]{22})>$", given["List-Unsubscribe"])
        assert given["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert given["List-Id"] == "<notices.jobs.example.go.jp>" and given["Precedence"] == "bulk"
        assert all(re.fullmatch(r"<posting-[0-9a-f-]{36}@jobs\.example\.go\.jp>", one) for one in given["References"].split())
        lines = letter.text.split("\n")
        (sentence,) = [line for line in lines if leave in line]
        assert "停止する" in sentence, "the link stands beside its sentence"
        for words in ("配信者 総務省 デジタル人材 募集情報", LETTERHEAD.postal_address, "お問い合わせ https://", "選考に関与しません。"):
            assert words in letter.text.replace("\n", "") and words in re.sub("<[^>]*>", "", letter.html).replace("\n", "")


class Html(HTMLParser):
    """What stands in an HTML part."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data


@on_sqlite
def test_the_html_loads_nothing_runs_nothing_and_says_what_the_text_says(letters: Letters, database_url: str) -> None:
    for letter in letters[DeliveryKind.NOTICE]:
        page = Html(letter.html)
        tags = {tag for tag, _ in page.tags}
        assert not tags & {"img", "script", "link", "style", "iframe", "object", "embed", "form", "input", "base", "svg", "video"}
        for tag, given in page.tags:
            assert not {name for name in given if name.startswith("on") or name in ("src", "srcset", "background", "poster")}, tag
            assert "url(" not in given.get("style", "") and "@import" not in given.get("style", "")
        assert dict(page.tags)["html"]["lang"] == "ja" and "style" in dict(page.tags)["h1"]
        assert "<title>" in letter.html and page.tags[0][0] == "html"
        assert links_of(letter.html) == links_of(letter.text)
        squeezed = re.sub(r"\s", "", page.text)
        for words in re.findall(r"■ .*|\S+ → \S+", letter.text):
            assert re.sub(r"\s|■", "", words) in squeezed.replace("→", "→")


def links_of(text: str) -> set[str]:
    return {found.removesuffix("&amp;") for found in re.findall(r"https://[^\s\"<>)]+", text.replace("&amp;", "&"))}


def dump(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(sa.select(table)).all())) for name, table in Base.metadata.tables.items()
        }


def test_no_link_of_any_mail_changes_a_row_until_its_button_is_pressed(story: Story, database_url: str) -> None:
    story.clock.forward(hours=1)  # after which the link to a new password is too old, and says so
    found = {link for letter in all_of(story.letters) for link in links_of(letter.text) | links_of(letter.html)}
    found |= {link for letter in all_of(story.letters) for link in links_of(" ".join(letter.headers.values()))}
    paths = sorted(link.removeprefix(BASE) or "/" for link in found)
    assert {re.split("[/?#]", path)[1] for path in paths} >= {
        "u", "subscriptions", "subscribe", "postings", "invitation", "reset", "desk", "review", "about",
    }  # fmt: skip
    engine = create_engine(database_url)
    before, client = dump(engine), story.app.test_client()
    for path in paths:
        for method in ("HEAD", "GET"):
            answer = client.open(path.partition("#")[0], method=method)
            expected = 302 if path.startswith(("/desk", "/review", "/ministry")) else 410 if path.startswith("/reset") else 200
            assert answer.status_code == expected, (method, path, answer.status)
            assert method == "HEAD" or expected == 302 or "<h1" in answer.text
    after = dump(engine)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    _leaves_all(story, engine)
    engine.dispose()


def _leaves_all(story: Story, engine: Engine) -> None:
    """The one-click POST of RFC 8058, as a mail program sends it: without a cookie, a form or a login."""
    client = story.app.test_client(use_cookies=False)
    assert len(active(engine)) == 3
    for letter in story.letters[DeliveryKind.NOTICE]:
        path = dict(letter.headers)["List-Unsubscribe"].strip("<>").removeprefix(BASE)
        answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert active(engine) == []


def active(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        running = sa.select(Subscription.id).where(Subscription.state == SubscriptionState.ACTIVE)
        return list(connection.scalars(running))
