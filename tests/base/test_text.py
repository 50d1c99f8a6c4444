"""Folding: what people take for the same word is the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobboard.base.text import clean, fold, units


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＤＸ", "dx"),
        ("ﾃﾞｼﾞﾀﾙ", "デジタル"),
        ("でじたる", "デジタル"),
        ("ユーザー", "ユーザ"),
        ("髙﨑", "高崎"),
        ("サ−ビス", "サービス"),
        ("か\u3099く", "がく"),
        ("①", "1"),
        ("檮原町", "梼原町"),
        ("龍ヶ崎", "龍ケ崎"),
        ("葛\U000e0100城", "葛城"),
    ],
)
def test_variants_fold_to_one_text(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("C#", "C++"), ("ビル", "ビール"), ("コピ", "コピー"), ("人材", "材人")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("word", "text", "contained"),
    [
        ("人材", "外部人材の活用", True),
        ("C", "C#とC++", False),
        ("UI/UX", "UI/UXデザイナー", True),
        ("UI", "UI/UXデザイナー", False),
        ("DX", "全庁DX推進", True),
        ("AI", "AIR", False),
        ("ユーザー", "ユーザーテスト", True),
        ("材の活", "人材・の活用", False),
    ],
)
def test_containment_is_substring_for_kana_and_kanji_and_whole_token_for_latin(
    word: str, text: str, contained: bool
) -> None:
    assert (fold(word) in fold(text)) is contained


@given(st.text())
def test_folding_is_stable_and_made_of_its_units(text: str) -> None:
    folded = fold(text)
    assert "".join(units(folded)) == folded
    assert folded == folded.strip()


@given(st.text())
def test_cleaning_leaves_nothing_that_breaks_xml_or_hides(text: str) -> None:
    cleaned = clean(text)
    assert not any(ord(letter) < 32 and letter not in "\t\n" for letter in cleaned)
    assert "\u202e" not in cleaned and "\ufeff" not in cleaned
    assert clean(cleaned) == cleaned


def test_tags_stay_in_a_flag_and_hide_nowhere_else() -> None:
    tags = "\U000e0067\U000e0062\U000e007f"
    assert clean(f"\U0001f3f4{tags}町{tags}") == f"\U0001f3f4{tags}町"
