"""掲載希望日時: written by the editor, checked at the submission, preselected for the moderator, seen by nobody else."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from jobboard.base.errors import Incomplete
from jobboard.base.states import DeliveryKind, State
from jobboard.database import Writing
from jobboard.domain import moderation, publication
from jobboard.models import Delivery, Posting
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.mailroom import Mailroom, opened
from tests.pressing import press
from tests.staff import EDITOR, MODERATOR, sign_in
from tests.stories import amended, drafted, submitted

WISH = "2026-04-20T10:00"
AT = datetime(2026, 4, 20, 1, tzinfo=UTC)


def test_a_wish_in_the_past_or_after_the_deadline_is_refused(client: FlaskClient, app: BoardApp, cast: Cast) -> None:
    sign_in(client, EDITOR)
    for wish in ("2026-04-01T09:00", "2026-03-01", "2026-05-29T17:00", "2026-06-01"):
        with app.app_context(), Writing() as session:
            posting = drafted(session, cast, publish_at=wish)
            with pytest.raises(Incomplete) as refused:
                moderation.submit(session, posting, by=cast.account("aoba_editor"), now=OPENING)
            assert [problem.field for problem in refused.value.problems] == ["publish_at"], wish
            number = posting.id
        led = press(client, f"/desk/postings/{number}/edit", "掲載を依頼する")
        assert led.status_code == 303 and '#field-publish_at"' in client.get(led.location).text, wish


@pytest.mark.parametrize(("chosen", "state"), [("wished", State.APPROVED), ("now", State.PUBLISHED)])
def test_the_moderator_finds_the_wish_chosen(client: FlaskClient, app: BoardApp, cast: Cast, chosen: str, state: State) -> None:
    with app.app_context(), Writing() as session:
        number = submitted(session, cast, publish_at=WISH).id
    sign_in(client, EDITOR)
    assert "掲載希望日時" in client.get(f"/desk/postings/{number}").text
    sign_in(client, MODERATOR)
    page = client.get(f"/review/postings/{number}")
    assert "市区町村の希望: 2026年4月20日(月)10:00" in page.text and 'value="wished" checked' in page.text
    press(client, page, "掲載する", {} if chosen == "wished" else {"at": chosen})
    with app.app_context(), Writing() as session:
        posting = session.get_one(Posting, number)
        assert posting.state is state and posting.scheduled_at == (AT if state is State.APPROVED else None)
        told = [one.mail_text.subject for one in session.query(Delivery).filter_by(kind=DeliveryKind.PUBLISHED) if one.mail_text]
        assert told == [f"{'掲載の予定' if chosen == 'wished' else '掲載しました'}:宮城県青葉市 CIO補佐官(全庁DX推進)"]
        publication.publish_scheduled(session, now=AT)
        assert posting.state is State.PUBLISHED
    for path in ("", ".json"):
        assert "publish_at" not in (shown := client.get(f"/postings/{number}{path}").text) and "掲載希望" not in shown


def test_a_wish_that_has_passed_is_no_gap_of_a_later_change(app: BoardApp, cast: Cast) -> None:
    with app.app_context(), Writing() as session:
        posting = submitted(session, cast, publish_at=WISH)
        assert posting.pending is not None
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING, at=AT)
        publication.publish_scheduled(session, now=AT)
        amended(session, posting, cast, now=AT.replace(day=25), contact_tel="022-111-1111")
        assert posting.current is not None and posting.current.content["contact_tel"] == "022-111-1111"


def test_the_editor_is_told_when_the_time_has_come(app: BoardApp, cast: Cast, mailroom: Mailroom, clock: Clock) -> None:
    with app.app_context(), Writing() as session:
        posting = submitted(session, cast)
        assert posting.pending is not None
        moderation.publish(session, posting, version_id=posting.pending.id, by=cast.account("sato"), now=OPENING, at=AT)
    assert mailroom.run() == []
    clock.instant = AT
    first = opened(mailroom.run()[0])
    assert first["Subject"] == "掲載しました:宮城県青葉市 CIO補佐官(全庁DX推進)" and "/postings/1" in str(first.get_content())
