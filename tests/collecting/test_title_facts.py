"""What a title says for certain becomes an answer of the draft; what it leaves open stays open."""

from datetime import date

import pytest

from jobboard.base.fields import FIELDS
from jobboard.base.reading import read
from jobboard.domain import title_facts

ON = date(2026, 11, 25)


def told(title: str, on: date = ON) -> dict[str, list[str]]:
    return title_facts.typed(title_facts.facts(title, on))


@pytest.mark.parametrize(
    ("title", "answers"),
    [
        ("ＣＩＯ補佐官（特別職非常勤職員）を募集", {"role": ["cio_adviser"], "engagement": ["special_part_time"]}),
        ("最高デジタル責任者（ＣＤＯ）の公募", {"role": ["cio"]}),
        ("最高デジタル責任者（ＣＤＯ）補佐官の公募", {"role": ["cio_adviser"]}),
        ("CIO（最高情報責任者）補佐官を募集", {"role": ["cio_adviser"]}),
        ("最高情報責任者（CIO）の補佐官を募集", {"role": ["cio_adviser"]}),
        ("CIOを補佐する人材の募集", {}),
        ("CDO支援業務の募集", {}),
        ("ICT支援員 会計年度任用職員（フルタイム）募集", {"engagement": ["fiscal_year_full_time"]}),
        ("ICT支援員（会計年度任用職員）募集", {"engagement_note": ["会計年度任用職員"]}),
        ("DX支援 業務委託（個人）の募集", {"engagement": ["contract_person"]}),
        ("DX支援業務 公募型プロポーザル", {"engagement_note": ["業務委託"]}),
        ("地域プロジェクトマネージャーの募集", {"scheme": ["local_project_manager"]}),
        ("地域活性化起業人の募集", {}),
        ("副業人材限定 エンジニア募集", {"role": ["engineer"], "side_job": ["only"]}),
        ("情報セキュリティとBPRの専門家募集", {"themes": ["security", "bpr"]}),
        ("CIO補佐官とエンジニアの募集", {}),
        ("ＤＸ推進員　２名募集", {"headcount": ["2"]}),
        ("DX推進員 2名程度を募集", {}),
        ("第1名人戦 10人以上", {}),
        ("デジタル専門職（係長級・主査級）各２人", {}),
        ("DX推進員 2人ずつ", {}),
        ("DX推進員を１～２名募集", {}),
        ("DX推進員を最大3名募集", {}),
        ("1校につき1名", {}),
        ("DX推進員2名・ICT支援員2名", {}),
    ],
)  # fmt: skip
def test_only_what_is_certain_is_told(title: str, answers: dict[str, list[str]]) -> None:
    assert told(title) == answers


@pytest.mark.parametrize(
    ("title", "kind", "day"),
    [
        ("【12/11〆切】DX推進員募集", "closing", "2026-12-11"),
        ("DX推進員募集 締切:令和8年12月11日(金)17時", "closing", "2026-12-11 17時"),
        ("DX推進員募集（1月15日必着）", "arrival", "2027-01-15"),
        ("DX推進員募集 2026年12月20日消印有効", "postmark", "2026-12-20"),
        ("DX推進員募集 応募は12月20日まで", "closing", "2026-12-20"),
        ("DX推進員の募集（募集期間延長 11月20日から12月25日まで）", "closing", "2026-12-25"),
    ],
)
def test_a_deadline_is_the_next_such_day(title: str, kind: str, day: str) -> None:
    assert told(title) == {"apply_by_kind": [kind], "apply_by": [day]}


@pytest.mark.parametrize(
    "title",
    [
        "任期：令和9年4月1日から令和10年3月31日まで", "DX推進員募集 11月20日締切", "2月30日締切", "12月11日締切（2次募集は12月25日締切）",
        "12月11日 DX説明会", "締切:2026/13/40", "締切", "99月99日必着" * 30,
    ],
)  # fmt: skip
def test_a_past_an_unreal_or_a_doubtful_day_is_no_deadline(title: str) -> None:
    assert told(title) == {}


def test_each_answer_bears_its_words_and_is_one_that_the_form_takes() -> None:
    title = "情報セキュリティアドバイザー（労働者派遣）1名 副業可 12月11日17:00締切"
    found = title_facts.facts(title, ON)
    assert {fact.field: fact.words for fact in found} == {
        "role": "アドバイザー", "engagement": "労働者派遣", "side_job": "副業可", "themes": "情報セキュリティ", "headcount": "1名",
        "apply_by_kind": "12月11日17:00締切", "apply_by": "12月11日17:00締切",
    }  # fmt: skip
    assert {field for field, _, _ in title_facts._SAID} <= {field.name for field in FIELDS}
    _, problems = read(title_facts.typed(found))
    assert not [one for one in problems if one.field in {fact.field for fact in found}]
