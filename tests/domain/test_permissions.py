"""Who may do what to what. 青葉市 posts, 港町 must never see its drafts, 佐藤 moderates."""

from functools import partial

import pytest
from sqlalchemy import select

from jobboard.base.errors import NotFound, NotPermitted, WrongState
from jobboard.base.states import AccountRole, Holder, State
from jobboard.database import Writing, db
from jobboard.domain import accounts, moderation, permissions
from jobboard.domain.permissions import RULES, allowed, find_posting, require, visible_postings
from jobboard.models import Account, Membership, Municipality, Posting
from jobboard.web.transaction import BoardApp
from tests.cast import OPENING, Cast, person
from tests.prefectures import prefecture
from tests.stories import drafted, published, submitted

DESK = sorted(name for name, rule in RULES.items() if name.startswith("posting:") and rule.clause is RULES["posting:edit"].clause)
REVIEW = ["posting:review", "posting:return", "posting:publish"]
ABOVE = ["prefecture:read", "prefecture:forward", "prefecture:return"]
TALK = ["talk:read", "talk:write", "talk:review", "talk:below"]


@pytest.fixture
def postings(context: None, cast: Cast) -> dict[str, int]:
    """One posting of 青葉市 in each of its stages, by name, and a draft of 港町."""
    with Writing() as session:
        returned = submitted(session, cast)
        assert returned.pending is not None
        sato = cast.account("sato")
        moderation.ask_correction(
            session, returned, version_id=returned.pending.id, remarks=[("title", "直してください")], by=sato, now=OPENING
        )
        recalled = submitted(session, cast)
        moderation.recall(session, recalled, by=cast.account("aoba_editor"), now=OPENING)
        made = {
            "draft": drafted(session, cast),
            "submitted": submitted(session, cast),
            "returned": returned,
            "recalled": recalled,
            "published": published(session, cast),
            "foreign": drafted(session, cast, place="minato"),
            "handed": drafted(session, cast),
        }
        made["handed"].held_by = Holder.PREFECTURE
        return {name: posting.id for name, posting in made.items()}


def seen(account: Account | None, action: str, postings: dict[str, int]) -> set[str]:
    """The names of the postings that the where-clause lets through."""
    ids = set(db.session.scalars(select(Posting.id).where(visible_postings(account, action))))
    return {name for name, posting_id in postings.items() if posting_id in ids}


def test_each_sees_their_own_and_moderators_what_was_sent_in(cast: Cast, postings: dict[str, int]) -> None:
    own = set(postings) - {"foreign"}
    sent_in = {"submitted", "returned", "published"}
    with Writing() as session:
        miyagi, kanagawa = prefecture("04"), prefecture("14")
        session.add_all([miyagi, kanagawa])
        session.flush()
        for action in DESK:
            assert seen(cast.account("aoba_editor"), action, postings) == own
            assert seen(cast.account("minato_editor"), action, postings) == {"foreign"}
            both = RULES[action].enters(miyagi)  # what only a municipality does, no prefecture enters
            assert seen(miyagi, action, postings) == ({"handed"} if both else set())
            assert seen(kanagawa, action, postings) == set()
            assert seen(cast.account("sato"), action, postings) == set()
            assert seen(None, action, postings) == set()
        for action in ABOVE:
            assert seen(miyagi, action, postings) == sent_in
            assert seen(kanagawa, action, postings) == set()
            assert seen(cast.account("aoba_editor"), action, postings) == set()
        for action in REVIEW:
            assert seen(cast.account("sato"), action, postings) == sent_in
            assert seen(cast.account("admin"), action, postings) == sent_in
            assert seen(cast.account("aoba_editor"), action, postings) == set()


def test_the_two_readings_of_the_table_agree(cast: Cast, postings: dict[str, int]) -> None:
    with Writing() as session:
        both = person("both@soumu.go.jp", "兼務 花子", AccountRole.MODERATOR)
        both.memberships.append(Membership(role=AccountRole.EDITOR, municipality_code=cast.minato))
        session.add_all([both, prefecture("04")])
        session.flush()
        compared = 0
        for account in session.scalars(select(Account)):
            for action in DESK + REVIEW + ABOVE + TALK:
                rule = RULES[action]
                by_row = {
                    name
                    for name, posting_id in postings.items()
                    if rule.enters(account) and rule.sees(account, session.get_one(Posting, posting_id))
                }
                assert by_row == seen(account, action, postings), (account.email, action)
                compared += len(by_row)
        assert compared > 50


def test_the_talk_is_for_its_two_sides_and_the_prefecture_between_them(cast: Cast, postings: dict[str, int]) -> None:
    """Once sent in, it stays theirs when it was taken back; a prefecture reads what it holds, and what went through it."""
    own, once = set(postings) - {"foreign"}, {"submitted", "returned", "recalled", "published"}
    with Writing() as session:
        miyagi, kanagawa = prefecture("04"), prefecture("14")
        session.add_all([miyagi, kanagawa])
        for name in ("returned", "recalled"):
            session.get_one(Posting, postings[name]).versions[0].through_prefecture = True
        session.flush()
        readers = {"aoba": cast.account("aoba_editor"), "minato": cast.account("minato_editor"), "sato": cast.account("sato"),
                   "miyagi": miyagi, "kanagawa": kanagawa}  # fmt: skip
        rows = {name: session.get_one(Posting, number) for name, number in postings.items()}
        reads = {
            action: {
                name: found
                for name, account in readers.items()
                if (found := {name for name, row in rows.items() if allowed(account, action, row)})
            }
            for action in TALK
        }
    assert reads == {
        "talk:read": {"aoba": own, "minato": {"foreign"}, "miyagi": {"handed"}},
        "talk:write": {"aoba": own, "minato": {"foreign"}},
        "talk:review": {"sato": once},
        "talk:below": {"miyagi": {"returned"}},
    }


