"""The task list and its steps: each is saved alone and loses nothing of the others, by button or by the autosaving script."""

import pytest
from flask.testing import FlaskClient

from jobboard.base.fields import FIELDS
from jobboard.base.states import State
from jobboard.web.writing_steps import STEPS
from tests.cast import COMPLETE, Cast
from tests.flows.visitor import Page
from tests.pressing import form_values, press
from tests.staff import COLLEAGUE, EDITOR, sign_in
from tests.stories import drafted, published
from tests.web.test_desk import SAVE, SEND, begun, behind, stored

NEXT = "保存して次へ"


@pytest.fixture
def desk(client: FlaskClient, cast: Cast) -> FlaskClient:
    """青葉市's editor, signed in."""
    sign_in(client, EDITOR)
    return client


def tasks(desk: FlaskClient, edit: str) -> dict[str, str]:
    """Slug of a step to its state, as the task list shows them."""
    page = desk.get(edit).text.split('class="task-list"')[1].split("</ol>")[0]
    rows = [row for row in page.split('<li class="task">')[1:]]
    return {row.split('href="')[1].split('"')[0].rsplit("/", 1)[1]: row.split("task-state")[1].split(">")[1].split("<")[0] for row in rows}


def of_step(slug: str) -> dict[str, list[str]]:
    """The answers of the complete draft that belong to a step."""
    return {field.name: COMPLETE[field.name] for field in STEPS[slug].fields if field.name in COMPLETE}


def test_a_draft_is_written_step_by_step_and_the_list_counts_what_is_left(desk: FlaskClient) -> None:
    edit = begun(desk, "").removesuffix("/all")
    assert [*tasks(desk, edit)] == ["title", "role", "duties", "requirements", "conditions", "pay", "application", "contact", "dates", "send"]
    assert tasks(desk, edit)["duties"] == "未入力" and "提出までの残り" in desk.get(edit).text
    page = f"{edit}/title"
    for slug, after in zip(STEPS, [*list(STEPS)[1:], ""], strict=True):
        answer = press(desk, page, NEXT, of_step(slug))
        assert answer.status_code == 303 and answer.location == (f"{edit}/{after}" if after else edit)
        assert tasks(desk, edit)[slug] == "入力済み"
        page = answer.location
    assert "すべて入力されています" in desk.get(edit).text
    assert press(desk, edit, SEND).location == edit.removesuffix("/edit")
    posting = stored(desk, edit)
    assert posting.state is State.SUBMITTED and posting.draft == {**posting.draft, **COMPLETE}


def test_saving_one_step_leaves_the_others_as_they_were_typed(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast, duties='短い').id}/edit"
    before = dict(stored(desk, edit).draft)
    answer = press(desk, f"{edit}/pay", SAVE, {"pay_low": "二万五千円くらい", "pay_note": "手当あり"})
    assert answer.location == f"{edit}/pay" and "＊ 数字だけで書いてください" in desk.get(answer.location).text
    wrong = {"pay_low": ["二万五千円くらい"], "pay_note": ["手当あり"]}
    assert stored(desk, edit).draft == {**before, **wrong}
    press(desk, f"{edit}/role", SAVE, {"themes": []})
    assert "themes" not in stored(desk, edit).draft and stored(desk, edit).draft["duties"] == ["短い"]


def test_a_wrong_answer_keeps_one_on_the_page_and_what_is_missing_does_not(desk: FlaskClient, cast: Cast) -> None:
    edit = begun(desk).removesuffix("/all")
    assert press(desk, f"{edit}/contact", NEXT, {"contact_tel": "でんわ"}).location == f"{edit}/contact"
    assert press(desk, f"{edit}/contact", NEXT, {"contact_tel": ""}).location == f"{edit}/dates"
    assert tasks(desk, edit)["contact"] == "未入力"


def test_sending_in_from_the_list_leads_to_each_gap_in_its_step(desk: FlaskClient) -> None:
    edit = begun(desk).removesuffix("/all")
    answer = press(desk, edit, SEND)
    assert answer.status_code == 422 and stored(desk, edit).state is State.DRAFT
    linked = {href for _, href in Page(answer.text).links if "#field-" in href}
    assert {f"{edit}/role#field-role", f"{edit}/duties#field-duties", f"{edit}/dates#field-apply_by_kind"} <= linked
    for href in linked:
        address, _, anchor = href.partition("#")
        assert f'id="{anchor}"' in desk.get(address).text


