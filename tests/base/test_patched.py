"""A body of which only some lines are encoded anew."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from jobboard.base.patched import Body

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=200)


@given(st.lists(WORDS, min_size=1, max_size=5), st.lists(st.lists(WORDS, min_size=4, max_size=4), min_size=1, max_size=4))
def test_a_patched_body_equals_one_encoded_as_a_whole(constant: list[str], readers: list[list[str]]) -> None:
    places = [f"place-{number}" for number in range(len(constant) - 1)]
    pieces = tuple(word for pair in zip(constant, [*places, ""], strict=True) for word in pair)[:-1]
    body = Body(pieces)
    for words in [*readers, *readers]:
        fills = dict(zip(places, words, strict=False))
        whole = "".join(fills.get(piece, piece) if number % 2 else piece for number, piece in enumerate(pieces)).encode()
        assert body.encoded(fills) == base64.encodebytes(whole).replace(b"\n", b"\r\n")


def test_a_place_without_a_fill_stays_as_it_is_written() -> None:
    assert base64.b64decode(Body(("a", "place", "b")).encoded({})) == b"aplaceb"
