"""Passwords: what may be one, and their argon2id hashes (RFC 9106)."""

import re
import secrets
import unicodedata
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from jobboard.base.errors import Incomplete, Problem

SHORTEST, LONGEST = 12, 200
"""Characters. Length is what counts; nothing is said about kinds of characters (NIST SP 800-63B, 5.1.1.2)."""

_FEWEST_KINDS = 5
_COMMON = (
    "password", "passwd", "qwerty", "qwertyuiop", "asdfgh", "asdfghjkl", "zxcvbn", "zxcvbnm", "qazwsx", "wsxedc",
    "abcdef", "abcdefgh", "abcdefghijkl", "admin", "administrator", "welcome", "letmein", "changeme", "iloveyou",
    "secret", "sakura", "soumu", "digital", "jobboard", "user", "test", "guest", "login", "p@ssw0rd", "passw0rd",
)  # fmt: skip


class Passwords:
    """Hashes and checks. argon2's own parameters cost about 0.1 s and 64 MiB a hash; tests hand in a cheap hasher."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        return self._hasher.hash(_same(password))

    def holds(self, stored: str | None, password: str) -> bool:
        """Whether it is the password. Works as long for an account that is not there (``stored`` None)."""
        try:
            self._hasher.verify(stored or self._of_nobody, _same(password)[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _of_nobody(self) -> str:
        return self._hasher.hash(secrets.token_hex(16))


def check(password: str, *, email: str, field: str = "password") -> None:
    """Raises ``Incomplete`` with a sentence unless it may be the password of the account with this address."""
    text = _same(password)
    if len(text) < SHORTEST:
        raise Incomplete([Problem(field, f"パスワードは{SHORTEST}文字以上にしてください。")])
    if len(text) > LONGEST:
        raise Incomplete([Problem(field, f"パスワードは{LONGEST}文字以内にしてください。")])
    if _easily_guessed(text.casefold(), email.casefold()):
        raise Incomplete(
            [Problem(field, "推測されやすいパスワードです。関係のない言葉をいくつかつなげるなど、別のものにしてください。")]
        )


def _easily_guessed(text: str, email: str) -> bool:
    """All digits, few kinds of characters, a common word (repeated or with digits around it), or made of the address."""
    if text.isdigit() or len(set(text)) < _FEWEST_KINDS:
        return True
    own = re.sub("|".join(re.escape(part) for part in re.split(r"[@.]", email) if len(part) > 2) or r"(?!)", "", text)
    if len(own) <= len(text) / 2:
        return True
    rest = text
    for word in sorted(_COMMON, key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest != text and not re.sub(r"[\d\W_]", "", rest)


def _same(password: str) -> str:
    """What two keyboards make of the same password: full-width letters and split kana compare equal."""
    return unicodedata.normalize("NFKC", password)