def test_another_form_of_engagement_opens_only_the_steps_that_depend_on_it(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit"
    before = tasks(desk, edit)
    assert before.pop("send") == "最後に" and set(before.values()) == {"入力済み"}
    answer = press(desk, f"{edit}/role", NEXT, {"engagement": "contract_person"})
    assert "書くことが増えました: 報酬(1項目)" in desk.get(answer.location).text
    assert tasks(desk, edit) == {**before, "send": "最後に", "pay": "入力中(あと1)"}
    press(desk, f"{edit}/role", NEXT, {"engagement": "contract_company"})
    assert tasks(desk, edit) == {**before, "send": "最後に", "application": "入力中(あと6)"}
    press(desk, f"{edit}/role", NEXT, {"engagement": "special_part_time"})
    assert tasks(desk, edit) == {**before, "send": "最後に"} and stored(desk, edit).draft == COMPLETE


def test_two_people_in_one_step_see_both_texts_and_nothing_of_another_step(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit"
    mine = desk.get(f"{edit}/duties")
    sign_in(colleague := desk.application.test_client(), COLLEAGUE)
    press(colleague, f"{edit}/pay", SAVE, {"pay_low": "31000"})
    met = press(desk, mine, SAVE, {"duties": "花子の業務"})
    assert met.status_code == 409 and "青葉 次郎さんが、先に保存しました" in met.text and 'name="take.pay_low"' not in met.text
    chosen = press(desk, met, "選んだ内容で保存する", {"take.duties": "mine"})
    assert chosen.status_code == 303
    draft = stored(desk, edit).draft
    assert (draft["duties"], draft["pay_low"]) == (["花子の業務"], ["31000"])


def test_what_a_colleague_changed_is_not_sent_in_unseen(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit"
    page = desk.get(edit)
    sign_in(colleague := desk.application.test_client(), COLLEAGUE)
    press(colleague, f"{edit}/pay", SAVE, {"pay_low": "99000"})
    met = press(desk, page, SEND)
    assert met.status_code == 409 and "まだ依頼していません" in met.text and stored(desk, edit).state is State.DRAFT
    assert press(desk, met, SEND).status_code == 303


def test_the_autosaving_script_is_answered_in_few_words_and_stopped_by_a_conflict(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit"
    form = form_values(desk.get(f"{edit}/duties").text, SAVE) | {"duties": ["書きかけ"], "do": ["autosave"]}
    answer = desk.post(f"{edit}/duties", data=form)
    assert answer.json == {"revision": 2, "saved_at": "09:00"} and stored(desk, edit).draft["duties"] == ["書きかけ"]
    met = desk.post(f"{edit}/duties", data=form | {"duties": ["古い画面から"]})
    assert met.status_code == 409 and "見比べて選べます" in met.json["message"]
    long = desk.post(f"{edit}/duties", data=form | {"revision": ["2"], "duties": ["長" * 20_001]})
    assert long.json["revision"] == 3 and "20,000字以内" in long.json["message"]
    assert stored(desk, edit).draft["duties"] == ["書きかけ"]


@pytest.mark.parametrize("place", ["duties", "all"])
@pytest.mark.parametrize("button", [SAVE, "ALT"])
def test_a_field_that_is_too_long_keeps_its_words_and_all_others_are_saved(desk: FlaskClient, cast: Cast, place: str, button: str) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit"
    button = {SAVE: SAVE, "ALT": SEND if place == "all" else NEXT}[button]
    long = "長" * 20_001
    page = press(desk, f"{edit}/{place}", button, {"duties": long, "background": "背景"})
    assert page.status_code == 422 and "20,000字以内にしてください(今は20,001字)" in page.text and "ほかの項目は、下書きとして保存しました" in page.text
    assert form_values(page.text, SAVE)["duties"] == [long]
    posting = stored(desk, edit)
    assert (posting.state, posting.draft["background"], posting.draft["duties"]) == (State.DRAFT, ["背景"], COMPLETE["duties"])
    assert press(desk, page, SAVE, {"duties": "短い"}).status_code == 303 and stored(desk, edit).draft["duties"] == ["短い"]


def test_a_field_that_is_too_long_is_not_lost_when_another_saved_first(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit"
    mine = desk.get(f"{edit}/duties")
    sign_in(colleague := desk.application.test_client(), COLLEAGUE)
    press(colleague, f"{edit}/duties", SAVE, {"background": "次郎の背景"})
    met = press(desk, mine, SAVE, {"duties": "長" * 20_001, "background": "花子の背景"})
    assert met.status_code == 409 and form_values(met.text, SAVE)["duties"] == ["長" * 20_001]


def test_a_step_that_there_is_not_is_not_found(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit"
    assert desk.get(f"{edit}/nothing").status_code == 404


def test_a_change_of_what_is_public_is_written_in_steps_too(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{published(session, cast).id}/edit"
    press(desk, f"{edit}/pay", NEXT, {"pay_low": "30000"})
    answer = press(desk, edit, "変わるところを確かめる")
    assert answer.location.endswith("/amend") and "30,000円" in desk.get(answer.location).text


def test_a_posting_starts_from_an_example_of_its_role_and_form(desk: FlaskClient) -> None:
    page = desk.get("/desk/postings/new?example=town-cio-adviser")
    assert "お聞きすること" in page.text and form_values(page.text, "下書きを作る")["example"] == ["town-cio-adviser"]
    edit = press(desk, page, "下書きを作る").location
    draft = stored(desk, edit).draft
    assert (draft["title"], draft["engagement"], draft["employer_name"]) == (["CIO補佐官(全庁のDX推進)"], ["special_part_time"], ["青葉市"])
    assert tasks(desk, edit)["duties"] == "入力済み" and "例の「○○」が残っています" in desk.get(edit).text
    form = form_values(page.text, "下書きを作る") | {"example": ["no-such-example"]}
    assert desk.post("/desk/postings/new", data=form).status_code == 404
    guide = desk.get("/desk/guide").text
    assert "要確認" in guide and "連携協定" in guide and 'href="/desk/postings/new?example=bpr-company"' in guide


def test_each_question_says_why_it_is_asked_by_which_law_and_how_to_answer(desk: FlaskClient, cast: Cast) -> None:
    with behind(desk) as session:
        edit = f"/desk/postings/{drafted(session, cast).id}/edit"
    page = desk.get(f"{edit}/conditions").text
    for words in ("働かない日を示すためです。", "例: 土曜日、日曜日、祝日、年末年始", "根拠: 職業安定法施行規則4条の2第3項4号", "例: 月4日なら「月」"):
        assert words in page
    assert all(field.why and (field.example or field.case) for field in FIELDS)
