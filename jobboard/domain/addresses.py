"""Mail addresses as people type and paste them: one reading for accounts and subscribers."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from jobboard.base.errors import Incomplete, Problem
from jobboard.base.text import clean

LONGEST, LONGEST_LOCAL = 254, 64
"""Characters of an address, and of its part before @ (RFC 5321, 4.5.3.1)."""

EXAMPLE = "例: tanaka@example.jp"
EMPTY = f"メールアドレスを入力してください。{EXAMPLE}"
LINES = f"メールアドレスに改行が入っています。1行で、1つだけ入力してください。{EXAMPLE}"
SEVERAL = f"メールアドレスだけを、1つ入力してください。ほかのアドレスは、あとで別に登録できます。{EXAMPLE}"
TOO_LONG = f"メールアドレスが長すぎます。{LONGEST}字まで(@の前は{LONGEST_LOCAL}字まで)のアドレスを入力してください。"
NO_AT = f"メールアドレスに「@」がありません。{EXAMPLE} のように、@の後ろまで入力してください。"
SPACED = f"メールアドレスの中に空白があります。空白を除いて入力してください。{EXAMPLE}"
OLD_CARRIER = "このアドレスは「.」の並びのためにメールが届かないことがあります。別のアドレスを入力してください。"
QUOTED = 'このアドレスは「"」で囲まれているために、メールを送れません。別のアドレスを入力してください。'
FOREIGN = f"@の前に日本語などの文字があります。半角の英数字のアドレスを入力してください。{EXAMPLE}"
DOMAIN = f"@の後ろが正しくありません。つづりを確かめて、{EXAMPLE} のように入力してください。"
WRONG = f"メールアドレスの形が正しくありません。{EXAMPLE} のように入力してください。"

_NAMED = re.compile(r"[^<>@]*<([^<>]+)>")
_LINK = re.compile(r"mailto:([^?]*)(?:\?.*)?", re.IGNORECASE)
_PARTING = re.compile(r"[,;、<>]")


def read_address(typed: str, *, field: str = "email") -> str:
    """The address to write to, in ASCII: full-width letters made half-width, 日本.jp as xn--wgv71a.jp.

    Also ``田中 <tanaka@example.jp>``, ``mailto:tanaka@example.jp`` and one with a full stop or a comma behind it. Raises
    ``Incomplete`` with the sentence that says what to do. Old carrier addresses (a..b@docomo.ne.jp) break RFC 5321 and are
    refused by many servers: the sentence asks for another.
    """
    text = _bare(typed)
    wrong = _plainly_wrong(text)
    if not wrong:
        try:
            # "tanaka"@example.jp is tanaka@example.jp: what needs no quotation marks loses them.
            checked = validate_email(text, check_deliverability=False, allow_smtputf8=False, allow_quoted_local=True)
        except EmailNotValidError:
            wrong = _why(text)
        else:
            address = checked.ascii_email or ""
            wrong = _unsendable(address)
            if not wrong:
                return address
    raise Incomplete([Problem(field, wrong)])


def address_key(address: str) -> str:
    """The form in which two addresses are the same one. Servers that tell A@ from a@ exist on paper only."""
    try:
        return read_address(address).casefold()
    except Incomplete:
        return unicodedata.normalize("NFKC", clean(address)).casefold()


def _bare(typed: str) -> str:
    """What was typed less what stands around an address."""
    text = clean(typed)
    if len(text) > 4 * LONGEST:
        return text[: 4 * LONGEST]
    text = unicodedata.normalize("NFKC", text).strip()
    if "\n" in text:
        return text
    text = text.rstrip(",;、 ")
    if named := _NAMED.fullmatch(text):
        text = named[1].strip()
    if link := _LINK.fullmatch(text):
        text = link[1].strip()
    return text.rstrip(".。") if text.endswith((".", "。")) and not text.endswith(("..", "。。")) else text


def _plainly_wrong(text: str) -> str:
    """The sentence for what no address can be; empty when it may be one."""
    local, _, domain = text.rpartition("@")
    loose = domain if local.startswith('"') else text
    if not text.strip(",;、 "):
        return EMPTY
    if "\n" in text:
        return LINES
    if _PARTING.search(loose) or len(re.findall(r"@\S*\s+\S+@", loose)):
        return SEVERAL
    if len(text) > LONGEST or len(local) > LONGEST_LOCAL:
        return TOO_LONG
    if "@" not in text:
        return NO_AT
    return SPACED if re.search(r"\s", loose) else ""


def _why(text: str) -> str:
    """The sentence for what the reading of addresses refused."""
    local, _, domain = text.rpartition("@")
    if _is_dotted(local):
        return OLD_CARRIER
    if not local.isascii():
        return FOREIGN
    try:
        validate_email(f"tanaka@{domain}", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return DOMAIN
    return QUOTED if '"' in local else WRONG


def _unsendable(address: str) -> str:
    local, _, _ = address.rpartition("@")
    if local.startswith('"'):
        return OLD_CARRIER if _is_dotted(local.strip('"')) else QUOTED
    return TOO_LONG if len(address) > LONGEST or not address else ""


def _is_dotted(local: str) -> bool:
    return ".." in local or local.startswith(".") or local.endswith(".")
