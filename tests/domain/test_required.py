"""What 掲載を依頼する asks for under each form of engagement, field by field, as the table of a posting's fields says it.

The lists are written by hand: D always, E employment-like, I a contract with one person, C a company is addressed.
"""

import pytest

from jobboard.base.reading import read
from jobboard.base.vocabulary import Engagement
from jobboard.domain import completeness
from tests.cast import OPENING

SECURITY_RULE, SECURITY_ACT, FREELANCE = "職業安定法施行規則4条の2", "職業安定法5条の3", "フリーランス法12条"
OFFICIALS, EMPLOYMENT_POLICY, BOARD = "地方公務員法", "労働施策総合推進法9条", "このサイトの掲載基準"

ALWAYS = {
    "title": ("CIO補佐官(全庁DX推進)", BOARD), "role": ("cio_adviser", "自治体DX外部人材スキル標準"), "scheme": ("none", BOARD),
    "audience": ("person", BOARD), "recruitment_routes": ("open_call", BOARD), "headcount": ("1", BOARD),
    "employer_name": ("青葉市", SECURITY_ACT), "employer_address": ("青葉市本町1-1-1", SECURITY_RULE),
    "duties": ("全庁の計画の見直しについて助言し、各課の業務改革を職員とともに進めていただきます。", SECURITY_RULE),
    "requirements_must": ("なし", BOARD), "age_condition": ("none", EMPLOYMENT_POLICY), "work_place": ("本庁舎", SECURITY_RULE),
    "remote": ("partly", BOARD), "side_job": ("conditional", OFFICIALS), "pay_unit": ("day", SECURITY_RULE),
    "pay_low": ("25,000円", SECURITY_RULE), "apply_method": ("email", BOARD), "apply_target": ("dx@city.aoba.lg.jp", BOARD),
    "documents_required": ("履歴書", BOARD), "selection_process": ("面接", BOARD), "conflict": ("undecided", BOARD),
    "official_url": ("https://www.city.aoba.lg.jp/dx.html", BOARD), "department": ("デジタル推進課", BOARD),
    "contact_tel": ("022-000-0000", BOARD), "apply_by_kind": ("closing", BOARD), "apply_by": ("2026-05-29", BOARD),
}  # fmt: skip
EMPLOYED = {
    "duties_change_scope": ("undecided", SECURITY_RULE), "trial_period": ("none", SECURITY_RULE),
    "place_change_scope": ("none", SECURITY_RULE), "hours": ("相談", SECURITY_RULE), "overtime": ("なし", SECURITY_RULE),
    "breaks": ("1時間", SECURITY_RULE), "holidays": ("土日", SECURITY_RULE), "insurance": ("none", SECURITY_RULE),
    "smoking": ("indoor_banned", SECURITY_RULE),
}  # fmt: skip
WITH_AN_END = {"renewal": ("undecided", SECURITY_RULE)}
END = {"term_end_on": ("2027-03-31", SECURITY_RULE)}
PERSONS = {
    "term_start_on": ("2026-06-01", SECURITY_RULE), "workdays": ("4", SECURITY_RULE), "workdays_period": ("month", SECURITY_RULE),
    "hours_per_day": ("7.75", SECURITY_RULE), "expenses": ("paid", SECURITY_RULE),
}  # fmt: skip
CONTRACT = {"cancellation_terms": ("30日前に予告します", FREELANCE)}
PROPOSAL = {
    "proposal_eligibility": ("なし", BOARD), "proposal_questions_by": ("2026-05-08", BOARD),
    "proposal_intent_by": ("2026-05-15", BOARD), "proposal_by": ("2026-05-29", BOARD), "proposal_ceiling": ("5000000", BOARD),
    "proposal_ceiling_tax": ("included", BOARD), "proposal_evaluation": ("書類と面接", BOARD),
}  # fmt: skip
AGREEMENT = {"agreement_term": ("2年間", BOARD), "agreement_costs": ("市が負担", BOARD)}

EMPLOYEE, PERSON = EMPLOYED | END | PERSONS | WITH_AN_END, END | PERSONS | CONTRACT
BY_ENGAGEMENT = {
    "special_part_time": EMPLOYEE, "fiscal_year_part_time": EMPLOYEE, "fiscal_year_full_time": EMPLOYEE, "fixed_term": EMPLOYEE, "fixed_term_short": EMPLOYEE,
    "permanent": EMPLOYED | PERSONS, "dispatch": EMPLOYEE, "contract_person": PERSON, "commission": PERSON, "contract_company": PROPOSAL,
    "agreement": AGREEMENT, "other": {"engagement_note": ("出向による受入れ", BOARD)},
}  # fmt: skip
ONE_LEFT_OUT = [(form, name) for form, more in BY_ENGAGEMENT.items() for name in ALWAYS | more]

