"""Titles and texts that somebody typed to do harm, or by mistake, on the whole way from the draft to the mail."""

import base64
import re
from email.header import decode_header, make_header

from jobboard.base.letter import Letter
from jobboard.base.states import DeliveryKind
from jobboard.database import Writing
from jobboard.domain import moderation, notices
from jobboard.domain.wrapping import width
from jobboard.models import Posting
from tests.flows.mail_story import BASE, SITE, Story, on_sqlite, untold
from tests.flows.test_mail_shape import heads
from tests.mailroom import opened
from tests.stories import amended, published, submitted

__all__ = ["untold"]

INJECTED = base64.b64encode(b"\r\nBcc: x@y.jp\r\n\r\nhello").decode()
TITLES = {
    "emoji": ("窓口👍🏽の改革👨‍👩‍👧🎉", "窓口👍🏽の改革👨‍👩‍👧🎉"),
    "an emoji newer than this Python": ("窓口\U0001fae9の改革", "窓口\U0001fae9の改革"),
    "characters of the companies": ("㈱髙﨑DX①Ⅳ㍻", "㈱髙﨑DX①Ⅳ㍻"),
    "a character of private use": ("窓口\ue000の改革", "窓口\ue000の改革"),
    "characters beyond the basic plane": ("𠮷野家\U0002f9b3", "𠮷野家\U0002f9b3"),
    "combining marks": ("か\u3099く\u3099", "か\u3099く\u3099"),
    "marks that turn the text around": ("\u202e改革\u202c\u200f\u2067窓口\u2069\u061c", "改革窓口"),
    "what cannot be seen": ("\ufeff窓\u200b口\u00ad\u2060の改革\u3000 DX", "窓口の改革 DX"),
    "control characters": ("窓口\x00\x1b[31m\x08の\x7f\x9b改革", "窓口[31mの改革"),
    "eighty full-width characters": ("漢" * 80, "漢" * 80),
    "a header": ("窓口\r\nBcc: x@y.jp\r\n\r\n<script>", "窓口 Bcc: x@y.jp <script>"),
    "a header in an encoded word": (f"窓口=?utf-8?b?{INJECTED}?=", f"窓口=?utf-8?b?{INJECTED}?="),
    "an encoded word alone": ("=?utf-8?q?=41?= =?utf-8?q?=42?=", "=?utf-8?q?=41?= =?utf-8?q?=42?="),
    "places": ("{{manage}}{{uuid:leave}}{{ notice.letterhead.key }}{% raw %}", "{{manage}}{{uuid:leave}}{{ notice.letterhead.key }}{% raw %}"),
    "markup": ("<script>alert(1)</script><img src=x onerror=y>&amp;", "<script>alert(1)</script><img src=x onerror=y>&amp;"),
    "a very long word": ("Antidisestablishmentarianism" * 2 + "!" * 20, "Antidisestablishmentarianism" * 2 + "!" * 20),
    "punctuation without end": ("改革" + "!" * 70, "改革" + "!" * 70),
    "dots at the beginning": (".\n.\n..改革", ". . ..改革"),
    "blanks between long words": ("改革 " + "x" * 40 + " - 窓口、 DX", "改革 " + "x" * 40 + " - 窓口、 DX"),
}  # fmt: skip

HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def shown(letter: Letter) -> tuple[str, str, str]:
    """Subject, text and HTML as a mail program shows them, without blanks and line ends."""
    message = opened(letter)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None and html is not None
    return decoded(heads(letter.as_bytes())), text.get_content(), html.get_content()


def decoded(head: list[tuple[str, str]]) -> str:
    return str(make_header(decode_header(dict(head)["Subject"])))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def in_html(text: str) -> str:
    for plain, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(plain, written)
    return text


def published_by(story: Story, **typed: str) -> tuple[int, Letter]:
    """The number of a posting that was typed so, and the notice of it."""
    with story.app.app_context(), Writing() as session:
        number = published(session, story.cast, now=story.clock(), **typed).id
    story.send()
    return number, story.letters[DeliveryKind.NOTICE][-1]


@on_sqlite
def test_a_bad_title_arrives_whole_or_cleaned_and_stays_a_title(untold: Story, database_url: str) -> None:
    untold.subscribe("tanaka@reader.jp", "pref=04")
    for name, (typed, meant) in TITLES.items():
        _, letter = published_by(untold, title=typed)
        subject, text, html = shown(letter)
        lines = text.replace("\r\n", "\n").split("\n")
        short = meant if len(meant) <= 40 else meant[:39] + "…"
        assert subject == f"青葉市:{short}", name
        assert squeezed(meant) in squeezed(text), name
        assert squeezed(in_html(meant)) in squeezed(html.replace("&quot;", '"').replace("&#39;", "'")), name
        assert sorted(header for header, _ in heads(letter.as_bytes())) == EXPECTED, name
        assert max(width(line) for line in lines if "https://" not in line) <= 76, name
        assert not HARMFUL.search(subject + "\n".join(lines)), name
        assert "<script" not in html and "<img" not in html and "x@y.jp" not in (letter.recipient, letter.envelope_sender)
        assert b"\r\nBcc" not in letter.as_bytes()


EXPECTED = sorted(
    ("From", "To", "Subject", "Message-ID", "Date", "List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence",
     "Auto-Submitted", "X-Auto-Response-Suppress", "In-Reply-To", "References", "Content-Type", "MIME-Version")
)  # fmt: skip


@on_sqlite
def test_bad_words_in_a_change_and_in_mails_to_staff_arrive_as_words(untold: Story, database_url: str) -> None:
    untold.subscribe("tanaka@reader.jp", "pref=04")
    number, _ = published_by(untold, title="CIO補佐官")
    words = "\u202e直しました\r\nBcc: x@y.jp\x00 {{leave}} =?utf-8?b?QQ==?= " + "w" * 90
    with untold.app.app_context(), Writing() as session:
        posting = session.get_one(Posting, number)
        amended(session, posting, untold.cast, now=untold.clock(), summary=words, work_place="本庁\u202e舎\x00<b>")
        assert posting.pending is not None
        by, where = untold.cast.account("sato"), {"base_url": BASE, "site": SITE, "now": untold.clock()}
        moderation.publish(session, posting, version_id=posting.pending.id, by=by, now=untold.clock())
        odd = submitted(session, untold.cast, now=untold.clock(), title="=?utf-8?q?=0D=0ABcc:x?= " + "名" * 50)
        notices.submitted(session, odd, **where)
        notices.returned(session, odd, [("", words)], **where)
    untold.send()
    _, text, html = shown(untold.letters[DeliveryKind.NOTICE][-1])
    assert "直しましたBcc:x@y.jp{{leave}}=?utf-8?b?QQ==?=" + "w" * 60 in squeezed(text)
    assert "本庁舎<b>" in text and "本庁舎&lt;b&gt;" in html
    staff = [*untold.letters[DeliveryKind.SUBMITTED], *untold.letters[DeliveryKind.RETURNED]]
    assert len(staff) == 3
    for letter in staff:
        head = heads(letter.as_bytes())
        assert "Bcc" not in dict(head) and decoded(head) == letter.subject and "=?utf-8?q?=0D=0ABcc:x?=" in letter.subject
        assert max(width(line) for line in letter.text.split("\n") if "https://" not in line) <= 76
        assert not HARMFUL.search(letter.text)
