"""Each example reads without a problem, and lacks only what no example can know."""

import pytest

from jobboard.base.reading import read
from jobboard.base.vocabulary import Engagement, Role
from jobboard.database import Writing
from jobboard.domain import cautions, completeness, drafting
from jobboard.domain.drafting import KEYS
from jobboard.domain.examples import Example, examples
from jobboard.models import Municipality
from tests.cast import OPENING, Cast

LOCAL = {
    "employer_name", "employer_address", "term_start_on", "term_end_on", "pay_low", "apply_target", "official_url", "department",
    "contact_tel", "apply_by", "proposal_questions_by", "proposal_intent_by", "proposal_by", "proposal_ceiling",
}  # fmt: skip
"""Names, addresses, dates and amounts."""

EACH = pytest.mark.parametrize("example", examples().values(), ids=lambda one: one.slug)


@EACH
def test_an_example_reads_and_lacks_only_local_facts(example: Example) -> None:
    assert set(example.draft) <= set(KEYS)
    content, unreadable = completeness.read_applying(example.draft)
    assert unreadable == [] and content.engagement is example.engagement
    assert {problem.field for problem in completeness.problems(content, now=OPENING)} <= LOCAL
    assert set(content) == set(read(example.draft)[0]), "says something that its form of engagement cannot"


@EACH
def test_an_example_is_written_in_whole_sentences_and_names_no_place(example: Example) -> None:
    for name in ("duties", "background", "selection_process"):
        assert example.draft[name][0].endswith("。"), name
    told = cautions.warnings(read(example.draft)[0], Municipality(code="042021", url=""))
    assert any("○○" in problem.message for problem in told)


def test_there_is_one_for_each_role_and_nearly_each_form_of_engagement() -> None:
    found = examples().values()
    assert len(found) >= 13 and next(iter(found)).name == "町・CIO補佐官・月4日"
    assert {one.role for one in found} == set(Role)
    assert {one.engagement for one in found} == set(Engagement) - {Engagement.OTHER}
    assert len({one.draft["duties"][0] for one in found}) == len(found)


@pytest.mark.usefixtures("context")
def test_a_draft_from_an_example_names_its_own_municipality(cast: Cast) -> None:
    with Writing() as session:
        posting = drafting.start(
            session, cast.municipality("minato"), example=examples()["town-cio-adviser"], by=cast.account("minato_editor"), now=OPENING
        )
        assert drafting.title(posting) == "CIO補佐官(全庁のDX推進)"
        assert posting.draft["work_place"] == ["港町役場本庁舎"] and posting.draft["employer_name"] == ["港町"]
        mine = drafting.start(
            session, cast.municipality("aoba"), title="私の題名", example=examples()["rpa-engineer"], by=cast.account("aoba_editor"), now=OPENING
        )
        assert drafting.title(mine) == "私の題名" and mine.draft["engagement"] == ["fixed_term_short"]