def test_only_the_side_that_holds_a_draft_writes_it_and_only_a_municipality_sends_in(
    cast: Cast, postings: dict[str, int]
) -> None:
    with Writing() as session:
        miyagi, editor = prefecture("04"), cast.account("aoba_editor")
        session.add(miyagi)
        session.flush()
        draft, handed = (session.get_one(Posting, postings[name]) for name in ("draft", "handed"))
        may = {
            action: [allowed(who, action, which) for which in (draft, handed) for who in (editor, miyagi)]
            for action in ("posting:read_draft", "posting:edit", "posting:hand_over", "posting:take_back", "posting:submit")
        }
        assert may == {
            "posting:read_draft": [True, False, True, True],
            "posting:edit": [True, False, False, True],
            "posting:hand_over": [True, False, False, True],
            "posting:take_back": [False, False, True, False],
            "posting:submit": [True, False, False, False],
        }
        for action in ("posting:submit", "posting:extend", "posting:close", "posting:withdraw", "posting:reopen"):
            assert not allowed(miyagi, action)
        with pytest.raises(WrongState):
            moderation.submit(session, handed, by=editor, now=OPENING)


def test_another_municipalitys_draft_does_not_exist(cast: Cast, postings: dict[str, int]) -> None:
    stranger, editor, session = cast.account("minato_editor"), cast.account("aoba_editor"), db.session()
    draft = session.get_one(Posting, postings["draft"])
    for action in DESK:
        for refused in (
            partial(find_posting, session, stranger, action, draft.id),
            partial(require, stranger, action, draft),
            partial(find_posting, session, editor, action, 999_999),
        ):
            with pytest.raises(NotFound):
                refused()
                pytest.fail(f"{action}: {refused}")
        own = postings["handed"] if action == "posting:take_back" else draft.id
        assert find_posting(session, editor, action, own).state is State.DRAFT, action


def test_nobody_publishes_a_submission_of_their_own(cast: Cast, postings: dict[str, int]) -> None:
    with Writing() as session:
        editor = cast.account("aoba_editor")
        editor.memberships.append(Membership(role=AccountRole.MODERATOR))
        session.flush()
        assert find_posting(session, editor, "posting:review", postings["submitted"])
        with pytest.raises(NotPermitted):
            find_posting(session, editor, "posting:publish", postings["submitted"])
        assert find_posting(session, cast.account("sato"), "posting:publish", postings["submitted"])


def test_a_change_sent_in_by_oneself_is_anothers_to_publish(cast: Cast, postings: dict[str, int]) -> None:
    """Also when somebody else sent the posting in the first time."""
    with Writing() as session:
        sato = cast.account("sato")
        posting = session.get_one(Posting, postings["submitted"])
        assert posting.pending is not None
        posting.pending.created_by_id = sato.id
        with pytest.raises(NotPermitted):
            require(sato, "posting:publish", posting)


def test_one_posts_for_own_municipalities_that_exist(cast: Cast, context: None) -> None:
    with Writing() as session:
        aoba, editor = cast.municipality("aoba"), cast.account("aoba_editor")
        assert allowed(editor, "municipality:post", aoba)
        assert list(session.scalars(select(Municipality).where(permissions.own_municipalities(editor)))) == [aoba]
        assert not allowed(editor, "municipality:post", cast.municipality("minato"))
        assert not allowed(cast.account("admin"), "municipality:post", aoba)
        aoba.ended_on = OPENING.date()
        session.flush()
        assert not allowed(editor, "municipality:post", aoba)
        assert list(session.scalars(select(Municipality).where(permissions.own_municipalities(editor)))) == []


def test_accounts_are_the_administrators_business(cast: Cast, context: None) -> None:
    for action in ("account:list", "account:invite", "account:deactivate"):
        assert allowed(cast.account("admin"), action)
        for name in ("aoba_editor", "minato_editor", "sato"):
            assert not allowed(cast.account(name), action), (name, action)
            with pytest.raises(NotPermitted):
                require(cast.account(name), action)


def test_who_was_deactivated_or_not_yet_accepted_may_do_nothing(cast: Cast, context: None) -> None:
    with Writing() as session:
        gone, new = cast.account("aoba_editor"), person("new@soumu.go.jp", "新人", AccountRole.ADMINISTRATOR)
        accounts.deactivate(session, gone, by=None, now=OPENING)
        new.activated_at = None
        session.add(new)
        session.flush()
        for action in RULES:
            assert not allowed(gone, action)
            assert not allowed(new, action)
            assert not allowed(None, action)
        assert seen(gone, "posting:edit", {}) == set()
        assert permissions.municipality_codes(gone) == []


def test_two_administrators_cannot_end_each_other_at_once(app: BoardApp, cast: Cast) -> None:
    """The second one waits for the first and is then the last (on SQLite the whole transaction waits)."""
    import threading

    with app.app_context(), Writing() as session:
        second = person("second@soumu.go.jp", "次の管理者", AccountRole.ADMINISTRATOR)
        session.add(second)
        session.flush()
        other = second.id
    answers: list[str] = []
    together = threading.Barrier(2)

    def end(account_id: int) -> None:
        together.wait()
        try:
            with app.app_context(), Writing() as session:
                accounts.deactivate(session, session.get_one(Account, account_id), by=None, now=OPENING)
            answers.append("ended")
        except WrongState as refused:
            answers.append(refused.state)

    threads = [threading.Thread(target=end, args=(account_id,)) for account_id in (cast.admin, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(answers) == ["ended", "last_administrator"]
