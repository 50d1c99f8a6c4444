"""What moderators do with a candidate: each act is done to what was looked at, who comes second is told, and what can be undone is."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from jobboard.base.collecting import ItemState
from jobboard.base.errors import Incomplete, NotFound, WrongState
from jobboard.base.states import State
from jobboard.database import Writing
from jobboard.domain import confirming, drafting, following_up, forgetting, moderation, taking, waiting
from jobboard.models import AuditEntry, ChangeEvent, Posting, SourceItem
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.mailroom import LETTERHEAD, Mailroom
from tests.prefectures import through
from tests.pressing import press
from tests.staff import COLLEAGUE, EDITOR, OTHER_EDITOR, sign_in
from tests.staff import hidden as hidden_fields
from tests.stories import asked_about, found, typed
from tests.web.test_review import behind
from tests.web.test_review import sato as sato
from tests.web.test_review_people import admin as admin

DRAFT, LINK, DISMISS, END = "下書きを作る", "「リンクのみ」で掲載する", "見送る", "「リンクのみ」の掲載を終える"
RESTORE, DROP, FOLLOW, LOOK = "候補に戻す", "下書きを取りやめる", "新しい題名とリンクに直す", "確認した"
WHY = {"reason": "対象外"}
TITLE = "CIO補佐官を1名募集します(副業可、業務委託)"
MOVED = "画面を開いたあとに状態が変わりました"


@pytest.fixture
def item(app: BoardApp, cast: Cast) -> int:
    """A candidate of 青葉市."""
    with app.app_context(), Writing() as session:
        return found(session, cast, TITLE).id


def at(item: int) -> str:
    return f"/review/candidates/{item}"


def read(client: FlaskClient, item: int) -> SourceItem:
    with behind(client) as session:
        one = session.get_one(SourceItem, item)
        session.refresh(one, ["posting"])
        session.expunge_all()
        return one


def acts(client: FlaskClient, action: str) -> list[dict[str, object]]:
    """The facts of each entry of that action."""
    with behind(client) as session:
        return [dict(one.facts) for one in session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))]


def on_its_own(client: FlaskClient, cast: Cast, item: int, act: Callable[..., object], by: str = "sato") -> None:
    """An act of a domain function that takes session and item."""
    with behind(client) as session:
        act(session, session.get_one(SourceItem, item), by=cast.account(by), now=OPENING)


def completed(client: FlaskClient, cast: Cast, item: int, *, send: bool = True, **changes: str) -> None:
    """The municipality writes all of it down, and sends it in."""
    with behind(client) as session:
        posting, by = session.get_one(SourceItem, item).posting, cast.account("aoba_editor")
        assert posting is not None
        drafting.save(session, posting, {**drafting.text(posting), **typed(**changes)}, revision=posting.revision, by=by, now=OPENING)
        if send:
            moderation.submit(session, posting, by=by, now=OPENING, summary="全文を載せました")


def changed(client: FlaskClient, item: int, clock: Clock, **values: str) -> None:
    """The feed tells of it anew, an hour later."""
    with behind(client) as session:
        one = session.get_one(SourceItem, item)
        one.digest, one.changed_at = "b" * 64, clock.forward(hours=1)
        for name, value in values.items():
            setattr(one, name, value)


@pytest.mark.parametrize(
    ("first", "told", "then"),
    [
        (DISMISS, "候補を見送りました(理由: 対象外)", LINK),
        (DISMISS, "候補を見送りました(理由: 対象外)", DISMISS),
        (LINK, "「リンクのみ」で掲載しました", DRAFT),
        (DRAFT, "下書きを作りました", DISMISS),
    ],
)
def test_a_page_that_is_out_of_date_decides_nothing_and_says_who_decided_what(
    sato: FlaskClient, admin: FlaskClient, item: int, first: str, told: str, then: str
) -> None:
    page = sato.get(at(item))
    assert press(admin, at(item), first, WHY if first == DISMISS else {}).status_code == 303
    before = read(sato, item)
    late = press(sato, page, then, {"reason": "ボランティアの募集"} if then == DISMISS else {})
    assert late.status_code == 409 and MOVED in late.text
    assert f"管理 太郎さんが2026年4月1日(水)9:00に、{told}。" in late.text and "押した操作は、していません" in late.text
    after = read(sato, item)
    assert (after.state, after.posting_id, after.dismissed_for) == (before.state, before.posting_id, before.dismissed_for)
    with behind(sato) as session:
        assert session.query(ChangeEvent).count() == (first == LINK)


def test_what_was_dismissed_is_taken_up_on_purpose_from_a_fresh_page_and_its_reason_goes(sato: FlaskClient, item: int) -> None:
    press(sato, at(item), DISMISS, WHY)
    assert "理由: 対象外" in sato.get(at(item)).text
    assert press(sato, at(item), LINK).status_code == 303
    one = read(sato, item)
    assert (one.state, one.dismissed_for) == (ItemState.TAKEN, "") and one.posting is not None and one.posting.state is State.PUBLISHED
    assert "対象外" not in sato.get(at(item)).text


@pytest.mark.parametrize(("one", "other"), [(LINK, DISMISS), (DRAFT, DISMISS), (DISMISS, DISMISS)])
def test_of_two_who_decide_at_the_same_moment_one_is_told_of_the_other(
    sato: FlaskClient, admin: FlaskClient, item: int, one: str, other: str
) -> None:
    pages = [(client, client.get(at(item)), button) for client, button in ((sato, one), (admin, other))]
    together = Barrier(2)

    def push(given: tuple[FlaskClient, TestResponse, str]) -> TestResponse:
        client, page, button = given
        together.wait(30)
        return press(client, page, button, WHY if button == DISMISS else {})

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(push, pages))
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    (late,) = [answer for answer in answers if answer.status_code == 409]
    assert MOVED in late.text and re.search(r"(佐藤 恵|管理 太郎)さんが2026年", late.text)
    stands = read(sato, item)
    assert (stands.state is ItemState.DISMISSED) == (stands.posting_id is None) == bool(stands.dismissed_for)


def test_the_audit_keeps_the_reason_of_each_dismissal_and_none_with_an_address(sato: FlaskClient, item: int) -> None:
    refused = press(sato, at(item), DISMISS, {"reason": "tanaka@example.jp が辞退"})
    assert refused.status_code == 422 and "消してから見送ってください" in refused.text and "tanaka@example.jp が辞退" in refused.text
    press(sato, at(item), DISMISS, WHY)
    assert press(sato, at(item), RESTORE).status_code == 303
    back = read(sato, item)
    assert (back.state, back.dismissed_for) == (ItemState.CANDIDATE, "")
    press(sato, at(item), DISMISS, {"reason": "終わっている"})
    assert acts(sato, "candidate:dismiss") == [{"reason": "対象外"}, {"reason": "終わっている"}]
    assert len(acts(sato, "candidate:restore")) == 1
    assert TITLE in sato.get("/review/candidates?view=dismissed").text


def test_a_second_dismissal_and_a_second_return_are_refused_by_the_domain_too(sato: FlaskClient, cast: Cast, item: int) -> None:
    on_its_own(sato, cast, item, lambda *args, **kw: taking.dismiss(*args, reason="対象外", **kw))
    with pytest.raises(WrongState):
        on_its_own(sato, cast, item, lambda *args, **kw: taking.dismiss(*args, reason="ほかの理由", **kw))
    on_its_own(sato, cast, item, taking.restore)
    with pytest.raises(WrongState):
        on_its_own(sato, cast, item, taking.restore)


def test_a_link_is_not_ended_while_its_municipalitys_own_request_waits(sato: FlaskClient, cast: Cast, item: int) -> None:
    press(sato, at(item), LINK)
    page = sato.get(at(item))
    completed(sato, cast, item)
    late = press(sato, page, END, {"reason": "公式ページの募集が終わったため"})
    assert late.status_code == 409 and "青葉市の青葉 花子さんが2026年4月1日(水)9:00に、全文の掲載を依頼しました。" in late.text
    shown = sato.get(at(item)).text
    assert f">{END}<" not in shown and "青葉市が掲載を依頼しています" in shown and "「リンクのみ」の掲載は終えられません" in shown
    with pytest.raises(Incomplete) as refused:
        on_its_own(sato, cast, item, lambda *args, **kw: taking.end(*args, reason="終わったため", **kw))
    assert refused.value.problems[0].message == taking.WAITS
    posting = read(sato, item).posting
    assert posting is not None and posting.pending_id is not None and posting.state is State.PUBLISHED
    assert f"/review/postings/{posting.id}" in sato.get("/review/").text


def test_a_request_that_is_at_its_prefecture_is_said_to_be_there(sato: FlaskClient, cast: Cast, item: int) -> None:
    with behind(sato) as session:
        through(session, cast, "04")
    press(sato, at(item), LINK)
    completed(sato, cast, item)
    shown = sato.get(at(item)).text
    assert "宮城県の進達を待っています" in shown and "修正を依頼してください" not in shown and f">{END}<" not in shown


def test_after_a_link_alone_has_ended_the_desk_offers_what_works_and_a_copy_of_all_that_was_written(
    sato: FlaskClient, app: BoardApp, cast: Cast, item: int
) -> None:
    press(sato, at(item), LINK)
    completed(sato, cast, item, send=False, title=TITLE)
    assert press(sato, at(item), END, {"reason": "公式ページの募集が終わったため"}).status_code == 303
    posting = read(sato, item).posting_id
    editor = app.test_client()
    sign_in(editor, EDITOR)
    desk = f"/desk/postings/{posting}"
    shown = editor.get(desk).text
    assert "送っていない変更があります" not in shown and "もう一度募集する" in shown
    offered = set(re.findall(rf'href="({desk}/[^"]+)"', shown))
    assert offered and {address: editor.get(address).status_code for address in offered} == dict.fromkeys(offered, 200)
    page = editor.get(f"{desk}/copy")
    assert "募集を再開する" not in page.text and "ここまでに書いた内容を写した" in page.text
    assert press(editor, page, "新しい下書きを作る").status_code == 303
    with behind(sato) as session:
        copy = session.scalars(select(Posting).where(Posting.copied_from_id == posting)).one()
        assert copy.draft["duties"] == typed()["duties"] and copy.draft["title"] == [TITLE] and "apply_by" not in copy.draft


def test_who_looks_second_at_what_changed_is_told_and_not_recorded(
    sato: FlaskClient, admin: FlaskClient, cast: Cast, clock: Clock, item: int
) -> None:
    press(sato, at(item), LINK)
    changed(sato, item, clock, title=f"【更新】{TITLE}")
    pages = [sato.get("/review/candidates/flagged"), admin.get(at(item))]
    assert "変わりました" in pages[1].text and "変更前" in pages[1].text
    done = press(sato, pages[0], LOOK)
    assert (done.status_code, done.location) == (303, "/review/candidates/flagged")
    for client, page in ((admin, pages[1]), (sato, pages[0])):
        late = press(client, page, LOOK)
        assert late.status_code == 409 and "佐藤 恵さんが" in late.text and "変わったことを確認しました" in late.text
    with pytest.raises(WrongState):
        on_its_own(sato, cast, item, following_up.look)
    assert len(acts(sato, "candidate:look")) == 1
    assert f">{LOOK}<" not in admin.get(at(item)).text


def test_a_link_alone_takes_the_new_title_and_link_over_without_a_mail(
    sato: FlaskClient, cast: Cast, clock: Clock, mailroom: Mailroom, item: int
) -> None:
    mailroom.subscribed("tanaka@example.jp", "municipality=042021")
    press(sato, at(item), LINK)
    assert [one.recipient for one in mailroom.run()].count("tanaka@example.jp") == 1
    assert f">{FOLLOW}<" not in sato.get(at(item)).text
    new = {"title": "【締切延長】CIO補佐官の募集", "link": "https://www.aoba.example.jp/cio-2"}
    changed(sato, item, clock, **new)
    assert press(sato, "/review/candidates/flagged", FOLLOW).status_code == 303
    posting = read(sato, item).posting
    assert posting is not None and (posting.title, posting.link_only) == (new["title"], True)
    public = sato.get(f"/postings/{posting.id}").text
    assert sato.get(f"/postings/{posting.id}/history").status_code == sato.get("/changes.rss").status_code == 200
    assert new["link"] in public and "/cio\"" not in public and mailroom.run() == []
    assert [facts["posting"] for facts in acts(sato, "candidate:follow")] == [posting.id]
    assert new["title"] not in sato.get("/review/candidates/flagged").text, "it was looked at with that"
    with behind(sato) as session:
        begun = drafting.text(session.get_one(Posting, posting.id))
    assert (begun["title"], begun["official_url"], begun["headcount"]) == ([new["title"]], [new["link"]], ["1"]), "what was drafted stays"
    with pytest.raises(WrongState):
        on_its_own(sato, cast, item, taking.follow)


def test_nothing_is_taken_over_once_the_municipality_holds_it(sato: FlaskClient, cast: Cast, clock: Clock, item: int) -> None:
    press(sato, at(item), LINK)
    completed(sato, cast, item)
    changed(sato, item, clock, title="【更新】CIO補佐官の募集")
    waits = sato.get("/review/candidates/flagged").text
    assert f">{FOLLOW}<" not in waits and "掲載確認の画面" in waits
    with pytest.raises(WrongState):
        on_its_own(sato, cast, item, taking.follow)
    with behind(sato) as session:
        posting = session.get_one(SourceItem, item).posting
        assert posting is not None and posting.pending_id is not None
        moderation.publish(session, posting, version_id=posting.pending_id, by=cast.account("sato"), now=clock())
        number = posting.id
    for address in ("/review/candidates/flagged", at(item)):
        whole = sato.get(address).text
        assert "全文を載せている募集です" in whole and f'href="/review/postings/{number}/talk"' in whole and f'href="/correction/{number}"' in whole
        assert f">{FOLLOW}<" not in whole and f">{END}<" not in whole and f">{LOOK}<" in whole
        assert "ここで決めることはありません" not in whole and "項目のページ" not in whole


def test_a_draft_that_nobody_touched_is_taken_back(sato: FlaskClient, app: BoardApp, item: int) -> None:
    press(sato, at(item), DRAFT)
    number = read(sato, item).posting_id
    editor = app.test_client()
    sign_in(editor, EDITOR)
    open_page = editor.get(f"/desk/postings/{number}/edit/all")
    assert press(sato, at(item), DROP).status_code == 303
    one = read(sato, item)
    assert (one.state, one.posting_id) == (ItemState.CANDIDATE, None)
    assert TITLE not in editor.get("/desk/").text
    other = app.test_client()
    sign_in(other, OTHER_EDITOR)
    for page in ("", "/edit", "/edit/all", "/send", "/print", "/attachments"):
        gone, hidden = (one.get(f"/desk/postings/{number}{page}") for one in (editor, other))
        assert gone.status_code == hidden.status_code == 404, page
        assert "この下書きは、総務省が取りやめました" in gone.text and "総務省が取りやめました" not in hidden.text, page
    late = press(editor, open_page, "下書きを保存する", {"duties": "書きかけの業務の内容"})
    assert late.status_code == 409 and "総務省が取りやめました" in late.text and "書きかけの業務の内容" in late.text
    sent = editor.post(f"/desk/postings/{number}/send", data={**hidden_fields(open_page), "reason.x": "理由です"})
    assert sent.status_code == 409 and "総務省が取りやめました" in sent.text and "理由です" in sent.text
    assert [facts["posting"] for facts in acts(sato, "candidate:drop_draft")] == [number]
    assert press(sato, at(item), LINK).status_code == 303, "it can be taken up again"


def test_a_draft_that_its_municipality_began_with_stays(sato: FlaskClient, cast: Cast, item: int) -> None:
    press(sato, at(item), DRAFT)
    page = sato.get(at(item))
    completed(sato, cast, item, send=False)
    late = press(sato, page, DROP)
    assert late.status_code == 409 and "下書きが使い始められたので、取りやめられません" in late.text
    assert "青葉市の青葉 花子さんが2026年4月1日(水)9:00に、下書きを書きました。" in late.text
    assert f">{DROP}<" not in sato.get(at(item)).text and read(sato, item).posting_id is not None
    press_again = press(sato, page, LINK)
    assert press_again.status_code == 303, "and it may still be published as a link"


def test_a_text_that_comes_at_the_very_moment_its_draft_goes_is_refused(sato: FlaskClient, cast: Cast, item: int) -> None:
    press(sato, at(item), DRAFT)
    with behind(sato) as session:
        posting, by = session.get_one(SourceItem, item).posting, cast.account("aoba_editor")
        assert posting is not None
        forgetting.take_out(session, posting.id)
        with pytest.raises(NotFound):
            drafting.save(session, posting, typed(), revision=1, by=by, now=OPENING)


def test_the_municipality_is_reminded_of_a_draft_made_for_it_unless_it_declined(sato: FlaskClient, cast: Cast, mailroom: Mailroom, item: int) -> None:
    with behind(sato) as session:
        other = found(session, cast, "CDOの募集", path="/cdo").id
    for number in (item, other):
        press(sato, at(number), DRAFT)
    with behind(sato) as session:
        one = session.get_one(SourceItem, other)
        one.answered_at, one.agreed = OPENING, False
    mailroom.clock.forward(days=31)
    assert mailroom.steps.remind() == 1
    assert {letter.recipient for letter in mailroom.run()} == {EDITOR, COLLEAGUE}, "not the moderator who made it"


def test_a_draft_that_its_municipality_declined_waits_for_nobody(sato: FlaskClient, cast: Cast, item: int) -> None:
    press(sato, at(item), DRAFT)
    with behind(sato) as session:
        one = session.get_one(SourceItem, item)
        one.answered_at, one.agreed = OPENING + timedelta(hours=1), False
        visible = Posting.id == one.posting_id
        assert [row.wait for row in waiting.desk(session, visible, now=OPENING)] == [waiting.Wait.NOTHING]
    with behind(sato) as session:
        posting, by = session.get_one(SourceItem, item).posting, cast.account("aoba_editor")
        assert posting is not None
        drafting.save(session, posting, typed(), revision=1, by=by, now=OPENING + timedelta(hours=2))
        assert [row.wait for row in waiting.desk(session, visible, now=OPENING)] == [waiting.Wait.DRAFT], "they write it after all"


def test_the_list_of_those_who_were_asked_says_until_when_and_holds_what_is_published(sato: FlaskClient, cast: Cast, clock: Clock, item: int) -> None:
    with behind(sato) as session:
        others = [found(session, cast, f"{name}の募集", path=f"/{name}") for name in ("終えたCDO", "全文のCISO", "全文のデータ専門員")]
        numbers = [one.id for one in others]
    for number in (item, *numbers):
        press(sato, at(number), LINK)
    with behind(sato) as session:
        for number in (item, *numbers):
            session.get_one(SourceItem, number).invited_at = OPENING
    press(sato, at(numbers[0]), END, {"reason": "終わったため"})
    for number in numbers[1:]:
        completed(sato, cast, number)
    with behind(sato) as session:
        posting = session.get_one(SourceItem, numbers[2]).posting
        assert posting is not None and posting.pending_id is not None
        remarks = [("", "直してください。")]
        moderation.ask_correction(session, posting, version_id=posting.pending_id, remarks=remarks, by=cast.account("sato"), now=OPENING)
    listed = sato.get("/review/candidates?view=asked").text
    assert "市区町村の答えを待つ項目(1件)" in listed and TITLE in listed and "終えた" not in listed and "全文の" not in listed
    assert "2026年4月15日(水)9:00まで、答えを待っています" in listed and "期限切れ" not in listed
    clock.forward(days=37)
    sign_in(sato, "sato@soumu.go.jp")
    listed = sato.get("/review/candidates?view=asked").text
    assert "期限切れ" in listed and "2026年4月15日(水)9:00にリンクの期限が過ぎました" in listed and f"{at(item)}#asked" in listed
    shown = sato.get(at(item)).text
    assert "リンクの期限が過ぎました" in shown and "答えを待っています" not in shown and "もう一度メールで確かめる" in shown


def test_after_a_no_the_page_says_truly_how_its_municipality_goes_on_itself(sato: FlaskClient, cast: Cast, item: int) -> None:
    press(sato, at(item), DRAFT)
    with behind(sato) as session:
        one = session.get_one(SourceItem, item)
        one.invited_at = one.answered_at = OPENING
        one.agreed = False
    shown = sato.get(at(item)).text
    assert "「リンクのみ」では掲載できません" in shown and "下書きの続きを書けます" in shown
    completed(sato, cast, item)
    shown = sato.get(at(item)).text
    assert "掲載するか、修正を依頼してください" in shown and "青葉市の担当者が掲載を依頼しました" in shown
    assert "掲載できません" not in shown and "下書きの続きを書けます" not in shown
    with behind(sato) as session:
        posting = session.get_one(SourceItem, item).posting
        assert posting is not None and posting.pending_id is not None
        moderation.publish(session, posting, version_id=posting.pending_id, by=cast.account("sato"), now=OPENING)
    shown = sato.get(at(item)).text
    assert ">掲載中<" in shown and "掲載できません" not in shown and "青葉市の担当者が掲載を依頼しました" in shown


def returned(client: FlaskClient, cast: Cast, item: int) -> None:
    """The ministry asks to correct what the municipality sent in."""
    completed(client, cast, item)
    with behind(client) as session:
        posting = session.get_one(SourceItem, item).posting
        assert posting is not None and posting.pending_id is not None
        remarks = [("duties", "具体的に書いてください。")]
        moderation.ask_correction(session, posting, remarks=remarks, version_id=posting.pending_id, by=cast.account("sato"), now=OPENING)


def declined(client: FlaskClient, item: int) -> None:
    with behind(client) as session:
        confirming.answer(session, session.get_one(SourceItem, item), agrees=False, letterhead=LETTERHEAD, now=OPENING)


@pytest.mark.parametrize("by_town", [False, True])
def test_who_was_writing_of_a_link_that_ended_is_told_and_where_the_text_is(
    sato: FlaskClient, app: BoardApp, cast: Cast, mailroom: Mailroom, item: int, by_town: bool
) -> None:
    press(sato, at(item), LINK)
    if by_town:
        completed(sato, cast, item, send=False)
    else:
        returned(sato, cast, item)
    mailroom.run()
    if by_town:
        declined(sato, item)
    else:
        assert press(sato, at(item), END, {"reason": "公式ページが消えたため"}).status_code == 303
    told = {one.recipient: "".join(one.text.split()) for one in mailroom.run()}
    how = "市区町村の申出により" if by_town else "公式ページが消えたため"
    assert "「もう一度募集する」" in told[EDITOR] and how in told[EDITOR] and COLLEAGUE not in told
    number = read(sato, item).posting_id
    editor = app.test_client()
    sign_in(editor, EDITOR)
    shown = editor.get(f"/desk/postings/{number}").text
    assert "書いていた内容は残っています" in shown and how in shown and f'href="/desk/postings/{number}/copy">もう一度募集する</a>' in shown


def test_who_wrote_nothing_is_not_told_of_the_end_of_a_link(sato: FlaskClient, mailroom: Mailroom, item: int) -> None:
    press(sato, at(item), LINK)
    mailroom.run()
    press(sato, at(item), END, {"reason": "公式ページが消えたため"})
    assert mailroom.run() == []


def test_who_answers_a_request_reads_that_the_towns_own_waits_and_the_town_that_it_fell(
    sato: FlaskClient, cast: Cast, mailroom: Mailroom, item: int
) -> None:
    press(sato, at(item), LINK)
    with behind(sato) as session:
        posting = session.get_one(SourceItem, item).posting
        assert posting is not None
        request = asked_about(session, posting).id
    waits = "市区町村の掲載の依頼が、掲載確認を待っています"
    assert waits not in sato.get(f"/review/corrections/{request}").text
    completed(sato, cast, item)
    page = sato.get(f"/review/corrections/{request}")
    assert waits in page.text
    mailroom.run()
    assert press(sato, page, "回答する", {"remedy": "stopped", "reason": "申出のとおりでした。"}).status_code == 303
    told = {one.recipient: "".join(one.text.split()) for one in mailroom.run()}
    assert "掲載の依頼は、取り下げになりました" in told[EDITOR]
