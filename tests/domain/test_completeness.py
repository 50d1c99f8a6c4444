"""The required set of each form of engagement is the one of posting-fields.md, and each gap has its source."""

import pytest

from jobboard.base.content import Content
from jobboard.base.errors import Problem
from jobboard.base.fields import BY_NAME
from jobboard.base.reading import read
from jobboard.base.vocabulary import COMPANY, EMPLOYED, INDIVIDUAL, Engagement
from jobboard.domain import cautions, completeness
from jobboard.models import Municipality
from tests.cast import OPENING
from tests.stories import typed

ALWAYS = {
    "title", "role", "engagement", "scheme", "audience", "recruitment_routes", "headcount", "employer_name",
    "employer_address", "duties", "requirements_must", "age_condition", "work_place", "remote", "side_job", "pay_unit",
    "apply_method", "apply_target", "documents_required", "selection_process", "conflict", "official_url", "department",
    "contact_tel", "apply_by_kind",
}
EMPLOYED_ONLY = {
    "duties_change_scope", "trial_period", "place_change_scope", "hours", "overtime", "breaks", "holidays", "insurance",
    "smoking",
}
PERSONS = {"term_start_on", "term_end_on", "workdays", "workdays_period", "hours_per_day", "expenses"}


def gaps(**changes: str | list[str]) -> dict[str, Problem]:
    content, unreadable = read(typed(**changes))
    assert unreadable == []
    return {problem.field: problem for problem in completeness.problems(content, now=OPENING)}


def missing_under(engagement: Engagement) -> set[str]:
    only = Content({"engagement": engagement})
    return {problem.field for problem in completeness.problems(only, now=OPENING)} | {"engagement"}


@pytest.mark.parametrize("engagement", [form for form in Engagement if form in EMPLOYED])
def test_employment_asks_for_what_the_employment_security_act_asks(engagement: Engagement) -> None:
    wanted = ALWAYS | EMPLOYED_ONLY | PERSONS | {"renewal"}
    if engagement is Engagement.PERMANENT:
        wanted -= {"renewal", "term_end_on"}
    assert missing_under(engagement) == wanted
    assert all(BY_NAME[name].law for name in EMPLOYED_ONLY)


@pytest.mark.parametrize("engagement", sorted(INDIVIDUAL))
def test_a_contract_with_a_person_asks_for_what_the_freelance_act_asks(engagement: Engagement) -> None:
    assert missing_under(engagement) == ALWAYS | PERSONS | {"cancellation_terms"}


@pytest.mark.parametrize("engagement", sorted(COMPANY))
def test_a_call_to_companies_asks_for_proposal_or_agreement(engagement: Engagement) -> None:
    proposal = {name for name in BY_NAME if name.startswith("proposal_")} - {"proposal_ceiling_tax"}
    agreement = {"agreement_term", "agreement_costs"}
    assert missing_under(engagement) == ALWAYS | (agreement if engagement is Engagement.AGREEMENT else proposal)


def test_the_complete_draft_has_no_gap() -> None:
    assert gaps() == {}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"engagement": "other"}, "engagement_note"),
        ({"duties": "短い"}, "duties"),
        ({"duties_change_scope": "some"}, "duties_change_text"),
        ({"trial_period": "some"}, "trial_text"),
        ({"renewal_criteria": []}, "renewal_criteria"),
        ({"conflict": "some"}, "conflict_text"),
        ({"age_condition": "some"}, "age_reason"),
        ({"pay_low": []}, "pay_low"),
        ({"pay_high": "20000"}, "pay_high"),
        ({"contact_tel": [], "contact_email": []}, "contact_tel"),
        ({"term_end_on": "2026-05-31"}, "term_end_on"),
        ({"engagement": "fiscal_year_part_time", "term_end_on": "2027-04-01"}, "term_end_on"),
        ({"engagement": "fixed_term", "term_end_on": "2031-06-01"}, "term_end_on"),
        ({"apply_by": "2026-03-31"}, "apply_by"),
        ({"apply_by": []}, "apply_by"),
        ({"apply_from": "2026-06-01"}, "apply_from"),
        ({"apply_by": [], "apply_by_kind": "open_ended"}, "review_on"),
        ({"apply_by": [], "apply_by_kind": "open_ended", "review_on": "2026-07-01"}, "review_on"),
        ({"engagement": "contract_person", "cancellation_terms": "30日前", "workdays_period": "unset"}, "workdays_period"),
        ({"expenses": "capped"}, "expenses_note"),
        ({"apply_by": "2026-04-01T09:00"}, "apply_by"),
        ({"apply_by": "2099-01-01"}, "apply_by"),
        ({"apply_by_kind": "open_ended", "review_on": "2026-06-01"}, "apply_by"),
        ({"apply_by_kind": "until_filled", "review_on": "2099-01-01"}, "review_on"),
        ({"workdays": "32"}, "workdays"),
        ({"workdays": "8", "workdays_period": "week"}, "workdays"),
        ({"hours_per_day": "25"}, "hours_per_day"),
        ({"pay_low": "0"}, "pay_low"),
        ({"interview_on": "2026-06-10", "result_on": "2026-06-09"}, "result_on"),
    ],
)
def test_each_rule_names_its_field(changes: dict[str, str | list[str]], field: str) -> None:
    assert set(gaps(**changes)) == {field}


@pytest.mark.parametrize(
    "changes",
    [
        {"engagement": "fiscal_year_part_time"},
        {"engagement": "fixed_term", "term_end_on": "2031-05-31"},
        {"apply_by": "2026-04-01"},
        {"apply_by": "2026-04-01T09:01"},
        {"apply_by": [], "apply_by_kind": "open_ended", "review_on": "2026-06-30"},
        {"workdays_period": "unset", "workdays": [], "hours_per_day": []},
        {"pay_unit": "by_rules", "pay_low": []},
        {"term_start_on": [], "term_start_on.explicit": "undecided"},
        {"expenses": "negotiable"},
    ],
)
def test_the_edges_of_the_rules_are_allowed(changes: dict[str, str | list[str]]) -> None:
    assert gaps(**changes) == {}


def test_what_is_unusual_is_a_warning_and_no_gap() -> None:
    aoba = Municipality(code="042021", url="https://www.city.aoba.lg.jp/")
    changes = {"title": "若手CIO補佐官", "pay_low": "250000", "official_url": "https://example.com/x", "apply_by_kind": "closing"}
    content, _ = read(typed(**changes))
    assert {warning.field for warning in cautions.warnings(content, aoba)} == {"title", "pay_low", "official_url"}
    assert gaps(**changes) == {}


def test_what_a_contract_cannot_say_is_warned_of_and_left_out() -> None:
    drafted = typed(engagement="contract_person", cancellation_terms="30日前に予告します")
    shown, unreadable = completeness.read_applying(drafted)
    assert unreadable == [] and completeness.problems(shown, now=OPENING) == []
    left_out = set(drafted) - set(shown)
    assert left_out >= {"smoking", "breaks", "trial_period", "insurance"} and "hours_per_day" in shown
    content, _ = read(drafted)
    told = {warning.field for warning in cautions.warnings(content, Municipality(code="042021", url=""))}
    assert left_out <= told
