"""What of a text is marked as found."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobboard.base.errors import InvalidQuery
from jobboard.base.text import fold
from jobboard.domain.marking import snippet, spans
from jobboard.domain.searching import found, parse_words


def marked(text: str, typed: str) -> str:
    shown, end = "", 0
    for begin, stop in spans(text, parse_words(typed)):
        shown += f"{text[end:begin]}[{text[begin:stop]}]"
        end = stop
    return shown + text[end:]


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        ("副業も可。兼業の方も", "副業", "[副業]も可。[兼業]の方も"),
        ("兼業の方も", "副業", "[兼業]の方も"),
        ("髙橋係まで", "高橋", "[髙橋]係まで"),
        ("ﾕｰｻﾞの声", "ユーザー", "[ﾕｰｻﾞ]の声"),
        ("ＤＸ推進と業務改革", "dx 改革", "[ＤＸ]推進と業務[改革]"),
        ("AIDSの資料", "AI", "AIDSの資料"),
        ("生成AIの活用", "AI", "生成[AI]の活用"),
        ("人材と人材派遣", '"人材派遣"', "人材と[人材派遣]"),
        ("常勤の人材", "人材 -常勤", "常勤の[人材]"),
        ("てれわーく可", "テレワーク", "[てれわーく]可"),
        ("副業・兼業可", "兼業", "[副業]・[兼業]可"),
    ],
)
def test_what_was_searched_for_is_marked_as_it_stands(text: str, typed: str, shown: str) -> None:
    assert marked(text, typed) == shown


def test_a_snippet_shows_the_first_place_and_its_surroundings() -> None:
    text = "あ" * 100 + "業務改革" + "い" * 100
    shown, places = snippet(["なし", text], parse_words("業務改革"))
    assert shown == "…" + "あ" * 30 + "業務改革" + "い" * 30 + "…"
    assert [shown[begin:end] for begin, end in places] == ["業務改革"]
    assert snippet(["なし"], parse_words("業務改革")) == ("", [])


@given(st.text(max_size=40), st.text(min_size=1, max_size=6))
@example("ﾊﾞｽ", "バス")
@example("A.B", "B")
@example("İ", "i")
def test_marks_lie_in_order_within_the_text_and_never_where_nothing_is_found(text: str, typed: str) -> None:
    try:
        words = parse_words(typed)
    except InvalidQuery:
        return
    places = spans(text, words)
    edges = [edge for place in places for edge in place]
    assert edges == sorted(edges) and all(0 <= edge <= len(text) for edge in edges)
    assert all(begin < end for begin, end in places)
    if text.isascii() and not any(found([fold(text)], [word]) for word in words if not word.excluded):
        assert places == []
