"""Which source is fetched when, what a reading notes of its items, and when a source stops by itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from threading import Event

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from jobboard.base.collecting import Fetched, ItemState
from jobboard.base.errors import Incomplete, NotFound
from jobboard.base.feed_reading import Feed, identity, read
from jobboard.base.fetching import Answer, NotFetched
from jobboard.collector import Collector
from jobboard.database import create_engine
from jobboard.domain import collecting, items, same_items, sourcing
from jobboard.domain.collecting import Due, Got
from jobboard.domain.items import Noted, Rules
from jobboard.models import AuditEntry, Fetch, Source, SourceItem
from tests.cast import Clock
from tests.postings import municipality

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
RULES = Rules(lambda title: (10, [("募集", 10)]) if "募集" in title else (0, []), 10)
SITE = "https://www.city.example.jp"
_numbers = count(1)
HANGING = Event()


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    with Session(engine) as session:
        session.add(municipality())
        session.flush()
        yield session
    engine.dispose()


def source(session: Session, url: str = "", now: datetime = NOW) -> Source:
    added = sourcing.add(session, municipality().code, url or f"https://h{next(_numbers)}.example.jp/news.rss", by=None, now=now)
    added.next_at = now
    session.flush()
    return added


def feed(*listed: tuple[str, str, str], whole: bool = True) -> Feed:
    """A feed of (title, path, date)."""
    inside = "".join(f"<item><title>{title}</title><link>{SITE}{path}</link><pubDate>{day}</pubDate></item>" for title, path, day in listed)
    found = read(Answer(f"{SITE}/news.rss", 200, f'<rss version="2.0"><channel>{inside}</channel></rss>'.encode()), now=NOW)
    return Feed(found.title, found.items, whole)


CALL, OLD, NEW = ("CIO補佐官を募集", "/cio", "2026-11-20"), ("広報", "/koho", "2026-11-18"), ("議会だより", "/gikai", "2026-11-24")


class Readings:
    """One source that is read hour by hour."""

    def __init__(self, session: Session) -> None:
        self.session, self.source, self.now = session, source(session), NOW

    def read(self, *listed: tuple[str, str, str], whole: bool = True) -> Noted:
        self.now += timedelta(hours=1)
        noted = items.note(self.session, self.source, feed(*listed, whole=whole), RULES, now=self.now)
        self.session.flush()
        return noted

    def item(self, path: str = "/cio") -> SourceItem:
        return self.session.scalars(select(SourceItem).where(SourceItem.link == SITE + path)).one()


@pytest.fixture
def readings(session: Session) -> Readings:
    return Readings(session)


def test_what_is_found_becomes_a_candidate_with_its_reasons_and_the_rest_is_kept_as_none(readings: Readings) -> None:
    assert readings.read(CALL, OLD) == Noted(new=2, candidates=1)
    assert (readings.item().state, readings.item().score, readings.item().reasons) == (ItemState.CANDIDATE, 10, [["募集", 10]])
    assert readings.item("/koho").state is ItemState.IGNORED
    assert readings.read(CALL, OLD) == Noted()


def test_an_updated_item_is_the_same_item_changed(readings: Readings) -> None:
    readings.read(CALL, OLD)
    assert readings.read(("【更新】CIO補佐官を募集", "/cio?utm_source=rss#top", "2026-11-20"), OLD) == Noted(changed=1)
    changed = readings.item("/cio?utm_source=rss#top")
    assert (changed.title, changed.changed_at, changed.changes) == ("【更新】CIO補佐官を募集", readings.now, 1)


def test_a_corrected_title_on_its_own_page_is_a_change_and_may_make_a_candidate(readings: Readings) -> None:
    readings.read(("CIO補佐官について", "/cio", "2026-11-20"), OLD)
    assert readings.read(CALL, OLD) == Noted(changed=1, candidates=1)
    assert readings.session.query(SourceItem).count() == 2


def test_a_title_that_changes_at_every_fetch_is_not_flagged_for_ever(readings: Readings) -> None:
    for number in range(20):
        readings.read((f"CIO補佐官を募集(閲覧{number}回)", "/cio", "2026-11-20"), OLD)
    assert readings.item().changes == 19
    assert readings.item().changed_at == NOW + timedelta(hours=1 + same_items.MOST_CHANGES)


@pytest.mark.parametrize("path", ["/{0}.html;jsessionid={1}", "/n.php?id={0}&PHPSESSID={1}", "/{0}.html?t={1}", "/({1})/{0}.html"])
def test_a_link_that_names_the_visit_makes_one_row_however_often_it_is_fetched(readings: Readings, path: str) -> None:
    listed = [("広報あおば", "k"), ("CIO補佐官を募集", "cio"), ("募集のお知らせ", "a"), ("募集のお知らせ", "b")]
    for hour in range(24):
        again = readings.read(*((title, path.format(name, f"x{hour * 997}"), "2026-11-20") for title, name in listed))
        assert again.new == (0 if hour else 4)
    rows = readings.session.scalars(select(SourceItem).order_by(SourceItem.id.desc())).all()
    assert [(row.title, name in row.link) for row, (_, name) in zip(rows, listed, strict=True)] == [(title, True) for title, _ in listed]


def test_titles_that_count_on_make_few_rows_where_they_share_a_link(readings: Readings) -> None:
    for hour in range(60):
        readings.read(*((f"デジタル専門員募集第{number}号（閲覧{hour * 7 + number}回）", "/news.html", "2026-11-20") for number in range(3)), OLD)
    assert readings.session.query(SourceItem).count() <= 3 * same_items.AGAIN + 4


def test_the_next_number_of_a_paper_is_another_item(readings: Readings) -> None:
    readings.read(*((f"議会だより第{number}号", "/gikai", "2026-11-20") for number in (3, 2, 1)))
    for last in range(4, 40):
        assert readings.read(*((f"議会だより第{number}号", "/gikai", "2026-11-20") for number in (last, last - 1, last - 2))).new == 1


def test_a_site_that_moves_to_https_or_adds_www_keeps_its_items_and_what_was_decided(readings: Readings) -> None:
    readings.read(CALL, OLD)
    readings.item().state = ItemState.DISMISSED
    for site in ("http://www.city.example.jp", "https://city.example.jp", "http://city.example.jp:80"):
        found = feed(CALL, OLD)
        moved = [replace(item, link=item.link.replace(SITE, site)) for item in found.items]
        moved = [replace(item, identity=identity(item.link, item.title), digest="") for item in moved]
        noted = items.note(readings.session, readings.source, replace(found, items=tuple(moved)), RULES, now=readings.now + timedelta(hours=1))
        assert noted == Noted()
        assert readings.session.scalars(select(SourceItem.state).order_by(SourceItem.id.desc())).all() == [ItemState.DISMISSED, ItemState.IGNORED]


def test_rows_that_were_named_in_another_way_are_found_again_though_they_had_left(readings: Readings) -> None:
    readings.read(NEW, CALL, OLD)
    readings.read(NEW, OLD)
    for number, row in enumerate(readings.session.scalars(select(SourceItem))):
        row.identity, row.digest = f"{number:064}", "1" * 64
    readings.session.flush()
    assert readings.read(NEW, CALL, OLD) == Noted()
    assert (readings.item().gone_at, readings.session.query(SourceItem).count()) == (None, 3)


def test_of_two_rows_of_one_item_the_one_that_was_decided_goes_on(readings: Readings) -> None:
    readings.read(CALL, OLD)
    decided = readings.item()
    decided.state, decided.identity, decided.link = ItemState.DISMISSED, "1" * 64, decided.link.replace("https:", "http:")
    decided.last_seen_at -= timedelta(days=9)
    twin = SourceItem(
        source_id=readings.source.id, identity="2" * 64, link=SITE + "/cio", title=decided.title, dated=decided.dated, digest="",
        first_seen_at=NOW, last_seen_at=readings.now, state=ItemState.CANDIDATE,
    )  # fmt: skip
    readings.session.add(twin)
    readings.session.flush()
    assert readings.read(CALL, OLD).new == 0
    assert (decided.last_seen_at, decided.link, twin.last_seen_at < readings.now) == (readings.now, SITE + "/cio", True)


def test_the_same_title_with_another_link_next_year_is_another_call(readings: Readings) -> None:
    readings.read(("職員募集", "/r7", "2025-11-20"), OLD)
    assert readings.read(("職員募集", "/r8", "2026-11-20"), OLD).new == 1


def test_another_days_call_of_the_same_title_is_another_call_though_the_first_left(readings: Readings) -> None:
    first, next_one = ("ICT支援員を募集", "/10.html", "2026-10-01"), ("ICT支援員を募集", "/11.html", "2026-10-31")
    readings.read(first, OLD)
    readings.item("/10.html").state = ItemState.DISMISSED
    assert readings.read(next_one, OLD) == Noted(new=1, candidates=1)
    assert (readings.item("/10.html").state, readings.item("/11.html").state) == (ItemState.DISMISSED, ItemState.CANDIDATE)


def test_a_candidate_is_not_written_over_by_the_next_of_its_title(readings: Readings) -> None:
    readings.read(("会計年度任用職員を募集", "/elementary.html", "2026-11-01"), OLD)
    readings.read(("会計年度任用職員を募集", "/junior-high.html", "2026-11-10"), OLD)
    assert {readings.item(path).state for path in ("/elementary.html", "/junior-high.html")} == {ItemState.CANDIDATE}


def test_calls_without_a_day_are_told_apart_by_their_page(readings: Readings) -> None:
    readings.read(("ICT支援員を募集", "/n.php?id=10", ""), OLD)
    assert readings.read(("ICT支援員を募集", "/n.php?id=11", ""), OLD) == Noted(new=1, candidates=1)


def test_a_reading_that_broke_off_moves_no_decision_to_another_call(readings: Readings) -> None:
    readings.read(CALL, OLD)
    readings.item().state = ItemState.DISMISSED
    assert readings.read((CALL[0], "/b", CALL[2]), whole=False) == Noted(new=1, candidates=1)
    readings.read((CALL[0], "/b", CALL[2]), CALL, OLD)
    assert (readings.item().state, readings.item("/b").state) == (ItemState.DISMISSED, ItemState.CANDIDATE)


def test_a_site_that_moves_and_turns_its_order_keeps_each_decision(readings: Readings) -> None:
    readings.read(("ICT支援員を募集", "/b", "2026-11-05"), ("ICT支援員を募集", "/a", "2026-10-29"))
    readings.item("/a").state = ItemState.DISMISSED
    readings.read(("ICT支援員を募集", "/new/a", "2026-10-29"), ("ICT支援員を募集", "/new/b", "2026-11-05"))
    assert (readings.item("/new/a").state, readings.item("/new/b").state) == (ItemState.DISMISSED, ItemState.CANDIDATE)


@pytest.mark.parametrize(
    ("title", "day"), [("DX推進アドバイザーを募集", "2026-04-01"), ("第1回保育士を募集", "2026-11-24"), ("第2回保育士を募集", "2026-04-01")]
)
def test_a_page_that_bears_the_next_call_is_a_candidate_anew(readings: Readings, title: str, day: str) -> None:
    readings.read(("第1回保育士を募集", "/saiyo", "2026-04-01"), OLD)
    last = readings.item("/saiyo")
    last.state, last.invited_at, last.answered_at, last.agreed = ItemState.DISMISSED, NOW, NOW, False
    readings.read((title, "/saiyo", day), OLD)
    assert readings.item("/saiyo").state is ItemState.CANDIDATE
    assert (last.invited_at, last.answered_at, last.agreed) == (None, None, None), "the town's no was to the last call"


def test_the_next_round_or_year_is_another_call_in_a_source_that_is_never_at_rest(readings: Readings) -> None:
    for number in range(8):
        readings.read((f"第1回DX推進員を募集(閲覧{number})", f"/n.php?id=1&t={number}", "2026-11-20"), OLD)
    before = readings.session.query(SourceItem).count()
    readings.read(("第2回DX推進員を募集(閲覧1)", "/n.php?id=1&t=99", "2026-11-20"), OLD)
    assert readings.session.query(SourceItem).count() == before + 1


def test_a_source_makes_so_many_rows_a_day_and_says_what_it_left(session: Session) -> None:
    flooding = source(session)
    for hour in range(2):
        now = NOW + timedelta(hours=hour)
        flood = feed(*((f"第{chr(0x4E00 + 500 * hour + number)}報", f"/{hour}-{number}", "") for number in range(500)))
        (due,) = collecting.lease(session, "one", now=now, limit=5)
        settled = collecting.settle(session, due, "one", Got(now, 1, Answer(flooding.url, 200), flood), RULES, now=now)
    assert settled is not None and settled.new == 100
    recorded = session.scalars(select(Fetch.words).order_by(Fetch.id.desc())).first()
    assert recorded == "新しい項目が1日に600件を超えたので、400件は記録しませんでした。"
    assert flooding.digest == ""


def test_what_left_at_the_old_end_is_not_gone(readings: Readings) -> None:
    readings.read(CALL, OLD)
    assert readings.read(NEW, CALL) == Noted(new=1)
    assert readings.item("/koho").gone_at is None


def test_what_left_between_others_is_gone_and_comes_back(readings: Readings) -> None:
    readings.read(NEW, CALL, OLD)
    assert readings.read(NEW, OLD) == Noted(gone=1)
    assert readings.item().gone_at == readings.now
    readings.read(NEW, CALL, OLD)
    assert readings.item().gone_at is None


def test_what_left_although_nothing_new_came_is_gone_while_it_is_young(readings: Readings) -> None:
    readings.read(NEW, CALL)
    assert readings.read(NEW) == Noted(gone=1)
    readings.read(NEW, ("古い募集", "/furui", "2026-05-01"))
    assert readings.read(NEW) == Noted()


def test_of_items_without_dates_those_before_older_ones_are_gone(readings: Readings) -> None:
    first, second, third, fourth = (("議会", "/1", ""), ("募集", "/2", ""), ("広報", "/3", ""), ("祭り", "/4", ""))
    readings.read(second, third, fourth)
    assert readings.read(first, second, third) == Noted(new=1)
    assert readings.read(first, third) == Noted(gone=1)


@pytest.mark.parametrize("whole", [True, False])
def test_an_empty_or_broken_feed_flags_nothing_and_forgets_nothing(readings: Readings, whole: bool) -> None:
    readings.read(NEW, CALL, OLD)
    assert readings.read(*([] if whole else [OLD]), whole=whole) == Noted()
    assert readings.read(NEW, OLD) == Noted(gone=1)


def test_a_source_is_first_fetched_within_the_hour_at_an_instant_of_its_own() -> None:
    spread = sorted(collecting.first_at(f"https://h{number}.example.jp/", NOW) - NOW for number in range(600))
    assert timedelta(0) <= spread[0] and spread[-1] < timedelta(hours=1)
    assert max(b - a for a, b in pairwise(spread)) < timedelta(minutes=2)


def test_a_source_is_leased_by_one_worker_and_not_again_within_the_hour(session: Session) -> None:
    source(session)
    assert len(collecting.lease(session, "one", now=NOW, limit=5)) == 1
    assert collecting.lease(session, "two", now=NOW, limit=5) == []
    collecting.take_back(session, {"one"})
    assert collecting.lease(session, "two", now=NOW + timedelta(minutes=59), limit=5) == []
    assert len(collecting.lease(session, "two", now=NOW + timedelta(hours=1), limit=5)) == 1


def test_a_lease_that_ran_out_frees_itself(session: Session) -> None:
    leased = source(session)
    (due,) = collecting.lease(session, "killed", now=NOW, limit=5)
    later = NOW + timedelta(hours=1)
    assert len(collecting.lease(session, "other", now=later, limit=5)) == 1
    assert collecting.settle(session, due, "killed", Got(NOW, 1), RULES, now=later) is None
    assert leased.lease_owner == "other" and session.scalars(select(Fetch)).all() == []


def test_of_one_host_one_source_is_leased_at_a_time(session: Session) -> None:
    source(session, f"{SITE}/a.rss"), source(session, f"{SITE}/b.rss"), source(session)
    first = collecting.lease(session, "one", now=NOW, limit=5)
    assert len(first) == 2
    assert collecting.lease(session, "two", now=NOW, limit=5) == []
    collecting.settle(session, first[0], "one", Got(NOW, 1, Answer(SITE, 304)), RULES, now=NOW)
    assert [due.url for due in collecting.lease(session, "two", now=NOW, limit=5)] == [f"{SITE}/b.rss"]


def failed(session: Session, due: Due, now: datetime) -> None:
    failure = NotFetched(Fetched.UNREACHABLE, "サーバーにつながりません。")
    collecting.settle(session, due, "one", Got(now, 1, failure=failure), RULES, now=now)


def test_a_source_that_fails_is_asked_less_often_and_at_last_pauses_itself(session: Session) -> None:
    failing = source(session)
    now, waits = NOW, []
    while failing.paused_at is None:
        (due,) = collecting.lease(session, "one", now=now, limit=5)
        failed(session, due, now)
        assert failing.next_at is not None
        waits.append((failing.next_at - now) // timedelta(hours=1))
        now = failing.next_at
    assert waits == [1, 2, 4, 8, 16, 24, 24, 24, 24, 24]
    assert (failing.failures, failing.failing_since) == (collecting.FAILURES_TO_PAUSE, NOW)
    assert "10回続けて" in failing.paused_for and "つながりません" in failing.paused_for
    assert collecting.lease(session, "one", now=now, limit=5) == []
    sourcing.resume(session, failing.id, by=None, now=now)
    assert (failing.failures, failing.failing_since, failing.paused_at) == (0, None, None)
    assert session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all() == ["source:add", "source:pause", "source:resume"]


def test_a_server_that_asks_for_a_pause_has_it_up_to_a_day(session: Session) -> None:
    busy = source(session)
    for wait, hours in ((5 * 3600, 5), (60, 2), (900 * 3600, 24)):
        now = busy.next_at or NOW
        (due,) = collecting.lease(session, "one", now=now, limit=5)
        collecting.settle(session, due, "one", Got(now, 1, failure=NotFetched(Fetched.REFUSED, "429", 429, wait)), RULES, now=now)
        assert busy.next_at == now + timedelta(hours=hours)


def test_one_reading_ends_a_row_of_failures(session: Session) -> None:
    failing = source(session)
    (due,) = collecting.lease(session, "one", now=NOW, limit=5)
    failed(session, due, NOW)
    later = NOW + timedelta(hours=1)
    (due,) = collecting.lease(session, "one", now=later, limit=5)
    got = Got(later, 7, Answer(failing.url, 200, b"12345", etag='"2"'), feed(CALL, OLD))
    settled = collecting.settle(session, due, "one", got, RULES, now=later)
    assert settled == collecting.Settled(Fetched.READ, new=2, candidates=1)
    assert (failing.failures, failing.failing_since, failing.etag) == (0, None, '"2"')
    recorded = session.scalars(select(Fetch).order_by(Fetch.id.desc())).first()
    assert recorded is not None
    assert (recorded.outcome, recorded.size, recorded.took, recorded.items, recorded.new_items) == (Fetched.READ, 5, 7, 2, 2)


def test_the_same_items_in_another_order_are_unchanged(session: Session) -> None:
    read_twice = source(session)
    for hour, listed in enumerate([(CALL, OLD), (OLD, CALL)]):
        now = NOW + timedelta(hours=hour)
        (due,) = collecting.lease(session, "one", now=now, limit=5)
        settled = collecting.settle(session, due, "one", Got(now, 1, Answer(read_twice.url, 200), feed(*listed)), RULES, now=now)
    assert settled == collecting.Settled(Fetched.UNCHANGED)


def test_old_fetches_are_forgotten_and_quiet_ones_sooner(session: Session) -> None:
    owner = source(session).id
    for days, outcome in ((91, Fetched.READ), (89, Fetched.READ), (8, Fetched.UNCHANGED), (6, Fetched.UNCHANGED)):
        session.add(Fetch(source_id=owner, at=NOW - timedelta(days=days), outcome=outcome))
    session.flush()
    assert collecting.tidy(session, now=NOW) == 2
    assert session.scalars(select(Fetch.at)).all() == [NOW - timedelta(days=89), NOW - timedelta(days=6)]


def test_a_source_is_added_once_with_https_unless_a_person_allows_http(session: Session) -> None:
    code = municipality().code
    for url in ("", "ftp://x/", "https://", "https://a@b/", "https://x/ y", "http://x.example.jp/", "https://x/" + "a" * 500):
        with pytest.raises(Incomplete):
            sourcing.add(session, code, url, by=None, now=NOW)
    added = sourcing.add(session, code, "http://x.example.jp/", plain_http=True, by=None, now=NOW)
    assert added.plain_http and added.next_at is not None and NOW <= added.next_at < NOW + timedelta(hours=1)
    with pytest.raises(Incomplete):
        sourcing.add(session, code, "http://x.example.jp/", plain_http=True, by=None, now=NOW)
    with pytest.raises(NotFound):
        sourcing.add(session, "000000", "https://y.example.jp/", by=None, now=NOW)
    with pytest.raises(Incomplete):
        sourcing.pause(session, added.id, reason=" ", by=None, now=NOW)
    assert sourcing.pause(session, added.id, reason="サイトの移転", by=None, now=NOW)[0].paused_for == "サイトの移転"
    assert collecting.lease(session, "one", now=NOW + timedelta(hours=2), limit=5) == []


def test_a_page_that_our_reader_stumbles_over_stops_no_other(database_url: str, clock: Clock) -> None:
    engine = create_engine(database_url)
    with Session(engine) as session:
        session.add(municipality())
        session.flush()
        for _ in range(3):
            source(session, now=clock())
        session.commit()
        stumbling = session.scalars(select(Source.url)).first()

    def fetch(url: str, **how: object) -> Answer:
        if url == stumbling:
            raise RuntimeError("a fault of ours")
        return Answer(url, 200, b'<rss version="2.0"><channel/></rss>')

    turn = Collector(engine, fetch, RULES, "one", clock).collect()
    assert (turn.fetched, turn.read, turn.failed) == (3, 2, 1)
    engine.dispose()


def test_a_worker_that_is_to_end_waits_for_no_server(database_url: str, clock: Clock) -> None:
    engine = create_engine(database_url)
    with Session(engine) as session:
        session.add(municipality())
        session.flush()
        source(session, now=clock())
        session.commit()
    asked: list[str] = []

    def never(url: str, **how: object) -> Answer:
        asked.append(url)
        HANGING.wait(60)
        return Answer(url, 304)

    turn = Collector(engine, never, RULES, "one", clock, stop=lambda: bool(asked)).collect()
    assert (turn.fetched, len(asked)) == (0, 1)
    with Session(engine) as session:
        assert session.scalars(select(Source.lease_owner)).all() == [None]
    HANGING.set()
    engine.dispose()
