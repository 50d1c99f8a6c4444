"""One posting as readers and programs meet it."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import icalendar
import pytest
from flask.testing import FlaskClient

from jobboard.base.states import ClosedReason
from jobboard.database import Writing, db
from jobboard.domain import attachments, moderation, publication
from jobboard.models import Attachment, Posting, Question, Subscriber, VersionAttachment
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock, NewApp
from tests.stories import amended, drafted, published, submitted

PDF = b"%PDF-1.7 the call"
Attach = Callable[..., int]


@pytest.fixture
def posting_id(app: BoardApp, cast: Cast) -> int:
    with app.app_context(), Writing() as session:
        return published(session, cast, briefing_at="2026-05-12T19:00", interview_on="2026-06-10").id


@pytest.fixture
def attach(app: BoardApp, cast: Cast) -> Attach:
    """Gives a version a file; without ``stored`` its bytes are missing."""

    def act(
        posting_id: int, version_id: int, name: str = "募集要項 #1.pdf", kind: str = "application/pdf", stored: bool = True
    ) -> int:
        digest = hashlib.sha256(name.encode()).hexdigest()
        if stored:
            path = attachments.stored_at(app.config["BOARD"].upload_dir, digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(PDF)
        with app.app_context(), Writing() as session:
            row = Attachment(
                posting_id=posting_id, name=name, media_type=kind, size=1_234_567, sha256=digest, added_at=OPENING
            )
            session.add(row)
            session.flush()
            session.add(VersionAttachment(version_id=version_id, attachment_id=row.id))
            return row.id

    return act


def current_version(app: BoardApp, posting_id: int) -> int:
    with app.app_context():
        return db.session.get_one(Posting, posting_id).current_id or 0


def ld(text: str) -> dict[str, Any] | None:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    return json.loads(found[1]) if found else None


def test_a_file_of_a_shown_version_is_listed_and_can_only_be_downloaded(
    app: BoardApp, client: FlaskClient, posting_id: int, attach: Attach
) -> None:
    one = attach(posting_id, current_version(app, posting_id))
    shown = client.get(f"/postings/{posting_id}").text
    address = f"/postings/{posting_id}/attachments/{one}/%E5%8B%9F%E9%9B%86%E8%A6%81%E9%A0%85%20%231.pdf"
    assert f'<a href="{address}">募集要項 #1.pdf</a> <span class="sub">PDF、1.2MB</span>' in shown
    answer = client.get(address, buffered=True)
    assert (answer.status_code, answer.data, answer.mimetype) == (200, PDF, "application/pdf")
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment; ") and "filename*=UTF-8''%E5%8B%9F%E9%9B%86" in disposition
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_a_file_that_was_never_shown_or_is_asked_for_otherwise_is_not_found(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, attach: Attach, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        amended(session, session.get_one(Posting, posting_id), cast, now=clock(), pay_low="31000")
        pending = session.get_one(Posting, posting_id).pending_id or 0
        hidden, other = submitted(session, cast), published(session, cast)
        hidden_id, hidden_version, other_id = hidden.id, hidden.pending_id or 0, other.id
    waiting = attach(posting_id, pending, "a.pdf")
    unseen = attach(hidden_id, hidden_version, "a.pdf")
    page = attach(posting_id, current_version(app, posting_id), "a.html", kind="text/html")
    missing = attach(posting_id, current_version(app, posting_id), "gone.pdf", stored=False)
    for address in (
        f"{posting_id}/attachments/{waiting}/a.pdf", f"{hidden_id}/attachments/{unseen}/a.pdf",
        f"{posting_id}/attachments/{unseen}/a.pdf", f"{other_id}/attachments/{page}/a.html",
        f"{posting_id}/attachments/{page}/b.html", f"{posting_id}/attachments/{page}/a.html%00",
        f"{posting_id}/attachments/{missing}/gone.pdf", f"{posting_id}/attachments/2147483647/a.pdf",
        f"{posting_id}/attachments/9999999999/a.pdf", f"{posting_id}/attachments/{page}/..%2f..%2fa.html",
    ):  # fmt: skip
        assert client.get(f"/postings/{address}", buffered=True).status_code == 404, address
    answer = client.get(f"/postings/{posting_id}/attachments/{page}/a.html", buffered=True)
    assert (answer.status_code, answer.mimetype) == (200, "application/octet-stream")


def test_a_file_of_an_older_version_is_kept_with_what_was_shown(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, attach: Attach, clock: Clock
) -> None:
    one = attach(posting_id, current_version(app, posting_id), "a.pdf")
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        session.get_one(Attachment, one).removed_at = OPENING
        amended(session, posting, cast, now=clock.forward(days=1), department="総務部DX課")
        assert posting.pending
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=clock())
    assert "a.pdf</a>" not in client.get(f"/postings/{posting_id}").text
    assert client.get(f"/postings/{posting_id}/attachments/{one}/a.pdf", buffered=True).status_code == 200


def test_only_answered_questions_are_shown_and_never_who_asked(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int
) -> None:
    with app.app_context(), Writing() as session:
        asker = Subscriber(address="tanaka@example.jp", address_key="tanaka@example.jp", company="田中企画", created_at=OPENING)
        session.add(asker)
        session.flush()
        for text, answer in (("夜も働けますか<b>", "はい。\n相談できます。"), ("まだ待つ問い", "")):
            session.add(
                Question(
                    posting_id=posting_id, asker_id=asker.id, text=text, asked_at=OPENING, answer=answer,
                    answered_at=OPENING if answer else None,
                )
            )
    shown = client.get(f"/postings/{posting_id}").text
    assert "夜も働けますか&lt;b&gt;" in shown and "相談できます。" in shown
    assert "まだ待つ問い" not in shown and "田中" not in shown and "tanaka" not in shown


def test_an_open_posting_offers_its_dates_what_is_like_it_and_ways_to_hear_more(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int
) -> None:
    with app.app_context(), Writing() as session:
        like = published(session, cast, place="minato", title="港町の補佐官").id
    shown = client.get(f"/postings/{posting_id}").text
    for part in (
        '<th scope="row">説明会</th>\n<td><time datetime="2026-05-12T19:00:00+09:00">2026年5月12日(火)19:00</time></td>\n'
        '<td class="short">あと41日</td>',
        f'href="/postings/{posting_id}.ics"', f'href="/postings/{like}">港町の補佐官</a>',
        f'href="/subscribe?posting={posting_id}"', 'href="/subscribe?pref=04&amp;role=cio_adviser"',
        f'href="/subscribe?municipality={cast.aoba}"', f'href="/correction/{posting_id}"',
        f'href="/changes.rss?posting={posting_id}"',
    ):  # fmt: skip
        assert part in shown, part
    assert "<h2>添付の資料</h2>" not in shown and "<h2>質問と回答</h2>" not in shown


def test_the_page_itself_tells_the_latest_changes(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        for number in range(4):
            now = clock.forward(days=1)
            amended(session, posting, cast, now=now, summary=f"{number}度目の直し", department=f"総務部{number}課")
    shown = client.get(f"/postings/{posting_id}").text
    assert [number for number in range(4) if f"{number}度目の直し" in shown] == [1, 2, 3]
    latest = shown.split('id="history"')[1]
    assert "変更前と変更後: 担当部署" in latest and "総務部2課" in latest.split("変更前</span>")[1].split("</del>")[0]


def test_search_engines_are_told_of_an_open_call_to_persons_alone(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        proposal = published(
            session, cast, engagement="contract_company", audience="company", pay_unit="ceiling", pay_low="5000000",
            proposal_eligibility="なし", proposal_by="2026-05-20", proposal_evaluation="採点", proposal_ceiling="5000000", proposal_ceiling_tax="included",
            proposal_questions_by="2026-05-01", proposal_intent_by="2026-05-10",
        ).id  # fmt: skip
        ended = published(session, cast).id
        publication.close(
            session, session.get_one(Posting, ended), reason=ClosedReason.FILLED, by=None, now=clock.forward(hours=1)
        )
    found = ld(client.get(f"/postings/{posting_id}").text)
    assert found is not None and found["title"] == "CIO補佐官(全庁DX推進)"
    assert found["validThrough"] == "2026-05-29T17:00:00+09:00" and found["datePosted"] == "2026-04-01"
    for one in (proposal, ended):
        assert ld(client.get(f"/postings/{one}").text) is None
    closed = client.get(f"/postings/{ended}").text
    assert '<meta name="robots" content="noindex">' in closed and "応募の方法を見る" not in closed
    assert f"/subscribe?posting={ended}" not in closed
    clock.instant = OPENING + timedelta(days=90)
    assert ld(client.get(f"/postings/{posting_id}").text) is None


def test_a_sample_is_no_job_for_search_engines(new_app: NewApp, cast: Cast, posting_id: int) -> None:
    assert ld(new_app(demo=True).test_client().get(f"/postings/{posting_id}").text) is None


def test_nothing_that_is_typed_ends_the_data_of_search_engines(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    hostile = "</script><script>alert(1)</script><!-- & ' \u3042"
    with app.app_context(), Writing() as session:
        one = published(session, cast, title=hostile, work_place=hostile, duties=hostile * 2).id
    shown = client.get(f"/postings/{one}").text
    assert "<script>alert" not in shown and "<!--" not in shown
    found = ld(shown)
    assert found is not None and found["title"] == hostile
    assert "<script>" not in found["description"] and "&lt;script&gt;" in found["description"]


def test_those_who_quote_the_page_are_told_what_it_is(client: FlaskClient, posting_id: int) -> None:
    shown = client.get(f"/postings/{posting_id}").text
    address = f"http://127.0.0.1:8000/postings/{posting_id}"
    told = "日額 25,000円 / 特別職非常勤職員 / 締切 2026年5月29日(金)17:00"
    for part in (
        f'<link rel="canonical" href="{address}">', f'<meta property="og:url" content="{address}">',
        '<meta property="og:title" content="宮城県青葉市 CIO補佐官(全庁DX推進)">', '<meta property="og:locale" content="ja_JP">',
        f'<meta property="og:description" content="{told}">',
        f'<meta name="description" content="宮城県青葉市の募集「CIO補佐官(全庁DX推進)」。{told}">',
    ):  # fmt: skip
        assert part in shown, part


def test_the_timetable_can_be_taken_into_a_calendar(client: FlaskClient, posting_id: int) -> None:
    answer = client.get(f"/postings/{posting_id}.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    events = icalendar.Calendar.from_ical(answer.data).events
    assert [str(event.uid).rpartition("-")[2].partition("@")[0] for event in events] == [
        "briefing_at", "apply_by", "term_start_on", "interview_on",
    ]  # fmt: skip
    assert client.get(f"/postings/{posting_id}.ics").data == answer.data


def test_what_was_never_public_has_no_page_of_any_kind(app: BoardApp, client: FlaskClient, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        hidden = [drafted(session, cast).id, submitted(session, cast).id]
    for one in (*hidden, 0, 2**31 - 1, 2**40):
        for suffix in ("", "/history", ".ics", ".json"):
            assert client.get(f"/postings/{one}{suffix}").status_code == 404, (one, suffix)


def test_programs_get_all_that_the_page_tells(
    app: BoardApp, client: FlaskClient, cast: Cast, posting_id: int, attach: Attach, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, posting_id)
        amended(session, posting, cast, now=clock.forward(days=1), summary="名が変わりました", department="総務部DX課")
        session.add(
            Question(posting_id=posting_id, text="問い", asked_at=OPENING, answer="答え", answered_at=OPENING)
        )
    one = attach(posting_id, current_version(app, posting_id), "a.pdf")
    answer = client.get(f"/postings/{posting_id}.json")
    assert answer.content_type == "application/json; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = answer.json
    feed = client.get("/postings.json").json["items"][0]["_jobboard"]
    assert {name: found[name] for name in feed} == feed
    assert found["fields"]["pay_low"] == {"label": "報酬の額(下限)", "value": 25_000, "text": "25,000円"}
    assert "approval_number" not in found["fields"]
    assert found["timetable"][0] == {
        "stage": "briefing_at", "label": "説明会", "date": "2026-05-12", "at": "2026-05-12T19:00:00+09:00",
        "text": "2026年5月12日(火)19:00", "cancelled": False,
    }  # fmt: skip
    assert found["attachments"][0]["url"] == f"http://127.0.0.1:8000/postings/{posting_id}/attachments/{one}/a.pdf"
    assert found["questions"] == [{"question": "問い", "answer": "答え", "answered_at": "2026-04-01T09:00:00+09:00", "corrected_at": None}]
    assert [event["kind"] for event in found["events"]] == ["amended", "published"]
    assert [(change["old"]["text"], change["new"]["text"]) for change in found["events"][0]["changes"]] == [
        ("総務部デジタル推進課", "総務部DX課"),
        ("―", "a.pdf"),
    ]
    assert [version["number"] for version in found["versions"]] == [2, 1]
