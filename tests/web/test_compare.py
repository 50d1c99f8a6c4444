"""Postings side by side, as a reader asks for them."""

import html
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import ClosedReason
from jobboard.database import Writing
from jobboard.domain import publication
from jobboard.models import Posting
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.stories import drafted, published

Publish = Callable[..., int]


@pytest.fixture
def publish(app: BoardApp, cast: Cast) -> Publish:
    """Publishes a posting of 青葉市 with some fields changed."""

    def act(**changes: str | list[str]) -> int:
        with app.app_context(), Writing() as session:
            return published(session, cast, **changes).id

    return act


def compared(client: FlaskClient, *ids: object, more: str = "") -> str:
    response = client.get("/compare?" + "&".join(f"id={one}" for one in ids) + more)
    assert response.status_code == 200
    assert "Set-Cookie" not in response.headers and response.headers["ETag"]
    assert '<meta name="robots" content="noindex">' in response.text
    return response.text


def table(text: str) -> dict[str, list[str]]:
    """Fact to its texts, one for each posting."""
    rows = re.findall(r'<tr role="row"[^>]*><th scope="row"[^>]*>(.*?)</th>(.*?)</tr>', text, re.DOTALL)
    return {plain(label): [plain(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.DOTALL)] for label, cells in rows}


def plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_facts_stand_in_rows_and_say_where_they_differ(client: FlaskClient, publish: Publish) -> None:
    one = publish()
    two = publish(
        title="DX専門官", pay_unit="month", pay_low="300000", conflict="some", conflict_text="調達に参加できません", place="minato"
    )
    text = compared(client, two, one)
    facts = table(text)
    assert facts["報酬 違いあり"] == ["月額 300,000円", "日額 25,000円"]
    assert facts["月額換算(目安) 違いあり"] == ["約30万円", "約10万円"]
    assert facts["副業・兼業"] == ["可", "可"], "the same is not pointed out"
    assert facts["制限の内容 違いあり"] == ["調達に参加できません", "記載なし"]
    assert facts["応募締切"] == ["2026年5月29日(金)17:00 あと58日"] * 2
    for label in ("役割", "任用・契約形態", "場所", "リモート勤務", "期間", "応募の方法"):
        assert label in facts, label
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', text, re.DOTALL)
    assert ["神奈川県 港町" in heads[1], "宮城県 青葉市" in heads[2]] == [True, True], "in the order asked for"


def test_a_place_that_the_law_names_otherwise_is_the_same_fact(client: FlaskClient, publish: Publish) -> None:
    employed = publish()
    commissioned = publish(
        engagement="commission", cancellation_terms="30日前までに書面で予告します", work_place="青葉市役所本庁舎4階"
    )
    assert table(compared(client, employed, commissioned))["場所"] == ["青葉市役所本庁舎4階"] * 2


def test_one_is_taken_away_and_the_list_is_found_again_by_links(client: FlaskClient, publish: Publish) -> None:
    one, two, three = publish(), publish(), publish()
    text = compared(client, one, two, three, more="&list=q%3DDX%26sort%3Dpay%26page%3D2")
    assert f'href="/compare?id={one}&amp;id={three}&amp;list=q%3DDX%26sort%3Dpay%26page%3D2"' in text
    assert 'href="/postings?q=DX&amp;sort=pay&amp;page=2">一覧に戻る' in text
    for foreign in ("https%3A%2F%2Fevil.example%2F", "role%3Dking", "%22%3E%3Cscript%3E"):
        assert 'href="/postings">一覧に戻る' in compared(client, one, two, more=f"&list={foreign}")


def test_too_few_and_too_many_are_told_what_to_do(client: FlaskClient, publish: Publish) -> None:
    ids = [publish(title=f"募集その{number}") for number in range(5)]
    assert "比べる募集が選ばれていません" in compared(client)
    alone = compared(client, ids[0], ids[0])
    assert "あと1件、選んでください" in alone and f'href="/postings/{ids[0]}"' in alone
    many = compared(client, *ids)
    assert "5件選ばれています" in many and "<table" not in many
    ticked = re.findall(r'name="id" value="(\d+)"( checked)?', many)
    assert ticked == [(str(one), " checked" if one != ids[4] else "") for one in ids]


def test_what_nobody_may_see_is_told_as_not_found_beside_the_rest(
    app: BoardApp, client: FlaskClient, publish: Publish, cast: Cast
) -> None:
    with app.app_context(), Writing() as session:
        hidden = drafted(session, cast, title="まだ秘密の下書き").id
    one, two = publish(), publish()
    text = compared(client, one, hidden, "9" * 400, "x", two)
    assert "3件は見つかりませんでした" in text and "秘密" not in text
    assert len(table(text)["報酬"]) == 2


def test_a_closed_one_stays_comparable_and_is_marked(app: BoardApp, client: FlaskClient, publish: Publish) -> None:
    one, two = publish(), publish(title="<b>終わった募集</b>")
    with app.app_context(), Writing() as session:
        publication.close(session, session.get_one(Posting, two), reason=ClosedReason.FILLED, by=None, now=OPENING)
    text = compared(client, one, two)
    assert "今は応募できない募集が1件あります" in text and "は受付終了です" in text
    assert "<b>終わった" not in text and "あと58日" in table(text)["応募締切 違いあり"][0] and "あと" not in table(text)["応募締切 違いあり"][1]
