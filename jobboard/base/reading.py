"""From what was typed to a typed content. What cannot be read stays in the draft and becomes a ``Problem``."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

from jobboard.base.amounts import read_decimal, read_yen
from jobboard.base.clock import start_of
from jobboard.base.codes import PREFECTURES, code_holds
from jobboard.base.content import SEVERAL, Content, Value
from jobboard.base.dates import read_date, read_instant
from jobboard.base.errors import Problem
from jobboard.base.fields import FIELDS, Field, FieldType
from jobboard.base.text import clean
from jobboard.base.unreadable import Unreadable
from jobboard.base.vocabulary import Explicit

Typed = Mapping[str, list[str]]
"""A draft: form key to the strings as typed. An explicit answer to a field stands under ``<name>.explicit``."""

_OTHER_SCHEME = re.compile(r"(?!https?://)(?:[a-z][a-z0-9+.\-]*://|(?:javascript|data|vbscript|file|blob|about):)", re.IGNORECASE)
"""An address that a reader should not be led to (RFC 3986 section 3.1)."""
_DASHES = re.compile(r"[‐‑‒–—―−ー﹣ｰ]")



def read(typed: Typed) -> tuple[Content, list[Problem]]:
    """The content of a draft and what could not be read, in the order of the field table.

    Empty fields are absent from the content and are no problem here: whether they are required is asked at submission.
    """
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    for field in FIELDS:
        try:
            value = read_field(field, typed)
        except Unreadable as unreadable:
            problems.append(Problem(field.name, str(unreadable)))
            continue
        if value is not None:
            values[field.name] = value
    return Content(values), problems


def read_field(field: Field, typed: Typed) -> Value | None:
    """One field's value, None when empty; raises ``Unreadable``."""
    explicit = clean("".join(typed.get(f"{field.name}.explicit", [])[:1]))
    if explicit:
        if explicit not in [str(answer) for answer in field.explicit]:
            raise Unreadable("選べない答えです。値を書くか、表示された答えから選んでください。")
        if any(clean(one) for one in typed.get(field.name, [])):
            raise Unreadable(f"値と「{Explicit(explicit).label}」の両方があります。どちらか一方にしてください。")
        return Explicit(explicit)
    words = [word for word in (clean(one) for one in typed.get(field.name, [])) if word]
    if not words:
        return None
    if field.type is FieldType.CHOICES:
        return _choices(field, words)
    if field.type is FieldType.CHOICE:
        return _choice(field, words[0])
    return _scalar(field, unicodedata.normalize("NFKC", words[0])) if field.type in _SCALARS else _text(field, words[0])


def _choice(field: Field, code: str) -> Value:
    if field.explicit and code in [str(answer) for answer in field.explicit]:
        return Explicit(code)
    if field.choices is None or code not in [str(member) for member in field.choices]:
        example = f"(例: {next(iter(field.choices)).label})" if field.choices else ""
        raise Unreadable(f"選択肢の中から選んでください{example}。")
    return field.choices(code)


def _choices(field: Field, codes: list[str]) -> Value:
    return tuple(dict.fromkeys(_choice(field, code) for code in codes))


def _scalar(field: Field, words: str) -> Value:
    return read_instant(words, alone=start_of) if field.opens else _SCALARS[field.type](words)


def _text(field: Field, words: str) -> str:
    if len(words) > field.max_length:
        raise Unreadable(f"{field.max_length:,}字以内で書いてください(今は{len(words):,}字)。")
    if field.name == "apply_target" and _OTHER_SCHEME.match(unicodedata.normalize("NFKC", words)):
        raise Unreadable("https:// で始まるURL、メールアドレス、又は応募先の名称を書いてください(例: 総務部人事課)。")
    if field.type is FieldType.TEXT:
        return " ".join(words.split())
    return words


def _headcount(words: str) -> int | str:
    if words in ("若干名", "若干人", "若干", SEVERAL):
        return SEVERAL
    digits = words.removesuffix("名").removesuffix("人")
    if not re.fullmatch(r"[0-9]{1,2}", digits) or int(digits) < 1:
        raise Unreadable("1から99までの数か「若干名」と書いてください(例: 2)。")
    return int(digits)


def _url(words: str) -> str:
    try:
        parts = urlsplit(words)
        whole = parts.scheme == "https" and "." in (parts.hostname or "") and not parts.username
    except ValueError:
        whole = False
    if not whole or re.search(r"\s", words) or len(words) > 500:
        raise Unreadable("https:// で始まるURLを500字以内で書いてください(例: https://www.city.aoba.example.jp/boshu.html)。")
    return words


def _email(words: str) -> str:
    try:
        return validate_email(words, allow_smtputf8=False, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise Unreadable("メールアドレスを name@example.jp のように書いてください。") from None


def _phone(words: str) -> str:
    words = _DASHES.sub("-", words)
    if not re.fullmatch(r"[0-9+()\- ]{9,25}( ?(内線|ext\.?) ?[0-9]{1,8})?", words):
        raise Unreadable("電話番号を 022-000-0000 のように書いてください。")
    return words


def _prefecture(words: str) -> str:
    if words in PREFECTURES:
        return words
    for code, name in PREFECTURES.items():
        if name == words:
            return code
    raise Unreadable("都道府県を選んでください(例: 宮城県)。")


def _municipalities(words: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(re.split(r"[\s,、]+", words)))
    wrong = [code for code in codes if not code_holds(code)]
    if wrong or len(codes) > 50:
        raise Unreadable("全国地方公共団体コード(6桁)を空白で区切って書いてください(例: 041009 042021)。")
    return codes


_SCALARS: dict[FieldType, Callable[[str], Value]] = {
    FieldType.DATE: read_date,
    FieldType.INSTANT: read_instant,
    FieldType.INTEGER: read_yen,
    FieldType.YEN: read_yen,
    FieldType.DECIMAL: read_decimal,
    FieldType.HEADCOUNT: _headcount,
    FieldType.URL: _url,
    FieldType.EMAIL: _email,
    FieldType.PHONE: _phone,
    FieldType.PREFECTURE: _prefecture,
    FieldType.MUNICIPALITIES: _municipalities,
}
