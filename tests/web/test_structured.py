"""JobPosting as programs read it."""

from typing import Any

import pytest

from jobboard.base.vocabulary import Engagement, Explicit, PayUnit, Remote
from jobboard.models import Posting
from jobboard.web.structured import EMPLOYMENT, is_job, job_posting
from tests.postings import DEADLINE, NOW, code_of, content, municipality


def made(**values: Any) -> dict[str, Any]:
    posting = Posting(id=7, uuid="u", municipality=municipality(), published_at=NOW, apply_by=DEADLINE)
    parts = [{"facts": [("業務の内容", "一行目\n<二行目>"), ("対象", ["甲", "乙"], "注")]}]
    names = {code_of("13780"): "東京都武蔵区"}
    return job_posting(posting, content(**values), parts, base_url="https://b.example.jp", names=names)


def test_what_is_required_is_there_with_times_in_japan() -> None:
    found = made()
    assert found["@type"] == "JobPosting" and found["url"] == "https://b.example.jp/postings/7"
    assert (found["datePosted"], found["validThrough"]) == ("2026-04-01", "2026-05-29T17:00:00+09:00")
    assert found["description"].startswith(
        "<p><strong>業務の内容</strong><br>一行目<br>&lt;二行目&gt;</p><p><strong>対象</strong><br>甲<br>乙</p>"
    )
    assert found["hiringOrganization"]["name"] == "宮城県青葉市" and found["directApply"] is False
    assert found["jobLocation"] == [
        {
            "@type": "Place",
            "address": {
                "@type": "PostalAddress", "addressCountry": "JP", "addressRegion": "宮城県", "addressLocality": "青葉市",
                "streetAddress": "青葉市役所本庁舎4階",
            },
        }
    ]  # fmt: skip
    assert "jobLocationType" not in found


@pytest.mark.parametrize(
    ("values", "salary"),
    [
        ({}, {"minValue": 25_000, "maxValue": 30_000, "unitText": "DAY"}),
        ({"pay_high": None}, {"value": 25_000, "unitText": "DAY"}),
        ({"pay_unit": PayUnit.YEAR, "pay_high": 25_000}, {"value": 25_000, "unitText": "YEAR"}),
        ({"pay_unit": PayUnit.PIECE}, None),
        ({"pay_unit": PayUnit.NEGOTIABLE, "pay_low": None, "pay_high": None}, None),
    ],
)
def test_pay_is_told_in_its_unit_or_not_at_all(values: dict[str, Any], salary: dict[str, Any] | None) -> None:
    told = made(**values).get("baseSalary", {}).get("value")
    assert told == (salary and {"@type": "QuantitativeValue", **salary})


def test_work_from_anywhere_is_told_with_the_country() -> None:
    found = made(remote=Remote.FULLY)
    assert found["jobLocationType"] == "TELECOMMUTE"
    assert found["applicantLocationRequirements"] == {"@type": "Country", "name": "日本"}


def test_places_are_those_of_the_work_and_of_a_joint_recruitment() -> None:
    def places(**values: Any) -> list[tuple[str, str | None, str | None]]:
        addresses = [place["address"] for place in made(**values)["jobLocation"]]
        return [(one["addressRegion"], one.get("addressLocality"), one.get("streetAddress")) for one in addresses]

    assert places(work_place=Explicit.NEGOTIABLE) == [("宮城県", "青葉市", None)]
    assert places(work_place_prefecture="13", work_place="東京事務所") == [("東京都", None, "東京事務所")]
    assert places(co_municipalities=(code_of("13780"),)) == [("宮城県", "青葉市", None), ("東京都", "武蔵区", None)]


def test_every_form_of_engagement_with_a_person_has_its_word_and_no_other_is_a_job() -> None:
    jobs = {form for form in Engagement if is_job(content(engagement=form))}
    assert jobs == set(EMPLOYMENT)
