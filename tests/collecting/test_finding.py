"""The rules of finding: each concept for itself, the labelled titles, and what a person is told of a title."""

import csv
from pathlib import Path

import pytest

from jobboard.domain import finding
from jobboard.domain.finding import ENOUGH, score

HERE = Path(__file__).parent


def found(title: str) -> bool:
    return score(title)[0] >= ENOUGH


def measure(half: str) -> tuple[float, float]:
    """Recall and precision on one half of the labelled titles."""
    with (HERE / f"titles_{half}.csv").open(encoding="utf-8", newline="") as lines:
        judged = [(row["label"] == "1", found(row["title"])) for row in csv.DictReader(lines)]
    right = sum(call and candidate for call, candidate in judged)
    return right / sum(call for call, _ in judged), right / sum(candidate for _, candidate in judged)


GOAL = (0.95, 0.8)


@pytest.mark.parametrize(
    ("half", "recall", "precision"), [("seen", 0.99, 0.9), *((half, *GOAL) for half in ("unseen", "fresh", "outside", "second"))]
)
def test_the_labelled_titles_are_found(half: str, recall: float, precision: float) -> None:
    measured = measure(half)
    print(f"{half}: recall {measured[0]:.3f}, precision {measured[1]:.3f}")
    assert measured >= (recall, 0) and measured[1] >= precision


def test_the_reasons_say_in_words_what_made_the_points() -> None:
    points, reasons = score("デジタル推進アドバイザー養成講座の受講者を募集")
    assert reasons == [
        ("分野「デジタル」", 4), ("人「アドバイザー」", 3), ("求める「募集」", 3), ("催し「講座」", -6), ("参加する人「受講」", -8),
    ]  # fmt: skip
    assert points == sum(one for _, one in reasons) == -4


@pytest.mark.parametrize(
    "title",
    [
        "ＣＩＯ補佐官の募集", "cio補佐官の募集", "ＣＩＯ　補　佐　官　の　募　集", "Ｃ Ｉ Ｏ補佐官の募集",
        "【ＣＩＯ】「補佐官」の募集", "CIO・補佐官の公募", "ｃｉｏ補佐官のぼしゅう",
    ],
)  # fmt: skip
def test_width_case_spaces_brackets_and_kana_make_no_difference(title: str) -> None:
    assert score(title)[0] == score("CIO補佐官の募集")[0] == ENOUGH


@pytest.mark.parametrize("title", ["DX推進の募集", "DX推進員の紹介", "推進員の募集", "Kitchen adviser wanted", "募集", "", "採用情報"])
def test_two_of_field_person_and_seeking_are_not_enough(title: str) -> None:
    assert not found(title)


@pytest.mark.parametrize(
    "title",
    [
        "DX推進員の募集は終了しました", "DX推進員の公募結果", "DX推進員（ボランティア）の募集", "DX推進員養成講座の募集", "DX推進員を活用する補助金の募集",
        "DX推進員を利用する人の募集（利用団体）", "【終了】DX推進員の募集", "DX推進室の事務補助職員を募集", "DX推進員の公募に関する質問への回答",
        "職員用パソコンの購入に係る入札", "DX推進員の公募を予定しています", "DX推進員の事業を始めました　募集", "DX推進員の募集ページの障害のお詫び",
        "DX推進員の採用試験は実施しません",
    ],
)  # fmt: skip
def test_a_word_against_it_outweighs_a_whole_call(title: str) -> None:
    assert not found(title)
    assert any(points < 0 for _, points in score(title)[1])


@pytest.mark.parametrize(
    "title",
    [
        "公募結果を踏まえDX推進員を再公募します", "任期終了に伴いDX推進員を募集", "ボランティアではありません　DX推進員の募集",
        "該当者なしの結果となったため、DX推進員を再公募します",
        "副業人材の募集", "DX研修の講師を募集", "DX推進支援業務の公募型プロポーザル", "DX推進員の募集を始めました", "DX推進員の公募（告示第12号）",
        "消防本部のシステム専門員を募集",
    ],
)  # fmt: skip
def test_what_only_sounds_like_the_end_is_a_call_still(title: str) -> None:
    assert found(title)


def test_a_latin_word_counts_whole_only() -> None:
    assert "分野" not in {told.rule.name for told in finding.tell("Kitten adviser wanted")}
    assert "分野" in {told.rule.name for told in finding.tell("IT adviser wanted")}


def test_every_rule_is_whole_and_names_only_others() -> None:
    rules = finding.rules()
    names = [rule.name for rule in rules]
    assert len(set(names)) == len(names)
    for rule in rules:
        assert rule.phrases and rule.why and (rule.needs | rule.unless) <= set(names) - {rule.name}, rule.name
        words = [phrase.words for phrase in rule.phrases]
        assert len(set(words)) == len(words) and all(piece for phrase in rule.phrases for piece in phrase.pieces), rule.name


@pytest.mark.parametrize("title", ["募集" * 5_000, "週" * 300, "(" * 300, "D X " * 80, "\ua66e" * 300, "\x01\x02" * 99, "募集…" * 90])
def test_a_hostile_title_is_read_to_its_end(title: str) -> None:
    assert isinstance(score(title)[0], int)
