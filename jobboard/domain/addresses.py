"""Mail addresses as people type them: one reading for accounts and subscribers."""

import unicodedata

from email_validator import EmailNotValidError, validate_email

from jobboard.base.errors import Incomplete, Problem
from jobboard.base.text import clean

WRONG = "メールアドレスの形が正しくありません。例: tanaka@example.jp のように入力してください。"
OLD_CARRIER = "このアドレスは「.」の並びのためにメールが届かないことがあります。別のアドレスを入力してください。"


def read_address(typed: str, *, field: str = "email") -> str:
    """The address to write to: full-width letters made half-width, 日本.jp as xn--wgv71a.jp. Raises ``Incomplete``.

    Old carrier addresses (a..b@docomo.ne.jp) break RFC 5321 and are refused by many servers: the sentence asks for another.
    """
    text = unicodedata.normalize("NFKC", clean(typed))
    try:
        checked = validate_email(text, check_deliverability=False, allow_smtputf8=False)
        return checked.ascii_email or checked.normalized
    except EmailNotValidError as error:
        local = text.partition("@")[0]
        dotted = "@" in text and (".." in local or local.startswith(".") or local.endswith("."))
        raise Incomplete([Problem(field, OLD_CARRIER if dotted else WRONG)]) from error


def address_key(address: str) -> str:
    """The form in which two addresses are the same one. Servers that tell A@ from a@ exist on paper only."""
    return unicodedata.normalize("NFKC", clean(address)).casefold()
