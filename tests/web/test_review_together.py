"""まとめて掲載: what nothing stands in the way of is published, each in its own right; what changed or warns is left out and named."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from jobboard.base.states import AccountRole, DeliveryKind, State
from jobboard.domain import moderation, reviewers, together
from jobboard.models import AuditEntry, ChangeEvent, Delivery, Membership, Posting
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, Clock
from tests.flows.visitor import Page
from tests.pressing import press
from tests.stories import amended, published, submitted
from tests.web.test_review import PUBLISH, behind
from tests.web.test_review import sato as sato
from tests.web.test_review_people import admin as admin


def sent_in(client: FlaskClient, cast: Cast, *titles: str, **changes: object) -> dict[str, int]:
    """Postings that wait: the number of the waiting version by title."""
    with behind(client) as session:
        made = [submitted(session, cast, title=title, **changes) for title in titles]
        return {title: one.pending_id or 0 for title, one in zip(titles, made, strict=True)}


def confirmation(client: FlaskClient, versions: list[int]) -> TestResponse:
    return client.get("/review/together", query_string={"version": versions})


def states(client: FlaskClient, versions: dict[str, int]) -> dict[str, State]:
    with behind(client) as session:
        found = session.query(Posting).all()
        return {title: next(one.state for one in found if any(v.id == number for v in one.versions)) for title, number in versions.items()}


def test_those_in_which_there_is_nothing_to_look_at_are_published_each_in_its_own_right(sato: FlaskClient, cast: Cast) -> None:
    versions = sent_in(sato, cast, "一つめ", "二つめ")
    queue = sato.get("/review/").text
    assert all(f'name="version" value="{number}" form="together"' in queue for number in versions.values())
    page = confirmation(sato, [*versions.values()])
    assert "一つめ" in page.text and "2026年" in page.text
    assert press(sato, page, PUBLISH).status_code == 303
    assert set(states(sato, versions).values()) == {State.PUBLISHED}
    with behind(sato) as session:
        assert session.query(ChangeEvent).count() == 2
        assert session.query(AuditEntry).filter_by(action="posting:publish").count() == 2
        told = session.query(Delivery).filter_by(kind=DeliveryKind.PUBLISHED).all()
        assert sorted(one.mail_text.subject for one in told) == ["掲載しました:宮城県青葉市 一つめ", "掲載しました:宮城県青葉市 二つめ"]
    assert "2件を掲載しました" in sato.get("/review/").text


OBSTACLES = ["changed", "taken back", "given back", "published", "warns", "late", "own", "held", "looked at", "scheduled"]
REASONS = {
    "changed": "内容が変わりました", "taken back": "掲載の依頼を取り下げました", "given back": "修正を依頼しました", "published": "掲載しました",
    "warns": "確かめたいところがあります(1か所)", "late": "必要な事項が欠けています(1か所)", "own": "自分では掲載できません",
    "held": "管理 太郎さんが担当しています", "looked at": "管理 太郎さんが、いま見ています", "scheduled": "掲載を予定しました",
}  # fmt: skip


def obstruct(client: FlaskClient, cast: Cast, versions: dict[str, int], clock: Clock) -> None:
    """What can happen between the choice and the pressing of the button."""
    with behind(client) as session:
        found = {title: next(one for one in session.query(Posting) if one.pending_id == number) for title, number in versions.items()}
        editor, admin = cast.account("aoba_editor"), cast.account("admin")
        for title in ("changed", "taken back"):
            moderation.recall(session, found[title], by=editor, now=clock())
        moderation.submit(session, found["changed"], by=editor, now=clock())
        moderation.ask_correction(session, found["given back"], version_id=versions["given back"], remarks=[("", "直して")], by=admin, now=clock())
        moderation.publish(session, found["published"], version_id=versions["published"], by=admin, now=clock())
        found["own"].draft_by_id = cast.sato
        reviewers.take_on(session, found["held"], instead_of=0, by=admin, now=clock())
        reviewers.tell_presence(session, found["looked at"], by=admin, now=clock())
        at = clock() + timedelta(days=3)
        moderation.publish(session, found["scheduled"], version_id=versions["scheduled"], by=admin, now=clock(), at=at)
        late, warns = found["late"].pending, found["warns"].pending
        assert late is not None and warns is not None
        late.content = {**late.content, "apply_by": "2026-03-31T08:00:00Z"}
        warns.content = {**warns.content, "pay_low": 900_000, "pay_high": 900_000}


def test_what_changed_or_warns_is_left_out_and_named_and_the_others_are_published(
    sato: FlaskClient, cast: Cast, clock: Clock
) -> None:
    versions = sent_in(sato, cast, "よい一つ", *OBSTACLES, "よい二つ")
    page = confirmation(sato, [*versions.values()])
    assert page.text.count('name="version"') == len(versions), "nothing stood in the way yet"
    clock.forward(seconds=1)
    obstruct(sato, cast, versions, clock)
    before = states(sato, versions)
    done = press(sato, page, PUBLISH)
    assert done.status_code == 200 and "2件を掲載しました" in done.text and "次の10件は、掲載していません" in done.text
    told = Page(done.text).text
    for title, reason in REASONS.items():
        assert reason in told.split(f"{title}(宮城県青葉市): ")[1].split("(宮城県青葉市)")[0], title
    good = {"よい一つ": State.PUBLISHED, "よい二つ": State.PUBLISHED}
    assert states(sato, versions) == {**before, **good}
    again = confirmation(sato, [*versions.values()])
    assert "次の12件は、まとめて掲載できません" in again.text and 'name="version"' not in again.text


def test_a_choice_of_nothing_or_of_too_many_says_what_to_do(sato: FlaskClient, cast: Cast) -> None:
    versions = sent_in(sato, cast, "一つめ")
    page = confirmation(sato, [*versions.values()])
    assert "選んでから" in confirmation(sato, []).text
    press(sato, page, PUBLISH, {"version": []})
    assert "選んでから" in sato.get("/review/").text
    many = [str(number) for number in range(together.MOST + 1)]
    assert confirmation(sato, [int(one) for one in many]).status_code == 422
    press(sato, page, PUBLISH, {"version": many})
    assert "100件までです" in sato.get("/review/").text
    assert press(sato, page, PUBLISH, {"version": ["999", "x"]}).status_code == 409
    assert states(sato, versions) == {"一つめ": State.SUBMITTED}


def test_a_wish_is_kept_and_an_overruled_warning_is_looked_at_by_a_person(sato: FlaskClient, cast: Cast) -> None:
    wished = sent_in(sato, cast, "希望のある募集", publish_at="2026-04-06T09:00")
    overruled = sent_in(sato, cast, "理由のある募集")
    with behind(sato) as session:
        odd = next(one for one in session.query(Posting) if one.pending_id in overruled.values()).pending
        assert odd is not None
        odd.overruled = {"unusual_pay": {"field": "pay_low", "message": "高い", "reason": "専門家だから"}}
    page = confirmation(sato, [*wished.values(), *overruled.values()])
    assert "市区町村が理由を書いたところがあります(1か所)" in page.text and "2026年4月6日(月)9:00(市区町村の希望)" in page.text
    press(sato, page, PUBLISH)
    assert states(sato, {**wished, **overruled}) == {"希望のある募集": State.APPROVED, "理由のある募集": State.SUBMITTED}


def test_changes_of_public_postings_are_published_together_too(sato: FlaskClient, cast: Cast) -> None:
    with behind(sato) as session:
        posting = published(session, cast)
        amended(session, posting, cast, now=OPENING, pay_low="24000", summary="日額を改めました")
        version, number = posting.pending_id or 0, posting.id
    press(sato, confirmation(sato, [version]), PUBLISH)
    with behind(sato) as session:
        assert session.get_one(Posting, number).current_id == version


def test_an_editor_who_moderates_publishes_nothing_of_their_own(app: BoardApp, sato: FlaskClient, cast: Cast) -> None:
    versions = sent_in(sato, cast, "一つめ")
    with behind(sato) as session:
        session.add(Membership(account_id=cast.aoba_editor, role=AccountRole.MODERATOR))
        session.flush()
        done, left = together.publish(session, versions.values(), by=cast.account("aoba_editor"), now=OPENING)
        assert done == [] and [one.obstacle for one in left] == ["自分が依頼した募集は、自分では掲載できません。"]


def test_one_alone_and_several_together_at_the_same_moment_do_not_wait_for_each_other(
    app: BoardApp, sato: FlaskClient, admin: FlaskClient, cast: Cast
) -> None:
    """Each locks postings and the board; whoever comes second leaves out what the first one published."""
    versions = sent_in(sato, cast, "一つめ", "二つめ", "三つめ")
    pages = [(client, confirmation(client, order)) for client, order in ((sato, [*versions.values()]), (admin, [*versions.values()][::-1]))]
    ready = Barrier(2)

    def push(given: tuple[FlaskClient, TestResponse]) -> int:
        ready.wait(30)
        return press(*given, PUBLISH).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(push, pages)) == [303, 409]
    with behind(sato) as session:
        assert session.query(ChangeEvent).count() == 3
