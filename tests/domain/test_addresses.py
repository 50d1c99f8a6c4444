"""Addresses as people type and paste them: accepted rightly, or answered by the sentence that says what to do."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobboard.base.errors import Incomplete
from jobboard.base.letter import Letter
from jobboard.domain import addresses
from jobboard.domain.addresses import address_key, read_address

ACCEPTED = {
    "tanaka@example.jp": "tanaka@example.jp",
    "  tanaka@example.jp　\n": "tanaka@example.jp",
    "ｔａｎａｋａ＠ｅｘａｍｐｌｅ．ｊｐ": "tanaka@example.jp",
    "tanaka@example.jp.": "tanaka@example.jp",
    "tanaka@example.jp。": "tanaka@example.jp",
    "tanaka@example.jp;": "tanaka@example.jp",
    "田中 <tanaka@example.jp>， ；": "tanaka@example.jp",
    "tanaka@日本語。jp": "tanaka@xn--wgv71a119e.jp",
    "Tanaka.Taro+jobs@Example.JP": "Tanaka.Taro+jobs@example.jp",
    "田中 <tanaka@example.jp>": "tanaka@example.jp",
    '"田中, 太郎" <tanaka@example.jp>': "tanaka@example.jp",
    "<tanaka@example.jp>": "tanaka@example.jp",
    "mailto:tanaka@example.jp?subject=x": "tanaka@example.jp",
    "MAILTO:tanaka@example.jp": "tanaka@example.jp",
    '"tanaka"@example.jp': "tanaka@example.jp",
    "\u202atanaka@example.jp\u202c": "tanaka@example.jp",
    f"{'x' * 64}@example.jp": f"{'x' * 64}@example.jp",
    "o'hara/#1@example.jp": "o'hara/#1@example.jp",
}
REFUSED = {
    "": addresses.EMPTY,
    " 、": addresses.EMPTY,
    "tanaka": addresses.NO_AT,
    "田中": addresses.NO_AT,
    "田中@example.jp": addresses.FOREIGN,
    "a..b@docomo.ne.jp": addresses.OLD_CARRIER,
    "ab.@docomo.ne.jp": addresses.OLD_CARRIER,
    ".ab@ezweb.ne.jp": addresses.OLD_CARRIER,
    '"a..b"@docomo.ne.jp': addresses.OLD_CARRIER,
    '"a b"@example.jp': addresses.QUOTED,
    '"a,b@c"@example.jp': addresses.QUOTED,
    'a"b@example.jp': addresses.QUOTED,
    f"{'a' * 50}@{'b.' * 123}jp": addresses.TOO_LONG,
    f"{'x' * 300}@example.jp": addresses.TOO_LONG,
    f"tanaka@{'語' * 60}.jp": addresses.DOMAIN,
    "x" * 1_000_000 + "@example.jp": addresses.TOO_LONG,
    "tanaka@example.jp\r\nBcc: x@y.jp": addresses.LINES,
    "田中\n<tanaka@example.jp>": addresses.LINES,
    "a@b.jp, c@d.jp": addresses.SEVERAL,
    "a@b.jp c@d.jp": addresses.SEVERAL,
    "a@b.jp;c@d.jp": addresses.SEVERAL,
    "A <a@b.jp>, C <c@d.jp>": addresses.SEVERAL,
    "田中太郎,tanaka@example.jp,青葉市": addresses.SEVERAL,
    "tana ka@example.jp": addresses.SPACED,
    "tanaka@example": addresses.DOMAIN,
    "tanaka@": addresses.DOMAIN,
    "@example.jp": addresses.WRONG,
    "tanaka@@example.jp": addresses.WRONG,
    "tanaka@example..jp": addresses.DOMAIN,
    "tanaka@example.jp..": addresses.DOMAIN,
    "tanaka@[127.0.0.1]": addresses.DOMAIN,
    "tanaka@localhost": addresses.DOMAIN,
}


@pytest.mark.parametrize(("typed", "address"), ACCEPTED.items())
def test_what_means_one_address_is_taken_as_that(typed: str, address: str) -> None:
    assert read_address(typed) == address
    assert address_key(typed) == address_key(address), "two ways to type it are one address"


@pytest.mark.parametrize("typed", REFUSED, ids=lambda typed: typed[:30])
def test_what_cannot_be_written_to_is_answered_by_a_sentence_of_its_own(typed: str) -> None:
    with pytest.raises(Incomplete) as wrong:
        read_address(typed)
    assert [problem.message for problem in wrong.value.problems] == [REFUSED[typed]]


PIECES = st.sampled_from(
    ["tanaka", "a", ".", "@", "＠", "example.jp", "日本.jp", ",", ";", "、", " ", "\n", "\r\n", "\t", '"', "<", ">", "mailto:", "?", "田中",
     "\\", "(", ")", ":", "[", "]", "。", "．", "-", "_", "%0d%0a", "\u202e", "\0", "ß", "İ", "🎌", "x" * 70],
)  # fmt: skip


@given(st.one_of(st.lists(PIECES, max_size=12).map("".join), st.text(max_size=80), st.emails()))
@example("tanaka.taro@example.jp")
@example("tanaka@example.jp\nBcc: x@y.jp")
def test_whatever_is_accepted_is_one_bare_ascii_address_that_a_letter_takes(typed: str) -> None:
    try:
        address = read_address(typed)
    except Incomplete as wrong:
        (problem,) = wrong.problems
        assert problem.message
        return
    assert address.isascii() and address.isprintable() and address.count("@") == 1 and len(address) <= 254
    letter = Letter(
        message_id="1@jobs.example.go.jp", sender="a@example.go.jp", envelope_sender="a@example.go.jp", recipient=address,
        subject="x", text="x", date=datetime(2026, 4, 1, tzinfo=UTC),
    )  # fmt: skip
    assert f"\r\nTo: {address}\r\n".encode() in letter.as_bytes().replace(b"\r\n ", b" ").replace(b"To:  ", b"To: ")
    assert read_address(address) == address
