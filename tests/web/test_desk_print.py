"""決裁 on paper: a print is made by a POST, is numbered, never changes, and says what the draft said."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from jobboard.base.fields import FIELDS
from jobboard.base.reading import read
from jobboard.base.vocabulary import Engagement
from jobboard.database import Writing, db
from jobboard.domain import attaching, completeness, drafting, printing
from jobboard.models import Posting, Printout
from jobboard.web.transaction import BoardApp
from tests.cast import COMPLETE, OPENING, Cast
from tests.domain.test_attaching import pdf
from tests.pressing import press
from tests.staff import EDITOR, OTHER_EDITOR, sign_in
from tests.stories import drafted, published, typed

PRINT = "決裁用に印刷する"


@pytest.fixture
def number(client: FlaskClient, cast: Cast) -> int:
    """A draft of 青葉市, whose editor is signed in; some of it is missing, undecided or wrong."""
    with client.application.app_context(), Writing() as session:
        kept = {**typed(pay_low="二万五千", term_start_on=[], approval_number="総デ第12号"), "term_start_on.explicit": ["undecided"]}
        posting = drafted(session, cast, **{**kept, "hours": []})
        number = posting.id
    sign_in(client, EDITOR)
    return number


def test_the_paper_shows_every_field_that_applies_undecided_empty_and_unreadable_ones_too(
    client: FlaskClient, number: int
) -> None:
    page = client.get(f"/desk/postings/{number}/print").text
    asked = set(re.findall(r"<dt>([^<]*?) ?<", page))
    for field in FIELDS:
        applying = completeness.applies(field, read(COMPLETE)[0])
        assert (field.label_for(Engagement.SPECIAL_PART_TIME) in asked) == applying, field.name
    assert "未定" in page and "未入力" in page and "二万五千" in page and "総デ第12号" in page
    assert "宮城県青葉市" in page and "決裁欄" in page


def test_looking_makes_no_print_and_each_print_has_the_next_number(client: FlaskClient, number: int) -> None:
    page = client.get(f"/desk/postings/{number}/print")
    with client.application.app_context():
        assert db.session.query(Printout).count() == 0
    assert press(client, page, PRINT).location == f"/desk/postings/{number}/print/1"
    assert press(client, page, PRINT).location == f"/desk/postings/{number}/print/2"
    overview = client.get(f"/desk/postings/{number}").text
    assert "第1号" in overview and "第2号" in overview
    assert client.get(f"/desk/postings/{number}/print/3").status_code == 404


def test_a_print_stays_as_it_was_and_says_what_changed_since(client: FlaskClient, number: int, cast: Cast) -> None:
    first = press(client, f"/desk/postings/{number}/print", PRINT).location
    paper = client.get(first).text
    with client.application.app_context(), Writing() as session:
        posting, printout = session.get_one(Posting, number), session.query(Printout).one()
        digits = printing.in_groups(printout.checksum)
        assert printout.draft == drafting.text(posting) and digits in paper and len(digits) == 19
        assert printing.changed_since(session, posting, printout) == []
        text = {**posting.draft, "department": ["企画課"], "remote": []}
        drafting.save(session, posting, text, revision=1, by=cast.account("aoba_editor"), now=OPENING + timedelta(hours=1))
        changed = printing.changed_since(session, posting, printout)
        assert [(one.field.name, one.now) for one in changed] == [("remote", "未入力"), ("department", "企画課")]
    again = client.get(first).text
    assert digits in again and "変わっています(2項目)" in again
    body = again.partition('<div class="paper">')[2]
    assert "総務部デジタル推進課" in body and "企画課" not in body
    second = client.get(press(client, f"/desk/postings/{number}/print", PRINT).location).text
    assert digits not in second and "企画課" in second


def test_an_amendment_is_printed_with_what_is_public_under_it(client: FlaskClient, cast: Cast) -> None:
    with client.application.app_context(), Writing() as session:
        number = published(session, cast).id
    sign_in(client, EDITOR)
    paper = client.get(press(client, f"/desk/postings/{number}/print", PRINT).location).text
    assert "25,000円" in paper and "2026年5月29日(金)17:00" in paper


def test_the_checksum_is_of_the_text_not_of_the_order_of_its_keys() -> None:
    assert printing.checksum({"a": ["1"], "b": ["あ"]}) == printing.checksum({"b": ["あ"], "a": ["1"]})
    assert printing.checksum({"a": ["1"]}) != printing.checksum({"a": ["2"]})
    assert printing.compare({"pay_low": ["25000"]}, {"pay_low": ["25,000円"]}) == [], "the same said otherwise"


def test_another_municipality_can_neither_print_nor_read_a_print(client: FlaskClient, number: int) -> None:
    page = client.get(f"/desk/postings/{number}/print")
    press(client, page, PRINT)
    sign_in(client, OTHER_EDITOR)
    assert client.get(f"/desk/postings/{number}/print").status_code == 404
    assert client.get(f"/desk/postings/{number}/print/1").status_code == 404


def test_files_are_on_the_paper_and_in_its_checksum(app: BoardApp, cast: Cast, tmp_path: Path) -> None:
    with app.app_context(), Writing() as session:
        posting, by = drafted(session, cast), cast.account("aoba_editor")
        before = printing.print_draft(session, posting, by=by, now=OPENING)
        attaching.add(session, posting, tmp_path, name="募集要項.pdf", content=pdf("x"), by=by, now=OPENING)
        after = printing.print_draft(session, posting, by=by, now=OPENING)
        assert before.checksum != after.checksum
        (files,) = printing.changed_since(session, posting, before)
        assert (files.label, files.printed) == ("添付ファイル", "未入力") and files.now.startswith("募集要項.pdf(照合コード ")
        lines = [line.text for _, lines in printing.sheet(session, after.draft).parts for line in lines if line.label == "添付ファイル"]
        assert lines == [files.now] and printing.changed_since(session, posting, after) == []
