"""What changed, or was decided, while a moderator looked at it is refused with the difference, and what was written is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.base.states import ClosedReason, DeliveryKind, ExtensionReason, State
from jobboard.database import Writing
from jobboard.domain import moderation, publication
from jobboard.models import ChangeEvent, Delivery, Posting, Remark
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.pressing import form_values, press
from tests.staff import EDITOR, sign_in
from tests.stories import amended, drafted, published
from tests.web.test_review import PUBLISH, RETURN, behind
from tests.web.test_review import sato as sato
from tests.web.test_review import waiting as waiting
from tests.web.test_review_people import admin as admin

WRITTEN = {"reason": "締切を延ばせますか。", "remark.duties": "もっと具体的に"}


def resubmitted(client: FlaskClient, cast: Cast, posting_id: int, **changes: str) -> None:
    """The municipality takes its request back, changes it and sends it in again, at 10 and 11 past nine."""
    with behind(client) as session:
        posting, by = session.get_one(Posting, posting_id), cast.account("aoba_editor")
        moderation.recall(session, posting, by=by, now=OPENING + timedelta(minutes=10))
        posting.draft = {**posting.draft, **{name: [value] for name, value in changes.items()}}
        moderation.submit(session, posting, by=by, now=OPENING + timedelta(minutes=11))


def state(client: FlaskClient, posting_id: int) -> State:
    with behind(client) as session:
        return session.get_one(Posting, posting_id).state


@pytest.mark.parametrize(("button", "values"), [(PUBLISH, {}), (RETURN, WRITTEN)])
def test_what_changed_meanwhile_is_refused_with_the_difference(
    sato: FlaskClient, cast: Cast, waiting: int, button: str, values: dict[str, str]
) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    duties = "庁内の業務の見直しと、システムの標準化の進め方について、助言していただきます。"
    resubmitted(sato, cast, waiting, pay_low="30000", duties=duties)
    met = press(sato, page, button, values)
    assert met.status_code == 409 and "開いていた版から変わったところ(2か所)" in met.text
    told = met.text.split("開いていた版から変わったところ")[1].split("</section>")[0].split("<dt>報酬の額(下限)</dt>")[1]
    assert told.index("変更前") < told.index("25,000円") < told.index("変更後") < told.index("30,000円")
    assert "青葉市の青葉 花子さんが2026年4月1日(水)9:10に、掲載の依頼を取り下げました。" in met.text
    assert "青葉市の青葉 花子さんが2026年4月1日(水)9:11に、もう一度、掲載を依頼しました。" in met.text
    assert all(text in met.text for text in values.values())
    with behind(sato) as session:
        assert session.query(Remark).count() == session.query(ChangeEvent).count() == 0
    assert state(sato, waiting) is State.SUBMITTED
    assert press(sato, met, button, values).status_code == 303, "the page that came shows what waits now, and it can be decided"


@pytest.mark.parametrize(("button", "what", "after"), [(PUBLISH, "掲載しました", State.PUBLISHED), (RETURN, "修正を依頼しました", State.RETURNED)])
@pytest.mark.parametrize(("pressed", "values"), [(PUBLISH, {}), (RETURN, WRITTEN)])
def test_who_comes_second_reads_who_decided_and_keeps_what_they_wrote(
    sato: FlaskClient, admin: FlaskClient, waiting: int, button: str, what: str, after: State, pressed: str, values: dict[str, str]
) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    press(admin, f"/review/postings/{waiting}", button, {"reason": "直してください。"} if button == RETURN else {})
    late = press(sato, page, pressed, values)
    assert late.status_code == 409
    assert f"管理 太郎さんが2026年4月1日(水)9:00に、{what}。" in late.text and "内容は、あなたが開いていた版と同じです" in late.text
    assert all(text in late.text for text in values.values())
    assert state(sato, waiting) is after
    with behind(sato) as session:
        assert session.query(Delivery).filter(Delivery.kind.in_([DeliveryKind.PUBLISHED, DeliveryKind.RETURNED])).count() == 1


def test_publishing_twice_is_refused_and_publishes_once(sato: FlaskClient, waiting: int) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    assert press(sato, page, PUBLISH).status_code == 303
    again = press(sato, page, PUBLISH)
    assert again.status_code == 409 and "佐藤 恵さんが" in again.text and "掲載しました" in again.text
    with behind(sato) as session:
        assert session.query(ChangeEvent).count() == 1


def test_what_was_withdrawn_or_closed_meanwhile_is_not_published(sato: FlaskClient, cast: Cast) -> None:
    with behind(sato) as session:
        postings = [published(session, cast) for _ in range(2)]
        for one in postings:
            amended(session, one, cast, now=OPENING, pay_low="30000")
        numbers = [one.id for one in postings]
    pages = [sato.get(f"/review/postings/{number}") for number in numbers]
    with behind(sato) as session:
        gone, over = (session.get_one(Posting, number) for number in numbers)
        by = cast.account("aoba_editor")
        publication.withdraw(session, gone, reason="都合により", by=by, now=OPENING)
        publication.close(session, over, reason=ClosedReason.FILLED, by=by, now=OPENING)
    for page, said in zip(pages, ("募集を中止しました", "募集を終了しました"), strict=True):
        late = press(sato, page, PUBLISH)
        assert late.status_code == 409 and said in late.text and "掲載も、修正の依頼もしていません" in late.text
    assert [state(sato, number) for number in numbers] == [State.WITHDRAWN, State.CLOSED]


def test_what_was_taken_back_is_named_and_what_was_written_is_kept(sato: FlaskClient, cast: Cast, waiting: int) -> None:
    page = sato.get(f"/review/postings/{waiting}")
    with behind(sato) as session:
        posting = session.get_one(Posting, waiting)
        moderation.recall(session, posting, by=cast.account("aoba_editor"), now=OPENING)
        posting.draft = {**posting.draft, "title": ["まだ秘密の題名"]}
    late = press(sato, page, RETURN, WRITTEN)
    assert late.status_code == 409 and "依頼を取り下げました" in late.text and "CIO補佐官(全庁DX推進)" in late.text
    assert all(text in late.text for text in WRITTEN.values()) and "【業務の内容】" in late.text
    assert "まだ秘密の題名" not in late.text, "what is written now is the municipality's own business"
    values = form_values(page.text, PUBLISH) | {"version_id": ["999"]}
    assert sato.post(f"/review/postings/{waiting}/publish", data=values).status_code == 404


def test_the_link_of_a_mail_tells_that_the_request_was_taken_back(sato: FlaskClient, cast: Cast, waiting: int) -> None:
    path = f"/review/postings/{waiting}"
    with behind(sato) as session:
        posting = session.get_one(Posting, waiting)
        moderation.recall(session, posting, by=cast.account("aoba_editor"), now=OPENING + timedelta(minutes=10))
        posting.draft = {**posting.draft, "title": ["まだ秘密の題名"]}
        unsent = drafted(session, cast).id
    told = sato.get(path)
    assert told.status_code == 404
    assert "青葉市の青葉 花子さんが2026年4月1日(水)9:10に、掲載の依頼を取り下げました。" in told.text
    assert "CIO補佐官(全庁DX推進)" in told.text and "まだ秘密の題名" not in told.text
    assert "取り下げました" not in sato.get(f"/review/postings/{unsent}").text, "what was never sent in is nobody's to read"
    sign_in(sato, EDITOR)
    assert "取り下げました" not in sato.get(path).text


def test_an_extension_of_the_public_deadline_shows_in_what_waits(sato: FlaskClient, cast: Cast, clock: Clock) -> None:
    with behind(sato) as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=OPENING, pay_low="30000")
        number = posting.id
    page = sato.get(f"/review/postings/{number}")
    with behind(sato) as session:
        posting = session.get_one(Posting, number)
        until = OPENING + timedelta(days=80)
        publication.extend(session, posting, until=until, reason=ExtensionReason.FEW_APPLICANTS, by=cast.account("aoba_editor"), now=clock())
    late = press(sato, page, PUBLISH)
    assert late.status_code == 409 and "締切を延長しました" in late.text and "開いていた版から変わったところ(1か所)" in late.text


def test_two_who_publish_at_the_same_moment_publish_once(app: BoardApp, sato: FlaskClient, admin: FlaskClient, waiting: int) -> None:
    """On PostgreSQL the second waits at the posting's row; on SQLite for the whole transaction."""
    pages = [(client, client.get(f"/review/postings/{waiting}")) for client in (sato, admin)]
    together = Barrier(2)

    def push(given: tuple[FlaskClient, TestResponse]) -> int:
        together.wait(30)
        return press(*given, PUBLISH).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(push, pages)) == [303, 409]
    with app.app_context(), Writing() as session:
        assert session.query(ChangeEvent).count() == 1
        assert session.query(Delivery).filter_by(kind=DeliveryKind.PUBLISHED).count() == 1
        assert [one.number for one in session.get_one(Posting, waiting).versions] == [1]