SECOND = {
    "duties_change_text": ({"duties_change_scope": "some"}, SECURITY_RULE),
    "trial_text": ({"trial_period": "some"}, SECURITY_RULE),
    "renewal_criteria": ({"renewal": "some"}, SECURITY_RULE),
    "place_change_text": ({"place_change_scope": "some"}, SECURITY_RULE),
    "conflict_text": ({"conflict": "some"}, BOARD),
    "age_reason": ({"age_condition": "some"}, "労働施策総合推進法施行規則1条の3"),
    "review_on": ({"apply_by_kind": "open_ended", "apply_by": ""}, BOARD),
    "expenses_note": ({"expenses": "capped"}, SECURITY_RULE),
}
"""What an answer asks for besides, in a 特別職非常勤 call."""


def draft(form: str, **changes: str) -> dict[str, list[str]]:
    """A draft with exactly the required answers; an empty change leaves one out."""
    answers = {name: value for name, (value, _) in (ALWAYS | BY_ENGAGEMENT[form]).items()} | {"engagement": form} | changes
    return {name: [value] for name, value in answers.items() if value}


def gaps(typed: dict[str, list[str]]) -> list[tuple[str, str]]:
    """(field, source) of each gap."""
    content, unreadable = read(typed)
    assert unreadable == []
    return [(problem.field, problem.law) for problem in completeness.problems(content, now=OPENING)]


def test_the_table_has_every_form_of_engagement() -> None:
    assert set(BY_ENGAGEMENT) == {form.value for form in Engagement}


@pytest.mark.parametrize("form", BY_ENGAGEMENT)
def test_the_required_answers_are_enough(form: str) -> None:
    assert gaps(draft(form)) == []


@pytest.mark.parametrize(("form", "name"), ONE_LEFT_OUT)
def test_leaving_out_one_required_field_names_that_field_and_its_source(form: str, name: str) -> None:
    source = (ALWAYS | BY_ENGAGEMENT[form])[name][1]
    [(field, law)] = gaps(draft(form, **{name: ""}))
    assert field == name and source in law


def test_without_a_form_of_engagement_it_is_asked_for_and_nothing_of_another_form() -> None:
    [(field, law)] = gaps({name: [value] for name, (value, _) in ALWAYS.items()})
    assert field == "engagement" and SECURITY_ACT in law and FREELANCE in law


@pytest.mark.parametrize("name", SECOND)
def test_an_answer_that_needs_words_names_their_field_and_its_source(name: str) -> None:
    changes, source = SECOND[name]
    [(field, law)] = gaps(draft("special_part_time", **changes))
    assert field == name and source in law


@pytest.mark.parametrize("form", ["contract_person", "commission"])
@pytest.mark.parametrize("name", [*PERSONS, "term_end_on", "work_place", "duties", "pay_low", "employer_name"])
def test_a_contract_with_a_person_names_the_freelance_act(form: str, name: str) -> None:
    [(_, law)] = gaps(draft(form, **{name: ""}))
    assert FREELANCE in law


@pytest.mark.parametrize("name", ["agreement_term", "agreement_costs"])
def test_an_employee_sent_by_a_company_under_the_scheme_needs_the_agreement(name: str) -> None:
    answers = draft("other", scheme="revitaliser_company", agreement_term="2年間", agreement_costs="市が負担")
    assert gaps(answers) == []
    [(field, _)] = gaps({key: values for key, values in answers.items() if key != name})
    assert field == name


@pytest.mark.parametrize("unit", ["by_rules", "negotiable", "unpaid"])
def test_no_amount_is_asked_for_where_none_is_named(unit: str) -> None:
    assert gaps(draft("special_part_time", pay_unit=unit, pay_low="")) == []


def test_the_tax_of_a_ceiling_is_asked_for_only_where_an_amount_is_named() -> None:
    hidden = {"proposal_ceiling": "", "proposal_ceiling.explicit": "guidelines", "proposal_ceiling_tax": ""}
    assert gaps(draft("contract_company", **hidden)) == []


@pytest.mark.parametrize("name", ["term_start_on", "term_end_on"])
@pytest.mark.parametrize("answer", ["any_time", "undecided"])
def test_a_term_may_be_open_in_so_many_words(name: str, answer: str) -> None:
    assert gaps(draft("contract_person", **{name: "", f"{name}.explicit": answer})) == []


def test_a_duty_of_29_characters_is_too_short_and_says_by_what_rule() -> None:
    [(field, law)] = gaps(draft("special_part_time", duties="あ" * 29))
    assert field == "duties" and SECURITY_RULE in law
    assert gaps(draft("special_part_time", duties="あ" * 30)) == []
