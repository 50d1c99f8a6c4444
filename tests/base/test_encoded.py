"""Headers with words of any language: what is decoded is what was written, and nothing else can be."""

import re
from email import message_from_string, policy
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobboard.base.encoded import encoded

LINES = st.text(st.one_of(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), st.sampled_from(" =?_-<>,:;@\\\"青葉㈱😀")))


@given(LINES.map(str.strip).filter(bool), st.integers(4, 30))
def test_any_line_of_text_is_read_as_it_was_written(text: str, before: int) -> None:
    written = encoded(text, before=before)
    assert written.isascii() and all(len(line) <= 76 for line in (" " * before + written).split("\r\n"))
    assert re.fullmatch(r"[!-~]*(?:(?:\r\n)? [!-~]+)*", written)
    assert str(make_header(decode_header(written.replace("\r\n", "")))) == text
    assert str(message_from_string(f"Subject: {written}\r\n\r\n", policy=policy.default)["Subject"]) == text


@pytest.mark.parametrize("typed", ["=?utf-8?q?=41?=", "=?utf-8?b?DQpCY2M6IHhAeS5qcA0K?=", "a =?utf-8?q?=0A?= b"])
def test_encoded_words_that_somebody_typed_stay_as_typed(typed: str) -> None:
    assert str(make_header(decode_header(encoded(typed, before=9)))) == typed


@pytest.mark.parametrize("typed", ["a\r\nBcc: x", "a\nb", "a\x00", "\x85", "\u2028", "\udcff"])
def test_what_is_no_line_of_text_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        encoded(typed, before=9)
