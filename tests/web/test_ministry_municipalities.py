"""The ministry's pages of municipalities: the list and its filters, one of them, the dated list, and what readers then see."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from jobboard import reference
from jobboard.base.states import AccountRole
from jobboard.database import Writing, db
from jobboard.domain import municipalities, sources, strange, succeeding
from jobboard.models import Account, AuditEntry, Membership, Municipality, MunicipalityChange, Source
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.pressing import press
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, send, sign_in
from tests.stories import drafted, published, submitted

LIST = "/ministry/municipalities"
CHANGES = f"{LIST}/changes"
AOBA = f"{LIST}/042021"
MERGER: dict[str, str | list[str]] = {
    "on": "令和8年5月1日", "kind": "merged", "code": "042021", "successor_code": "143014", "note": "総務省告示第1号",
}  # fmt: skip


@pytest.fixture
def admin(client: FlaskClient, cast: Cast) -> FlaskClient:
    sign_in(client, ADMINISTRATOR)
    return client


@contextmanager
def statements() -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *others: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def acts(kind: str = "municipality") -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == kind).order_by(AuditEntry.id)))


def test_moderators_read_and_only_administrators_change(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, EDITOR)
    assert client.get(LIST).status_code == 403
    sign_in(client, MODERATOR)
    for path in (LIST, AOBA, CHANGES):
        page = client.get(path)
        assert page.status_code == 200
        assert "登録する</button>" not in page.text and "保存する</button>" not in page.text and "書き出す</button>" not in page.text
    for path in (f"{AOBA}/contact", f"{LIST}/export", CHANGES, f"{CHANGES}/1/remove"):
        assert send(client, path, {}, page=LIST).status_code == 403
    assert client.get(f"{LIST}/999999").status_code == 404


def test_the_list_narrows_by_what_each_municipality_has_and_counts_before_it_is_asked(
    app: BoardApp, admin: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        published(session, cast)
        session.add(Source(municipality_code=cast.minato, url="https://example.jp/rss", created_at=OPENING, paused_at=OPENING))
        session.add(Municipality(
            code="042030", pref_code="04", prefecture="宮城県", name="浜町", kana="はままち", kind=cast.municipality("minato").kind,
            contact_phone="022-000-0000",
        ))  # fmt: skip
        session.flush()
        invited = [Membership(role=AccountRole.EDITOR, municipality_code="042030")]
        session.add(Account(email="new@example.jp", created_at=OPENING, memberships=invited))
    page = admin.get(LIST).text
    for count in ("一覧(3件)", "あり(2)", "招待中のみ(1)", "公開中(1)", "なし(2)"):
        assert count in page, count

    def found(query: str) -> set[str]:
        text = admin.get(f"{LIST}?{query}").text
        return {code for code in ("042021", "143014", "042030") if f'href="{LIST}/{code}"' in text}

    assert found("account=some") == {"042021", "143014"}
    assert found("account=invited") == {"042030"}
    assert found("account=none") == set()
    assert found("posting=open") == {"042021"}
    assert found("posting=none&account=some") == {"143014"}
    assert found("feed=some") == {"143014"}
    assert found("contact=some") == {"042030"}
    assert found("pref=04&q=はま") == {"042030"}
    assert found("account=nonsense&page=99&pref=99") == {"042021", "143014", "042030"}
    assert "条件に合う市区町村はありません" in admin.get(f"{LIST}?q=%25").text
    clock.forward(days=90)
    sign_in(admin, ADMINISTRATOR)
    assert found("posting=past") == {"042021"}, "what is past its deadline is not open, also while no worker runs"


def test_all_municipalities_take_as_many_statements_as_three_do(app: BoardApp, admin: FlaskClient) -> None:
    with app.app_context():
        with statements() as few:
            admin.get(f"{LIST}?q=市")
        with Writing() as session:
            municipalities.load(session, reference.municipality_rows(), now=OPENING)
            sources.load(session, reference.feed_rows(), now=OPENING)
        with statements() as many:
            page = admin.get(f"{LIST}?account=none&page=2")
    assert len(many) <= len(few)
    counted = [one for one in many if "FROM municipality ORDER" in one or "GROUP BY" in one]
    assert len(counted) == 4, "one for the table, one for each of its columns"
    assert page.text.count("アカウントなし") == 50
    assert "一覧(1,739件)" in page.text


def test_the_page_of_one_shows_its_people_postings_and_feeds_but_not_what_it_still_writes(
    app: BoardApp, admin: FlaskClient, cast: Cast
) -> None:
    with app.app_context(), Writing() as session:
        shown, asked = published(session, cast, title="公開した募集"), submitted(session, cast, title="確認を待つ募集")
        drafted(session, cast, title="書いている募集")
        session.add(Source(municipality_code=cast.aoba, url="https://example.jp/rss", created_at=OPENING, paused_at=OPENING, paused_for="候補です"))
        session.flush()
        public, waiting = f"/postings/{shown.id}", f"/review/postings/{asked.id}"
    page = admin.get(AOBA).text
    for text in (f'href="{public}"', f'href="{waiting}"', "公開した募集", "確認を待つ募集", "候補です", "青葉 花子", "あおばし"):
        assert text in page, text
    assert "書いている募集" not in page
    assert 'value="042021"' in admin.get("/ministry/accounts/invite?place=042021").text
    assert "/ministry/accounts/invite?place=042021" in page


def test_a_contact_is_read_kept_and_told_without_its_values(app: BoardApp, admin: FlaskClient) -> None:
    wrong = send(admin, f"{AOBA}/contact", {"contact_section": "あ" * 81, "contact_phone": "でんわ", "contact_email": "どこか"}, page=AOBA)
    assert wrong.status_code == 422
    for text in ("80字以内", "電話番号を 022-000-0000", "＊", 'value="どこか"', 'value="でんわ"'):
        assert text in wrong.text, text
    right: dict[str, str | list[str]] = {
        "contact_section": "総務部 デジタル推進課", "contact_phone": "０２２−０００−００００", "contact_email": "ＤＸ@city.aoba.lg.jp",
    }
    assert send(admin, f"{AOBA}/contact", right, page=AOBA).status_code == 303
    assert "022-000-0000" in admin.get(AOBA).text
    with app.app_context():
        told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "municipality:edit")).one()
        assert told.facts == {"fields": ["contact_section", "contact_phone", "contact_email"]}
    assert "変わった項目: 担当課、電話番号、メールアドレス" in admin.get("/ministry/audit").text
    send(admin, f"{AOBA}/contact", right, page=AOBA)
    with app.app_context():
        assert acts().count("municipality:edit") == 1


def test_the_table_is_taken_away_as_a_file_and_that_is_noticed(app: BoardApp, admin: FlaskClient, clock: Clock) -> None:
    with app.app_context(), Writing() as session:
        session.get_one(Municipality, "042021").contact_email = "dx@city.aoba.lg.jp"
    answer = send(admin, f"{LIST}/export", {"pref": "04"}, page=LIST)
    assert answer.mimetype == "text/csv"
    heads, *rows = answer.data.decode("utf-8-sig").splitlines()
    assert len(rows) == 1
    assert dict(zip(heads.split(","), rows[0].split(","), strict=True))["メールアドレス"] == "dx@city.aoba.lg.jp"
    with app.app_context():
        told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "municipality:export")).one()
        assert told.facts == {"prefecture": "04", "rows": 1}
        with Writing() as session:
            assert strange.notice(session, strange.count(session, now=clock()), now=clock()) == 1
    assert "action=municipality%3Aexport" in admin.get("/ministry/audit/notices/1").text


def test_a_merger_is_entered_refused_in_words_removed_and_applied(
    app: BoardApp, admin: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting = published(session, cast).id
    wrong = send(admin, CHANGES, {**MERGER, "successor_code": "042021"})
    assert wrong.status_code == 422
    assert "自分自身には引き継げません" in wrong.text and 'value="令和8年5月1日"' in wrong.text
    foreseen = send(admin, CHANGES, MERGER)
    names = ("宮城県青葉市(042021)", "神奈川県港町(143014)", "2026年5月1日(金)")
    for text in (*names, "まだ登録していません", "アカウント 2人、公開前の募集 0件", "都道府県が変わります"):
        assert text in foreseen.text, text
    assert 'value="令和8年5月1日"' in press(admin, foreseen, "戻って直す").text
    unmeant = press(admin, foreseen, "登録する")
    assert unmeant.status_code == 422 and "チェックを入れてください" in unmeant.text and "まだ登録していません" in unmeant.text
    with app.app_context():
        assert db.session.query(MunicipalityChange).count() == 0
    assert press(admin, unmeant, "登録する", {"across": "1"}).status_code == 303
    assert "同じ変更がすでに登録されています" in send(admin, CHANGES, MERGER).text
    with app.app_context():
        [first] = db.session.scalars(select(MunicipalityChange.id))
    assert send(admin, f"{CHANGES}/{first}/remove", page=CHANGES).status_code == 303
    assert press(admin, foreseen, "登録する", {"across": "1"}).status_code == 303
    clock.forward(days=30)
    sign_in(admin, ADMINISTRATOR)
    with app.app_context(), Writing() as session:
        change = succeeding.apply_next(session, now=clock())
        assert change is not None
        second = change.id
    late = send(admin, f"{CHANGES}/{second}/remove", page=CHANGES)
    assert late.status_code == 409 and "もう反映されたので" in late.text
    words = "宮城県青葉市(042021) から 神奈川県港町(143014) へ"
    assert words in admin.get(AOBA).text and words in admin.get(f"{LIST}/143014").text
    assert admin.get("/municipalities/042021").location == "/municipalities/143014"
    heir = admin.get("/municipalities/143014").text
    assert "合併や名称変更の前の名前: 青葉市" in heir and f"/postings/{posting}" in heir
    page = admin.get(f"/postings/{posting}").text
    assert "青葉市は、今は港町です" in page and "/municipalities/143014" in page
    assert "青葉市として掲載" in admin.get(f"{LIST}/143014").text
    ended = admin.get(f"{LIST}?ended=1").text
    assert "2026年5月1日(金)に廃止(後継 143014)" in ended
    assert f'href="{AOBA}"' not in admin.get(LIST).text
    with app.app_context():
        told = ["municipality:plan", "municipality:unplan", "municipality:plan", "municipality:succeed"]
        assert [act for act in acts() if act in told] == told


def test_a_renaming_of_today_is_shown_with_both_names_before_it_is_entered_and_after_it_is_applied(
    app: BoardApp, admin: FlaskClient, clock: Clock
) -> None:
    renaming: dict[str, str | list[str]] = {
        "on": "2026-04-01", "kind": "renamed", "code": "143014", "name": "新港町", "kana": "しんみなとまち", "note": "告示第2号"
    }
    foreseen = send(admin, CHANGES, renaming)
    for text in ("神奈川県港町(143014)", "神奈川県新港町(143014)", "登録すると、すぐに反映されます"):
        assert text in foreseen.text, text
    assert 'name="across"' not in foreseen.text
    assert press(admin, foreseen, "登録する").status_code == 303
    with app.app_context(), Writing() as session:
        assert succeeding.apply_next(session, now=clock())
    listed = admin.get(CHANGES).text
    assert ">神奈川県港町</a>(143014)" in listed and ">神奈川県新港町</a>(143014)" in listed
    assert "神奈川県港町(143014) から 神奈川県新港町(143014) へ" in admin.get(f"{LIST}/143014").text


def test_editors_of_the_successor_act_on_what_the_old_town_published_and_write_it_anew_as_their_own(
    app: BoardApp, client: FlaskClient, cast: Cast, clock: Clock
) -> None:
    with app.app_context(), Writing() as session:
        posting = published(session, cast).id
        session.add(MunicipalityChange(
            on=(OPENING + timedelta(days=1)).date(), kind="merged", code=cast.aoba, successor_code=cast.minato, entered_at=OPENING
        ))  # fmt: skip
        session.flush()
        assert succeeding.apply_next(session, now=clock.forward(days=2))
    sign_in(client, "editor@town.minato.lg.jp")
    assert client.get(f"/desk/postings/{posting}").status_code == 200
    made = send(client, f"/desk/postings/{posting}/copy")
    assert made.status_code == 303
    assert "青葉市" not in [option for option in client.get("/desk/postings/new").text.splitlines() if "<option" in option]
    sign_in(client, EDITOR)
    assert client.get(f"/desk/postings/{posting}").status_code == 200, "the account went along"


def test_feeds_come_in_paused_and_what_a_person_did_stays(app: BoardApp, cast: Cast) -> None:
    rows = [{"code": cast.aoba, "feed_url": "https://example.jp/a.rss"}, {"code": "011002", "feed_url": "https://example.jp/b.rss"}]
    with app.app_context(), Writing() as session:
        assert sources.load(session, rows, now=OPENING) == sources.Loaded(added=1, homeless=((3, "011002"),))
        one = session.query(Source).one()
        assert one.paused_at == OPENING and one.paused_for
        one.paused_at, one.municipality_code = None, cast.minato
        session.flush()
        assert sources.load(session, rows, now=OPENING) == sources.Loaded(known=1, homeless=((3, "011002"),))
        assert (one.paused_at, one.municipality_code) == (None, cast.minato)
        cast.municipality("minato").demonstration = True
        session.flush()
        invented = [{"code": cast.minato, "feed_url": "https://example.jp/c.rss"}]
        assert sources.load(session, invented, now=OPENING) == sources.Loaded(added=1), "as on the screen"
        for wrong in ({"code": cast.aoba, "feed_url": "javascript:alert(1)"}, {"code": "042022", "feed_url": "https://example.jp/"}, {"code": ""}):
            with pytest.raises(municipalities.RowRefused):
                sources.load(session, [rows[0], wrong], now=OPENING)


def test_every_candidate_of_the_table_that_ships_finds_its_municipality(app: BoardApp) -> None:
    with app.app_context(), Writing() as session:
        municipalities.load(session, reference.municipality_rows(), now=OPENING)
        assert sources.load(session, reference.feed_rows(), now=OPENING) == sources.Loaded(added=114)
        assert sources.load(session, reference.feed_rows(), now=OPENING) == sources.Loaded(known=114)
        assert session.query(Source).filter(Source.paused_at.is_(None)).count() == 0
