"""保存と削除: administrators see what is kept how long and what is due, and delete it after a page that asks."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from jobboard.base.keeping import Kept
from jobboard.base.states import ClosedReason
from jobboard.database import Writing, db
from jobboard.domain import forgetting, housekeeping, publication
from jobboard.models import AuditEntry, Handover, Posting
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.staff import ADMINISTRATOR, sign_in, token
from tests.stories import drafted, published

PAGE = "/ministry/keeping"


@pytest.fixture
def due(app: BoardApp, cast: Cast, clock: Clock) -> int:
    """Eleven years later: a posting, a decided request for handing over; the posting's number."""
    with app.app_context(), Writing() as session:
        posting, draft = published(session, cast), drafted(session, cast)
        publication.close(session, posting, reason=ClosedReason.DEADLINE, by=None, now=OPENING + timedelta(days=1))
        draft.archived_at = OPENING
        session.add(Handover(
            email="kounin@example.jp", name="後任 一", municipality_code=cast.aoba, asked_at=OPENING, confirmed_at=OPENING,
            decided_at=OPENING, granted=True,
        ))  # fmt: skip
        number = posting.id
    clock.instant = OPENING + timedelta(days=12 * 366)
    return number


def test_every_rule_stands_on_the_page_with_its_term_and_what_is_due(client: FlaskClient, due: int) -> None:
    sign_in(client, ADMINISTRATOR)
    page = client.get(PAGE).text
    for rule in housekeeping.RULES:
        assert rule.what in page and rule.source in page
    assert "終わった年度の翌年度の4月1日から10年" in page and "まだ実行していません" in page
    assert {rule.name for rule in housekeeping.RULES} == set(Kept)


def test_the_page_asks_first_and_deletes_what_it_named(client: FlaskClient, app: BoardApp, due: int) -> None:
    sign_in(client, ADMINISTRATOR)
    asked = client.get(f"{PAGE}/run").text
    assert "元に戻せません" in asked and f"番号 {due}" in asked and "終わった募集とその記録" in asked
    assert client.get(f"/postings/{due}").status_code == 200, "asking deletes nothing"
    answer = client.post(f"{PAGE}/run", data={"csrf_token": token(client, f"{PAGE}/run")}, follow_redirects=True)
    for words in ("終わった募集とその記録 1件", "掲載されず、保管した下書き 1件", "答えた引き継ぎの申出の氏名とアドレス 1件", "管理 太郎"):
        assert words in answer.text, words
    gone = client.get(f"/postings/{due}")
    assert gone.status_code == 410 and "保存する期間が過ぎた" in gone.text
    assert client.get(f"/api/v1/postings/{due}").status_code == 404
    assert client.get(f"/postings/{due + 1}").status_code == 404, "a draft was never anybody's to know of"
    assert client.get("/postings.json?status=all").json["items"] == []
    with app.app_context():
        assert db.session.scalars(sa.select(Posting)).unique().all() == []
        handed = db.session.scalars(sa.select(Handover)).one()
        assert (handed.email, handed.name, handed.granted) == ("", "", True)
        note = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == housekeeping.ACT)).one()
        assert "postings 1" in note.facts["done"]
    nothing = client.get(f"{PAGE}/run").text
    assert "期限が来ているものはありません" in nothing or "消える募集" not in nothing


def test_what_is_due_is_what_goes(app: BoardApp, due: int, clock: Clock) -> None:
    with app.app_context(), Writing() as session:
        terms = housekeeping.Terms()
        counted = housekeeping.due(session, terms, now=clock())
        done = housekeeping.run(session, terms, now=clock())
        assert {name: count for name, count in counted.items() if name not in (Kept.ACCOUNTS, Kept.AUDIT)} == {
            name: count for name, count in done.items() if name is not Kept.AUDIT
        }
        assert counted[Kept.POSTINGS] == 1 and counted[Kept.ACCOUNTS] > 0
        assert all(count == 0 for name, count in housekeeping.due(session, terms, now=clock()).items() if name in done and name is not Kept.AUDIT)
        assert forgetting.is_forgotten(session, due)
