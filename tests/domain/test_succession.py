"""Mergers, renamings and new codes by a dated list: what cannot be is refused, and on its day everything follows, once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from jobboard.base.content import from_json
from jobboard.base.errors import Incomplete, WrongState
from jobboard.base.states import AccountRole, Frequency, State, SubscriptionState
from jobboard.base.vocabulary import MunicipalityKind
from jobboard.config import Config
from jobboard.database import Writing
from jobboard.domain import (
    criteria,
    drafting,
    holding,
    matching,
    municipalities,
    permissions,
    selecting,
    subscriptions,
    succeeding,
    succession,
)
from jobboard.domain.catalogue import load
from jobboard.domain.criteria import Criteria
from jobboard.domain.inviting import Invitation
from jobboard.domain.letterhead import Letterhead
from jobboard.models import (
    AuditEntry,
    Handover,
    Match,
    Membership,
    Municipality,
    MunicipalityChange,
    Posting,
    Source,
    Subscription,
)
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock, place
from tests.mailroom import Mailroom, opened
from tests.stories import published, typed

DAY = "2026-10-01"
EVE = datetime(2026, 9, 30, 14, 59, tzinfo=UTC)
MIDNIGHT = EVE + timedelta(minutes=1)
"""1 October in Japan, 00:00."""

NEW = "042056"
OTHER = "042030"


@pytest.fixture
def session(app: BoardApp, cast: Cast) -> Iterator[Session]:
    with app.app_context(), Writing() as opened:
        opened.add(place(OTHER, "04", "宮城県", "浜町", "はままち", MunicipalityKind.TOWN, ""))
        opened.flush()
        yield opened


def merged(cast: Cast, **changes: str) -> dict[str, str]:
    """浜町 goes into 青葉市."""
    return {"on": DAY, "kind": "merged", "code": OTHER, "successor_code": cast.aoba, "note": "総務省告示第1号", **changes}


def entered(session: Session, cast: Cast, **changes: str) -> MunicipalityChange:
    return succession.enter(session, merged(cast, **changes), across=True, by=None, now=OPENING)


def refusal(session: Session, cast: Cast, **changes: str) -> str:
    """The sentences by which it is refused."""
    with pytest.raises(Incomplete) as refused:
        entered(session, cast, **changes)
    return " ".join(one.message for one in refused.value.problems)


def settle(session: Session, now: datetime = MIDNIGHT) -> int:
    done = 0
    while succeeding.apply_next(session, now=now):
        done += 1
    return done


RENAMING = {"kind": "renamed", "successor_code": "", "name": "新浜町", "kana": "しんはままち"}
IMPOSSIBLE: list[tuple[dict[str, str], str]] = [
    ({"code": "042048"}, "コード 042048 の市区町村はありません"),
    ({"code": "042049"}, "検査数字"),
    ({"code": "４２"}, "検査数字"),
    ({"successor_code": OTHER}, "自分自身"),
    ({"successor_code": ""}, "検査数字"),
    ({"successor_code": NEW}, "新しい市区町村の名前と読み"),
    ({"name": "別の市", "kana": "べつのし"}, "後継の名前は「青葉市」です"),
    ({"on": "いつか"}, "日付を"),
    ({"on": "2026-02-30"}, "暦にない日付"),
    ({"kind": "分割"}, "合併、名称変更、コードの変更のどれか"),
    ({"note": ""}, "根拠"),
    ({"note": "あ" * 1_001}, "1,000字以内"),
    ({"kind": "renamed", "name": "新浜町", "kana": "しんはままち"}, "コードは変わりません"),
    ({"kind": "renamed", "successor_code": ""}, "新しい名前を書いて"),
    ({**RENAMING, "name": "浜町"}, "すでに「浜町」"),
    ({**RENAMING, "kana": "新浜町"}, "ひらがなで"),
]
CONTRADICTING: list[tuple[dict[str, str], dict[str, str], str]] = [
    ({}, {}, "同じ変更がすでに登録"),
    ({}, {"on": "2026-11-01"}, "2026年10月1日(木)の合併が登録"),
    ({}, {**RENAMING, "on": "2026-09-01"}, "合併が登録"),
    (RENAMING, {"on": "2026-09-01"}, "もっと後の2026年10月1日(木)の変更"),
    (RENAMING, {**RENAMING, "name": "大浜町", "kana": "おおはままち"}, "同じ日の名称変更"),
    ({"on": "2026-09-01"}, {"code": "143014", "successor_code": OTHER}, "2026年9月1日(火)に無くなります"),
    ({}, {"on": "2026-09-01", "code": "042021", "successor_code": OTHER}, "たがいに引き継ぐことはできません"),
    ({}, {"on": "2026-10-01", "code": "042021", "successor_code": "143014"}, "この市区町村を後継とする変更"),
]


def test_what_cannot_be_is_refused_in_words(session: Session, cast: Cast) -> None:
    for changes, said in IMPOSSIBLE:
        assert said in refusal(session, cast, **changes)
    assert session.query(MunicipalityChange).count() == 0


def test_what_contradicts_another_change_is_refused_in_words(session: Session, cast: Cast) -> None:
    for before, changes, said in CONTRADICTING:
        standing = entered(session, cast, **before)
        assert said in refusal(session, cast, **changes)
        succession.remove(session, standing.id, by=cast.account("admin"), now=OPENING)
    assert session.query(MunicipalityChange).count() == 0


def test_a_longer_ring_is_refused_whatever_the_days(session: Session, cast: Cast) -> None:
    entered(session, cast, on="2026-10-03")
    entered(session, cast, on="2026-10-05", code=cast.aoba, successor_code=cast.minato)
    assert "たがいに" in refusal(session, cast, on="2026-10-01", code=cast.minato, successor_code=OTHER)


def test_a_change_is_removed_until_it_is_applied(session: Session, cast: Cast) -> None:
    admin = cast.account("admin")
    succession.remove(session, entered(session, cast).id, by=admin, now=OPENING)
    assert settle(session) == 0
    change = entered(session, cast)
    assert settle(session) == 1
    with pytest.raises(WrongState):
        succession.remove(session, change.id, by=admin, now=MIDNIGHT)
    acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == OTHER).order_by(AuditEntry.id)).all()
    assert acts == ["municipality:plan", "municipality:unplan", "municipality:plan", "municipality:succeed"]


def test_it_is_applied_when_the_day_has_begun_in_japan_and_only_once(session: Session, cast: Cast) -> None:
    change = entered(session, cast)
    assert settle(session, EVE) == 0
    assert settle(session, MIDNIGHT) == 1
    town = session.get_one(Municipality, OTHER)
    assert (town.ended_on, town.successor_code, change.applied_at) == (date(2026, 10, 1), cast.aoba, MIDNIGHT)
    assert settle(session, MIDNIGHT) == 0
    assert [one.code for one in municipalities.find(session, "浜町")] == [cast.aoba]


def test_accounts_drafts_feeds_and_handovers_follow_and_nobody_has_a_role_twice(session: Session, cast: Cast) -> None:
    both, town = cast.account("aoba_editor"), session.get_one(Municipality, OTHER)
    holding.add(session, both, Invitation(both.email, AccountRole.EDITOR, town), by=cast.account("admin"), now=OPENING)
    holding.add(session, cast.account("sato"), Invitation("sato@soumu.go.jp", AccountRole.EDITOR, town), by=None, now=OPENING)
    draft = drafting.start(session, town, by=both, now=OPENING)
    session.add(Source(municipality_code=OTHER, url="https://example.jp/rss", created_at=OPENING))
    session.add(Handover(email="a@example.jp", municipality_code=OTHER, asked_at=OPENING))
    entered(session, cast)
    settle(session)
    held = select(Membership.account_id, func.count()).where(Membership.municipality_code == cast.aoba)
    assert dict(session.execute(held.group_by(Membership.account_id)).all()) == {
        cast.aoba_editor: 1, cast.aoba_colleague: 1, cast.sato: 1,
    }  # fmt: skip
    assert session.scalars(select(Membership).where(Membership.municipality_code == OTHER)).all() == []
    assert draft.municipality_code == cast.aoba
    assert session.scalars(select(Source.municipality_code)).all() == [cast.aoba]
    assert session.scalars(select(Handover.municipality_code)).all() == [cast.aoba]
    told = session.scalars(select(AuditEntry).where(AuditEntry.action == "municipality:succeed")).one()
    assert (told.facts["accounts"], told.facts["drafts"], told.facts["sources"]) == (2, 1, 1)


def subscribed(session: Session, config: Config, wanted: Criteria) -> Subscription:
    """Somebody who confirmed that they want to be told."""
    subscriptions.subscribe(
        session, "tanaka@example.jp", wanted, subscriptions.KINDS, Frequency.AT_ONCE, letterhead=Letterhead.of(config), now=OPENING
    )
    session.flush()
    found = session.query(Subscription).order_by(Subscription.id.desc()).first()
    assert found is not None
    found.state, found.confirmed_at = SubscriptionState.ACTIVE, OPENING
    return found


def matched(session: Session, now: datetime) -> list[int]:
    """Whom the waiting changes are to be told, by subscription."""
    while matching.match(session, now=now) is not None:
        pass
    return list(session.scalars(select(Match.subscription_id).order_by(Match.id)))


def all_readings(session: Session, wanted: Criteria, posting: Posting, now: datetime) -> set[bool]:
    """What the three readings of a criteria say of a posting."""
    others: list[Municipality] = []
    seen = criteria.seen_from(from_json(posting.current.content), posting.municipality, others, posting.state, posting_id=posting.id)
    in_sql = session.scalar(select(Posting.id).where(criteria.clause(wanted, now), Posting.id == posting.id)) is not None
    bits = selecting.select(session, load(session), wanted, now)
    return {criteria.meets(wanted, seen, now), in_sql, bool(bits >> (posting.id - 1) & 1)}


def test_who_subscribed_to_the_old_town_is_told_of_what_its_successor_publishes(session: Session, cast: Cast, config: Config) -> None:
    old, elsewhere = Criteria(municipality=(OTHER,)), Criteria(municipality=(cast.minato,))
    told, silent = subscribed(session, config, old), subscribed(session, config, elsewhere)
    entered(session, cast)
    settle(session)
    late = typed(apply_by="2026-12-01T17:00", term_start_on="2027-01-01", term_end_on="2027-12-31")
    posting = published(session, cast, now=MIDNIGHT, **late)
    assert matched(session, MIDNIGHT) == [told.id]
    assert silent.id not in matched(session, MIDNIGHT)
    assert all_readings(session, old, posting, MIDNIGHT) == {True}
    assert all_readings(session, elsewhere, posting, MIDNIGHT) == {False}


def test_what_was_published_stays_under_its_code_and_both_codes_find_it(session: Session, cast: Cast) -> None:
    late = typed(apply_by="2026-12-01T17:00", term_start_on="2027-01-01", term_end_on="2027-12-31")
    posting = published(session, cast, now=OPENING, **late)
    succession.enter(session, merged(cast, code=cast.aoba, successor_code=cast.minato), across=True, by=None, now=OPENING)
    settle(session)
    assert (posting.municipality_code, posting.state) == (cast.aoba, State.PUBLISHED)
    for code in (cast.aoba, cast.minato):
        assert all_readings(session, Criteria(municipality=(code,)), posting, MIDNIGHT) == {True}
    assert all_readings(session, Criteria(pref=("14",)), posting, MIDNIGHT) == {False}
    session.expire_all()
    editor = cast.account("minato_editor")
    assert permissions.find_posting(session, editor, "posting:extend", posting.id) is posting
    assert permissions.allowed(editor, "municipality:post", cast.municipality("minato"))
    assert not permissions.allowed(editor, "municipality:post", cast.municipality("aoba"))


def test_towns_that_become_a_new_one_are_one_place_and_a_new_code_keeps_what_the_town_had(session: Session, cast: Cast) -> None:
    new = {"successor_code": NEW, "name": "海辺市", "kana": "うみべし"}
    aoba = cast.municipality("aoba")
    aoba.contact_section, aoba.terms_version = "デジタル推進課", "2026-04-01"
    entered(session, cast, **new)
    entered(session, cast, code=cast.aoba, successor_code=NEW, kind="recoded")  # its name is told by the other town
    assert settle(session) == 2
    city = session.get_one(Municipality, NEW)
    assert (city.full_name, city.kind, city.former_names) == ("宮城県海辺市", MunicipalityKind.CITY, "浜町、青葉市")
    assert {one.code for one in city.predecessors} == {OTHER, cast.aoba}
    succession.enter(session, merged(cast, on="2026-11-01", code=NEW, successor_code=cast.minato), across=True, by=None, now=MIDNIGHT)
    assert settle(session, MIDNIGHT + timedelta(days=31)) == 1
    assert {one.code for one in session.get_one(Municipality, cast.minato).predecessors} == {OTHER, cast.aoba, NEW}


def test_an_older_table_undoes_nothing_of_the_dated_list(session: Session, cast: Cast) -> None:
    rows = [
        {**dict.fromkeys(municipalities.COLUMNS, ""), "code": code, "pref_code": code[:2], "prefecture": pref, "name": name, "kana": "よみ", "kind": kind}
        for code, pref, name, kind in ((OTHER, "宮城県", "浜町", "町"), (cast.aoba, "宮城県", "青葉市", "市"), (cast.minato, "神奈川県", "港町", "町"))
    ]  # fmt: skip
    municipalities.load(session, rows, now=OPENING)
    entered(session, cast, successor_code=NEW, name="海辺市", kana="うみべし")
    entered(session, cast, **{**RENAMING, "code": cast.minato, "name": "新港町", "kana": "しんみなとまち"})
    settle(session)
    loaded = municipalities.load(session, rows, now=MIDNIGHT)
    assert (loaded.added, loaded.changed, loaded.ended) == (0, 0, 0)
    assert session.get_one(Municipality, OTHER).successor_code == NEW
    assert session.get_one(Municipality, NEW).ended_on is None
    assert cast.municipality("minato").name == "新港町"
    assert cast.municipality("minato").former_names == "港町"


def test_the_worker_applies_what_is_due_and_the_mail_of_the_successor_reaches_who_subscribed_to_the_old_town(
    app: BoardApp, cast: Cast, mailroom: Mailroom, clock: Clock
) -> None:
    mailroom.subscribed(query=f"municipality={OTHER}")
    with app.app_context(), Writing() as session:
        session.add(place(OTHER, "04", "宮城県", "浜町", "はままち", MunicipalityKind.TOWN, ""))
        session.flush()
        succession.enter(session, merged(cast, on="2026-04-02"), by=None, now=OPENING)
        succession.enter(session, {**merged(cast, on="2026-04-02", code=cast.minato), **RENAMING, "on": "2026-04-03"}, by=None, now=OPENING)
    assert mailroom.steps.succeed() == 0
    clock.forward(hours=15)  # midnight in Japan
    assert mailroom.steps.succeed() == 1
    clock.forward(days=1)
    assert (mailroom.steps.succeed(), mailroom.steps.succeed()) == (1, 0)
    with app.app_context(), Writing() as session:
        published(session, cast, now=clock())
    clock.forward(seconds=1)
    [letter] = mailroom.run()
    assert letter.recipient == "tanaka@example.jp"
    assert "青葉市" in opened(letter).get_body(("plain",)).get_content()
