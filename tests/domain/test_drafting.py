"""A draft keeps what was typed, tells two writers of each other, and starts an amendment from what is public."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobboard.base.content import from_json
from jobboard.base.errors import EditConflict, Incomplete, WrongState
from jobboard.base.reading import read
from jobboard.base.states import ExtensionReason, State
from jobboard.base.text import visible
from jobboard.database import Writing
from jobboard.domain import drafting, moderation, publication
from jobboard.domain.versions import current_content
from jobboard.models import AuditEntry
from tests.cast import COMPLETE, OPENING, Cast
from tests.stories import drafted, published, submitted, typed

pytestmark = pytest.mark.usefixtures("context")
LATER = OPENING + timedelta(hours=1)


def test_a_new_draft_needs_only_municipality_and_title(cast: Cast) -> None:
    with Writing() as session:
        posting = drafting.start(
            session, cast.municipality("aoba"), title="CIO補佐官", by=cast.account("aoba_editor"), now=OPENING
        )
        assert posting.state is State.DRAFT and drafting.title(posting) == "CIO補佐官"
        assert posting.draft["employer_name"] == ["青葉市"]


def test_a_draft_saves_with_nothing_and_with_nonsense(cast: Cast) -> None:
    nonsense = {"apply_by": ["五月の末ごろ"], "pay_low": ["二万五千円"], "role": ["no such role"], "unknown": ["x"]}
    with Writing() as session:
        posting = drafted(session, cast)
        editor = cast.account("aoba_editor")
        drafting.save(session, posting, {}, revision=1, by=editor, now=LATER)
        assert posting.draft == {} and posting.revision == 2
        drafting.save(session, posting, nonsense, revision=2, by=editor, now=LATER)
        assert posting.draft == {name: nonsense[name] for name in ("apply_by", "pay_low", "role")}
        assert posting.draft_at == LATER and posting.draft_by_id == editor.id


def test_only_what_is_invisible_is_taken_out_of_what_is_typed() -> None:
    hidden = "題\u200b名\ufeff\u2060\u202a\u202e\u2066\u2069\u3164葛\U000e0100"
    assert drafting.kept({"title": [hidden], "duties": ["\u200b\u3164"]}) == {"title": ["題名葛\U000e0100"]}
    assert visible(" 前\r\n後\x00\x07\t\x85 👩‍💻\ud800 ") == " 前\n後\t 👩‍💻 "


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=60))
def test_what_was_kept_once_is_kept_unchanged(words: str) -> None:
    kept = drafting.kept({"duties": [words]})
    assert drafting.kept(kept) == kept
    assert "".join(kept.get("duties", [])) == visible(words)


def test_more_than_is_kept_is_refused_with_a_sentence_and_nothing_is_saved(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        before = dict(posting.draft)
        with pytest.raises(Incomplete) as refused:
            drafting.save(
                session, posting, {"duties": ["長" * 20_001]}, revision=1, by=cast.account("aoba_editor"), now=LATER
            )
        assert refused.value.problems[0].field == "duties" and "20,001字" in refused.value.problems[0].message
        assert posting.draft == before and posting.revision == 1
        drafting.save(
            session, posting, {"duties": ["長" * 20_000]}, revision=1, by=cast.account("aoba_editor"), now=LATER
        )
        assert posting.draft["duties"] == ["長" * 20_000]


def test_the_second_of_two_writers_is_told_both_texts_and_nothing_is_lost(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        mine, theirs = typed(title="私の題名"), typed(title="先の題名")
        drafting.save(session, posting, theirs, revision=1, by=cast.account("aoba_colleague"), now=LATER)
        with pytest.raises(EditConflict) as met:
            drafting.save(session, posting, mine, revision=1, by=cast.account("aoba_editor"), now=LATER)
        assert met.value.mine["title"] == ["私の題名"] and met.value.theirs["title"] == ["先の題名"]
        assert met.value.by == "青葉 次郎" and met.value.revision == 2
        assert posting.draft["title"] == ["先の題名"]
        drafting.save(session, posting, mine, revision=2, by=cast.account("aoba_editor"), now=LATER)
        assert posting.draft["title"] == ["私の題名"] and posting.revision == 3


def test_a_double_click_is_no_conflict(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        for _ in range(2):
            drafting.save(session, posting, typed(title="同じ"), revision=1, by=cast.account("aoba_editor"), now=LATER)
        assert posting.revision == 2


def test_nobody_writes_into_what_waits_for_a_look(cast: Cast) -> None:
    with Writing() as session:
        posting = submitted(session, cast)
        with pytest.raises(WrongState):
            drafting.save(session, posting, typed(title="変更"), revision=1, by=cast.account("aoba_editor"), now=LATER)
        moderation.recall(session, posting, by=cast.account("aoba_editor"), now=LATER)
        drafting.save(session, posting, typed(title="変更"), revision=1, by=cast.account("aoba_editor"), now=LATER)
        assert posting.draft["title"] == ["変更"]


def test_an_amendment_starts_from_what_is_public(cast: Cast) -> None:
    explicit = {"term_end_on": [], "term_end_on.explicit": "undecided", "headcount": "若干名", "workdays": "2.5"}
    with Writing() as session:
        posting = published(session, cast, apply_by="2026-05-29", **explicit)
        begun = drafting.text(posting)
        assert begun["apply_by"] == ["2026-05-29"] and begun["term_end_on.explicit"] == ["undecided"]
        assert read(begun) == (current_content(posting), [])
        assert not drafting.has_amendment(posting)


def test_an_amendment_does_not_undo_what_took_effect_meanwhile(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        editor = cast.account("aoba_editor")
        changed = {**drafting.text(posting), "pay_low": ["30000"]}
        drafting.save(session, posting, changed, revision=posting.revision, by=editor, now=LATER)
        until = OPENING + timedelta(days=90)
        publication.extend(session, posting, until=until, reason=ExtensionReason.FEW_APPLICANTS, by=editor, now=LATER)
        newest, _ = read(drafting.text(posting))
        assert newest["pay_low"] == 30_000 and newest.instant("apply_by") == until
        assert drafting.has_amendment(posting)
        drafting.settle(session, posting, by=editor, now=LATER)
        version = moderation.submit(session, posting, by=editor, now=LATER, summary="日額を改めました")
        assert from_json(version.content) == newest


def test_a_discarded_amendment_leaves_what_is_public(cast: Cast) -> None:
    with Writing() as session:
        posting = published(session, cast)
        editor = cast.account("aoba_editor")
        drafting.save(session, posting, typed(pay_low="1"), revision=posting.revision, by=editor, now=LATER)
        assert drafting.has_amendment(posting)
        with pytest.raises(EditConflict):
            drafting.discard(session, posting, revision=posting.revision - 1, by=editor, now=LATER)
        drafting.discard(session, posting, revision=posting.revision, by=editor, now=LATER)
        assert not drafting.has_amendment(posting) and drafting.text(posting)["pay_low"] == ["25000"]
        assert from_json(posting.versions[-1].content)["pay_low"] == 25_000


def test_a_draft_that_was_never_public_is_not_thrown_away(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        with pytest.raises(WrongState):
            drafting.discard(session, posting, revision=1, by=cast.account("aoba_editor"), now=LATER)
        assert posting.draft == COMPLETE


def test_each_saving_is_on_record(cast: Cast) -> None:
    with Writing() as session:
        posting = drafted(session, cast)
        drafting.save(session, posting, {}, revision=1, by=cast.account("aoba_editor"), now=LATER)
        entry = session.query(AuditEntry).filter_by(action="posting:save").one()
        assert entry.subject_id == str(posting.id) and entry.facts == {"revision": 2}
