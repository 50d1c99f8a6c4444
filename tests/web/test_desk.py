"""The desk through HTTP: a draft keeps anything, sending it in lists every gap, two writers lose nothing."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from jobboard.base.states import AccountRole, State
from jobboard.base.text import visible
from jobboard.database import Writing, db
from jobboard.models import Delivery, Membership, Posting
from tests.cast import COMPLETE, Cast
from tests.flows.visitor import Page
from tests.pressing import form_values, press
from tests.staff import COLLEAGUE, EDITOR, sign_in
from tests.stories import drafted, submitted

SAVE, SEND = "下書きを保存する", "掲載を依頼する"


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    """青葉市's editor, signed in."""
    sign_in(client, EDITOR)
    return client


def begun(desk: FlaskClient, title: str = "CIO補佐官") -> str:
    """A new draft; the address of the page with all of its fields."""
    answer = press(desk, "/desk/postings/new", "下書きを作る", {"title": title})
    assert answer.status_code == 303
    return f"{answer.location}/all"


def stored(desk: FlaskClient, edit: str) -> Posting:
    """The posting of an edit page, as it stands in the database."""
    with desk.application.app_context():
        return db.session.get_one(Posting, int(edit.split("/")[3]))


@contextmanager
def behind(desk: FlaskClient) -> Iterator[Session]:
    """The database behind the pages. Closed before the next request: an open context would keep who is signed in."""
    with desk.application.app_context(), Writing() as session:
        yield session


def test_a_title_is_enough_to_begin(desk: FlaskClient) -> None:
    edit = begun(desk, "情報政策アドバイザー")
    assert "情報政策アドバイザー" in desk.get("/desk/").text
    assert stored(desk, edit).state is State.DRAFT


def test_a_draft_saves_with_anything_and_shows_it_again_as_typed(desk: FlaskClient) -> None:
    edit = begun(desk)
    typed = {
        "pay_low": "二万五千円<くらい>", "term_end_on": "五月の末\"ごろ\"", "term_start_on": "令和8年6月", "contact_email": "dx@",
        "work_place": " 本庁舎 & 支所 ", "headcount": "０",
    }
    answer = press(desk, edit, SAVE, typed)
    assert answer.status_code == 303 and "保存しました" in desk.get(answer.location).text
    again = form_values(desk.get(edit).text, SAVE)
    assert {name: again[name] for name in typed} == {name: [value] for name, value in typed.items()}
    assert "＊ 数字だけで書いてください" in desk.get(edit).text


def test_any_text_comes_back(desk: FlaskClient) -> None:
    any_text_comes_back(desk, 7)


@pytest.mark.long
def test_any_of_many_texts_comes_back(desk: FlaskClient) -> None:
    any_text_comes_back(desk, 200)


def any_text_comes_back(desk: FlaskClient, examples: int) -> None:
    edit = begun(desk)
    names = ("title", "duties", "role", "pay_low", "hours")
    texts = st.text(max_size=40).map(lambda words: words.encode("utf-8", "ignore").decode())

    @settings(max_examples=examples, deadline=None)
    @given(st.fixed_dictionaries(dict.fromkeys(names, texts)))
    def comes_back(typed: dict[str, str]) -> None:
        page = press(desk, edit, SAVE, typed)
        assert page.status_code == 303
        shown = form_values(desk.get(edit).text, SAVE)
        assert {name: "".join(shown[name]) for name in names} == {n: visible(typed[n]) for n in names}

    comes_back()


def test_a_wrong_date_and_its_time_come_back_each_as_typed(desk: FlaskClient) -> None:
    edit = begun(desk)
    for typed in (["昨日", "25:99"], ["2026-02-30", "夕方"], ["2026-05-29", " 5時"], ["", "17:00"], ["5月末 17時", ""], ["2026-05-29 25:99", ""]):
        for _ in range(2):
            press(desk, edit, SAVE, {"apply_by": typed})
            assert form_values(desk.get(edit).text, SAVE)["apply_by"] == typed


