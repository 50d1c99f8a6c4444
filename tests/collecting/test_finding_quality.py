"""What moderators said of candidates is counted, what the rules missed is found, and new rules judge anew what nobody decided."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy.orm import Session

from jobboard.base.collecting import ItemState
from jobboard.database import create_engine
from jobboard.domain import finding, finding_quality, items, rescoring
from jobboard.domain.items import Rules
from jobboard.models import Source, SourceItem
from tests.postings import municipality

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
MONTH = timedelta(days=30)
CALL, NEWS = "CIO補佐官の募集", "広報12月号"
_numbers = count(1)


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    with Session(engine) as session:
        session.add(municipality())
        session.flush()
        session.add(Source(municipality_code=municipality().code, url="https://www.city.example.jp/news.rss", created_at=NOW))
        session.flush()
        yield session
    engine.dispose()


def item(session: Session, title: str, state: ItemState, *, decided: datetime | None = None, seen: datetime = NOW) -> SourceItem:
    row = SourceItem(
        source_id=session.query(Source.id).scalar(), identity=str(next(_numbers)), link="https://www.city.example.jp/1", title=title,
        digest="", first_seen_at=seen, last_seen_at=seen, state=state, decided_at=decided,
    )  # fmt: skip
    items.judge(row, finding.current())
    session.add(row)
    session.flush()
    return row


def test_precision_is_what_was_taken_of_the_candidates_decided_in_the_period(session: Session) -> None:
    lately, before = NOW - timedelta(days=3), NOW - timedelta(days=40)
    for _ in range(2):
        item(session, CALL, ItemState.TAKEN, decided=lately)
    item(session, "DX推進員の公募", ItemState.DISMISSED, decided=lately)
    item(session, CALL, ItemState.DISMISSED, decided=before)
    item(session, CALL, ItemState.CANDIDATE)
    missed = item(session, NEWS, ItemState.TAKEN, decided=lately)
    found = finding_quality.quality(session, NOW - MONTH, now=NOW)
    assert (found.taken, found.dismissed, found.precision, list(found.missed)) == (2, 1, 67, [missed])
    stood = {one.rule.name: (one.taken, one.dismissed) for one in found.by_rule}
    assert (stood["分野"], stood["人"], stood["求める"], stood["無償"]) == ((2, 1), (2, 1), (2, 1), (0, 0))
    assert list(stood) == [rule.name for rule in finding.rules()]


def test_nothing_decided_has_no_precision(session: Session) -> None:
    assert finding_quality.quality(session, NOW - MONTH, now=NOW).precision is None


def test_what_was_ignored_is_found_by_words_in_any_width_the_newest_first(session: Session) -> None:
    first, second = item(session, "ＤＸ　担当のデスク", ItemState.IGNORED), item(session, "dx 100%のﾃﾞｽｸ", ItemState.IGNORED)
    item(session, "DXのデスク", ItemState.CANDIDATE)
    for words in ("DX", "ｄｘ デスク", "", "　"):
        assert finding_quality.ignored(session, words) == ([second, first], None), words
    assert finding_quality.ignored(session, "100%") == ([second], None)
    assert finding_quality.ignored(session, "1%の") == ([], None)


def test_what_was_ignored_comes_page_by_page(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding_quality, "SHOWN", 2)
    rows = [item(session, NEWS, ItemState.IGNORED) for _ in range(3)]
    assert finding_quality.ignored(session, "") == ([rows[2], rows[1]], rows[1].id)
    assert finding_quality.ignored(session, "", before=rows[1].id) == ([rows[0]], None)


def test_new_rules_judge_what_nobody_decided_and_nothing_else(session: Session) -> None:
    old = NOW - rescoring.STILL_NEW - timedelta(days=1)
    rows = {
        "rises": item(session, NEWS, ItemState.IGNORED),
        "too old": item(session, NEWS, ItemState.IGNORED, seen=old),
        "gone": item(session, NEWS, ItemState.IGNORED),
        "falls": item(session, CALL, ItemState.CANDIDATE),
        "invited": item(session, CALL, ItemState.CANDIDATE),
        "taken": item(session, CALL, ItemState.TAKEN, decided=NOW),
        "dismissed": item(session, NEWS, ItemState.DISMISSED, decided=NOW),
    }
    rows["gone"].gone_at = rows["invited"].invited_at = NOW
    reasons = {name: list(row.reasons) for name, row in rows.items()}
    turned = Rules(lambda title: (5, [("広報", 5)]) if "広報" in title else (0, []), 5, "other")
    assert [rescoring.rescore(session, turned, now=NOW, limit=3) for _ in range(3)] == [3, 1, 0]
    assert {name: row.state.value for name, row in rows.items()} == {
        "rises": "candidate", "too old": "ignored", "gone": "ignored", "falls": "ignored", "invited": "candidate", "taken": "taken",
        "dismissed": "dismissed",
    }  # fmt: skip
    assert (rows["rises"].score, rows["rises"].reasons, rows["rises"].rules) == (5, [["広報", 5]], "other")
    assert all(rows[name].reasons == reasons[name] and rows[name].rules == finding.version() for name in ("invited", "taken", "dismissed"))
