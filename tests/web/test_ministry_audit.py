"""監査記録 for administrators: found by who, what, when and whom; a file that the audit tells of; notices that a person closes."""

import csv
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from jobboard.base.states import Strange
from jobboard.database import Writing, db
from jobboard.domain import audit, audit_reading, audit_retention, strange
from jobboard.models import AuditEntry, AuditNotice
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast
from tests.staff import ADMINISTRATOR, EDITOR, MODERATOR, send, sign_in, token

PAGE = "/ministry/audit"


@pytest.fixture
def admin(app: BoardApp, client: FlaskClient, cast: Cast) -> FlaskClient:
    with app.app_context(), Writing() as session:
        editor, sato = cast.account("aoba_editor"), cast.account("sato")
        audit.record(session, "posting:withdraw", "posting", 7, by=editor, now=OPENING, before="published", after="withdrawn")
        audit.record(session, "posting:amend", "posting", 8, by=sato, now=OPENING, fields=["title"])
        audit.record(session, "posting:close", "posting", 7, by=None, now=OPENING + timedelta(days=1))
        session.add(AuditNotice(kind=Strange.WITHDRAWALS, subject=f"account:{editor.id}", day=OPENING.date(), entries=5, last_entry_id=1, noticed_at=OPENING))
    sign_in(client, ADMINISTRATOR)
    return client


def shown(client: FlaskClient, query: str = "") -> list[int]:
    """Ids of the entries on the page."""
    return [int(number) for number in re.findall(r'<tr id="entry-(\d+)"', client.get(f"{PAGE}?{query}").text)]


def notice_path(app: BoardApp) -> str:
    with app.app_context():
        return f"{PAGE}/notices/{db.session.query(AuditNotice).one().id}"


def test_entries_read_as_words_and_narrow_by_who_what_when_and_whom(admin: FlaskClient) -> None:
    page = admin.get(PAGE).text
    for words in ("募集を中止した", "青葉 花子", "前の状態: 掲載中", "変わった項目: ", "ログインなし", "募集 7"):
        assert words in page
    assert shown(admin) == [3, 2, 1]
    for query, found in {
        "who=花子": [1], "who=sato%40": [2], "who=ログインなし": [3], "who=だれもいない": [], "action=posting:amend": [2], "kind=posting&subject=7": [3, 1],
        "since=2026-04-02": [3], "until=2026-04-01": [2, 1], "before=3": [2, 1],
    }.items():  # fmt: skip
        assert shown(admin, query) == found, query
    assert "条件に合う記録はありません" in admin.get(f"{PAGE}?kind=hold").text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=きのう", "日付を 2026-04-01 のように"), ("since=2026-04-02&until=2026-04-01", "始まりの日以後に"),
        ("action=nonsense", "操作を一覧から"), ("kind=king", "対象を一覧から"), ("subject=%27%20OR", "半角の数字と英字"),
    ],
)  # fmt: skip
def test_nonsense_is_answered_in_words_and_stays_in_the_form(admin: FlaskClient, query: str, said: str) -> None:
    answer = admin.get(f"{PAGE}?{query}&who=花子")
    assert answer.status_code == 422
    assert f"＊ {said}" in answer.text or said in answer.text
    assert 'value="花子"' in answer.text
    assert shown(admin, "before=-1") == shown(admin, f"before={'9' * 30}") == [3, 2, 1]


def test_older_entries_follow_page_by_page(admin: FlaskClient, app: BoardApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_reading, "SHOWN", 2)
    page = admin.get(f"{PAGE}?kind=posting").text
    further = re.search(r'href="(/ministry/audit\?[^"]*)"[^>]* rel="next"', page)
    assert further
    older = admin.get(further[1].replace("&amp;", "&")).text
    assert re.findall(r'id="entry-(\d+)"', older) == ["1"]
    assert "最も新しい記録に戻る" in older and "これより古い記録" not in older