def test_a_date_and_its_time_are_one_instant(desk: FlaskClient) -> None:
    edit = begun(desk)
    press(desk, edit, SAVE, {"apply_by": ["2026-05-29", "17:00"]})
    assert stored(desk, edit).draft["apply_by"] == ["2026-05-29T17:00"]
    assert form_values(desk.get(edit).text, SAVE)["apply_by"] == ["2026-05-29", "17:00"]
    press(desk, edit, SAVE, {"apply_by": ["2026-05-29", "17時ごろ"]})
    assert form_values(desk.get(edit).text, SAVE)["apply_by"] == ["2026-05-29", "17時ごろ"]


def test_sending_in_lists_every_missing_field_with_a_link_and_loses_nothing(desk: FlaskClient) -> None:
    edit = begun(desk)
    answer = press(desk, edit, SEND, {"duties": "短い", "engagement": "special_part_time", "pay_low": "たくさん"})
    assert answer.status_code == 422
    page = Page(answer.text)
    linked = {href.removeprefix("#field-") for _, href in page.links if href.startswith("#field-")}
    asked = {"role", "duties", "duties_change_scope", "requirements_must", "pay_unit", "pay_low", "apply_by_kind", "insurance"}
    assert asked <= linked and "title" not in linked and "cancellation_terms" not in linked
    for name in linked:
        assert f'id="field-{name}"' in answer.text
    again = form_values(answer.text, SEND)
    assert again["duties"] == ["短い"] and again["pay_low"] == ["たくさん"]
    assert stored(desk, edit).draft["duties"] == ["短い"] and stored(desk, edit).state is State.DRAFT
    assert "30字以上" in answer.text


def test_a_complete_draft_is_sent_in_and_the_terms_are_accepted_once(desk: FlaskClient, cast: Cast) -> None:
    edit = begun(desk)
    assert "掲載規約に同意したことになります" in desk.get(edit).text
    answer = press(desk, edit, SEND, COMPLETE)
    assert answer.status_code == 303
    assert "掲載確認中" in desk.get(answer.location).text
    assert stored(desk, edit).state is State.SUBMITTED and stored(desk, edit).submitted_by_id == cast.aoba_editor
    with behind(desk) as session:
        assert cast.municipality("aoba").terms_version == "2026-04-01"
        receipts = session.query(Delivery).filter_by(account_id=cast.aoba_editor).all()
        assert len(receipts) == 1 and "受け付けました" in receipts[0].mail_text.subject
    assert "同意したことになります" not in desk.get(begun(desk)).text


