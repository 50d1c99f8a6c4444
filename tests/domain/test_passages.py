"""The passages in which two texts differ: joined they are the text, and what is marked is what changed."""

import pytest

from jobboard.domain.passages import Passage, passages


def marked(text: tuple[Passage, ...]) -> str:
    return "".join(f"[{one.text}]" if one.changed else one.text for one in text)


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("会議は月に二回です。", "会議は月に一回です。", "会議は月に[二回]です。", "会議は月に[一回]です。"),
        ("報酬は25,000円です。", "報酬は30,000円です。", "報酬は[25,000]円です。", "報酬は[30,000]円です。"),
        ("業務の見直し", "業務の見直しと助言", "業務の見直し", "業務の見直し[と助言]"),
        ("一行め\n二行め\n三行め", "一行め\n三行め", "一行め\n[二行め\n]三行め", "一行め\n三行め"),
        ("同じ文です。", "同じ文です。", "同じ文です。", "同じ文です。"),
    ],
)
def test_what_is_marked_is_what_changed(old: str, new: str, before: str, after: str) -> None:
    assert tuple(map(marked, passages(old, new))) == (before, after)


@pytest.mark.parametrize(("old", "new"), [("", "新しい文です。"), ("古い文です。", ""), ("青葉市", "港町"), ("", "")])
def test_texts_with_little_in_common_are_not_taken_to_pieces(old: str, new: str) -> None:
    assert passages(old, new) == ((), ())


def test_joined_the_passages_are_the_text_and_long_repetitions_end_soon() -> None:
    old, new = "あいう えお。" * 700, "あいえ うお!" * 700
    for one, other in ((old, new), ("始まり。" + old + "終わり。", "始まり。" + new + "終わり。"), ("同" * 3000 + "x", "同" * 2999 + "yx")):
        before, after = passages(one, other)
        assert not before or ("".join(p.text for p in before), "".join(p.text for p in after)) == (one, other)