def test_the_file_has_what_was_asked_for_and_the_audit_tells_of_it(admin: FlaskClient, app: BoardApp, cast: Cast) -> None:
    answer = send(admin, f"{PAGE}/export", {"kind": "posting", "until": "2026-04-01"}, page=PAGE)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-20260401-0900.csv"'
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == audit_reading.HEADS
    assert [(row[0], row[2], row[4], row[8]) for row in rows[1:]] == [
        ("1", "青葉 花子", "募集を中止した", "7"), ("2", "佐藤 恵", "掲載中の募集を変更した", "8"),
    ]  # fmt: skip
    with app.app_context():
        entry = db.session.query(AuditEntry).order_by(AuditEntry.id.desc()).first()
        assert entry is not None
        assert (entry.action, entry.account_id, entry.facts) == ("audit:export", cast.admin, {"until": "2026-04-01", "subject": "posting:"})
    assert send(admin, f"{PAGE}/export", {"since": "x"}, page=PAGE).status_code == 422


def test_a_notice_is_closed_with_words_once(admin: FlaskClient, app: BoardApp, cast: Cast) -> None:
    assert "監査記録(確かめること 1件)" in admin.get("/ministry/").text
    path = notice_path(app)
    page = admin.get(path).text
    assert "青葉 花子(editor@city.aoba.lg.jp)" in page
    assert shown(admin, page.split(f'href="{PAGE}?')[1].split('"')[0].replace("&amp;", "&")) == [1]
    refused = send(admin, path, {"note": "  "})
    assert refused.status_code == 422
    assert "確かめたことを書いてください" in refused.text
    assert send(admin, path, {"note": "a" * 1001}).status_code == 422
    form = {"note": "町に電話で確かめた。", "csrf_token": token(admin, path)}
    assert admin.post(path, data=form).status_code == 303
    assert admin.post(path, data={**form, "note": "おそい"}).status_code == 409
    assert "確かめること 1件" not in admin.get("/ministry/").text
    assert "町に電話で確かめた。" in admin.get(f"{PAGE}/notices").text
    with app.app_context():
        notice = db.session.query(AuditNotice).one()
        assert (notice.seen_by_id, notice.note) == (cast.admin, "町に電話で確かめた。")
        assert db.session.query(AuditEntry).filter_by(action="audit:acknowledge", subject_id=str(notice.id)).count() == 1


@pytest.mark.parametrize("email", [EDITOR, MODERATOR])
def test_the_audit_is_for_administrators_alone(admin: FlaskClient, app: BoardApp, email: str) -> None:
    sign_in(admin, email)
    form = {"csrf_token": token(admin, "/account"), "note": "x"}
    path = notice_path(app)
    for answer in (admin.get(PAGE), admin.get(path), admin.post(path, data=form), admin.post(f"{PAGE}/export", data=form)):
        assert answer.status_code == 403


def test_failed_sign_ins_are_recorded_with_the_account_and_never_with_what_was_typed(
    app: BoardApp, client: FlaskClient, cast: Cast
) -> None:
    for email, password in ((EDITOR, "wrong"), ("nobody@city.aoba.lg.jp", "secret-word")):
        assert send(client, "/login", {"email": email, "password": password}).status_code == 422
    with app.app_context():
        found = db.session.query(AuditEntry).filter_by(action="account:sign_in_failed").order_by(AuditEntry.id)
        assert [(one.subject_id, one.account_id, one.facts) for one in found] == [(str(cast.aoba_editor), None, {}), ("", None, {})]


def test_no_code_alters_or_deletes_an_entry_or_a_seal_but_at_the_end_of_its_term() -> None:
    package = Path(strange.__file__).parents[1]
    written = re.compile(r"(update|delete)\(\s*(AuditEntry|AuditSeal)|(UPDATE|DELETE FROM) audit_(entry|seal)|session\.delete\(entry")
    found = [path.name for path in package.rglob("*.py") if written.search(path.read_text("utf-8"))]
    assert found == ["audit_retention.py"]
    retention = Path(audit_retention.__file__).read_text("utf-8")
    assert len(written.findall(retention)) == 2 and "update(" not in retention