def test_what_waits_for_a_look_can_only_be_taken_back(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        posting = submitted(session, cast)
        edit, revision = f"/desk/postings/{posting.id}/edit/all", posting.revision
    assert desk.get(edit).status_code == 302
    page = desk.get(f"/desk/postings/{posting.id}/recall")
    token = form_values(page.text, "取り下げて編集に戻す")["csrf_token"]
    refused = desk.post(edit, data={"csrf_token": token, "revision": revision, "title": "書きかけの題名"})
    assert refused.status_code == 409 and "書きかけの題名" in refused.text and "いまは保存できません" in refused.text
    answer = press(desk, page, "取り下げて編集に戻す")
    assert answer.status_code == 303 and stored(desk, edit).state is State.DRAFT
    assert desk.get(edit).status_code == 200


def test_two_people_writing_at_once_see_both_texts_and_choose(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit/all"
    mine = desk.get(edit)
    sign_in(colleague := desk.application.test_client(), COLLEAGUE)
    press(colleague, edit, SAVE, {"title": "次郎の題名", "hours": "次郎の時間"})
    met = press(desk, mine, SAVE, {"title": "花子の題名", "duties": "花子の業務"})
    assert met.status_code == 409 and "青葉 次郎さんが、先に保存しました" in met.text
    for words in ("花子の題名", "次郎の題名", "花子の業務", "次郎の時間"):
        assert words in met.text
    assert stored(desk, edit).draft["title"] == ["次郎の題名"]
    chosen = press(desk, met, "選んだ内容で保存する", {"take.title": "mine", "take.hours": "theirs", "take.duties": "mine"})
    assert chosen.status_code == 303
    draft = stored(desk, edit).draft
    assert (draft["title"], draft["hours"], draft["duties"]) == (["花子の題名"], ["次郎の時間"], ["花子の業務"])


def test_a_field_that_is_far_too_long_is_refused_and_shown_again(desk: FlaskClient) -> None:
    edit = begun(desk)
    answer = press(desk, edit, SAVE, {"duties": "長" * 20_001, "background": "背" * 20_000, "title": "題" * 20_000})
    assert answer.status_code == 422 and "20,000字以内" in answer.text and "長" * 20_001 in answer.text
    assert "duties" not in stored(desk, edit).draft


def test_an_editor_of_several_municipalities_chooses_one(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        session.add(Membership(account_id=cast.aoba_editor, role=AccountRole.EDITOR, municipality_code=cast.minato))
    page = desk.get("/desk/postings/new")
    assert "神奈川県港町" in page.text
    asked = press(desk, page, "下書きを作る", {"title": "題名"})
    assert asked.status_code == 422 and "選んでください" in asked.text and "題名" in asked.text
    answer = press(desk, asked, "下書きを作る", {"municipality": cast.minato})
    assert stored(desk, answer.location).municipality_code == cast.minato


def test_a_draft_cannot_be_begun_for_a_foreign_municipality(desk: FlaskClient, cast: Cast) -> None:
    answer = press(desk, "/desk/postings/new", "下書きを作る", {"municipality": cast.minato})
    assert answer.status_code == 404
    with behind(desk) as session:
        assert session.query(Posting).count() == 0


def test_the_preview_is_the_public_page_of_the_draft(desk: FlaskClient) -> None:
    edit = begun(desk)
    press(desk, edit, SAVE, {**COMPLETE, "title": "<b>題名</b>", "approval_number": "青総第123号"})
    page = desk.get(edit.replace("/edit/all", "/preview"))
    assert page.status_code == 200 and "まだ公開されていません" in page.text
    assert "&lt;b&gt;題名&lt;/b&gt;" in page.text and "25,000円" in page.text and "青総第123号" not in page.text


def test_fields_of_another_form_of_engagement_are_folded_until_it_is_chosen(desk: FlaskClient) -> None:
    edit = begun(desk)
    press(desk, edit, SAVE, {"engagement": "contract_company"})
    page = desk.get(edit).text
    asked = page.split('id="section-application"')[1].split("<details")[0]
    assert 'name="proposal_by"' in asked and 'name="agreement_term"' not in asked
    press(desk, edit, SAVE, {"engagement": "special_part_time"})
    folded = desk.get(edit).text.split('id="section-application"')[1].split("<details")[1]
    assert 'name="proposal_by"' in folded


def test_a_book_pasted_into_a_field_is_shown_again_with_a_sentence(desk: FlaskClient) -> None:
    edit = begun(desk)
    values = form_values(desk.get(edit).text, SAVE)
    answer = desk.post(edit, data=values | {"duties": ["長" * 1_000_000]})
    assert answer.status_code == 422 and "20,000字以内" in answer.text and "長" * 1_000_000 in answer.text
    assert desk.post(edit, data={**values, "duties": ["長" * 20_001], "revision": "9" * 30}).status_code in (409, 422)


HUGE = "9" * 30


def test_a_number_that_no_posting_bears_is_not_found(client: FlaskClient, cast: Cast) -> None:
    sign_in(client, EDITOR)
    for path, number in itertools.product(
        ("/desk/postings/{}", "/desk/postings/{}/edit", "/postings/{}", "/postings/{}/history"), (HUGE, "2147483648", "１", "007")
    ):
        assert client.get(path.format(number)).status_code == 404, (path, number)
