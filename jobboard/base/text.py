"""Japanese text: cleaning what people type, and one folded form in which search compares (decisions.md, What a search finds)."""

import re
import unicodedata

import jaconv

SEARCHED = 10_000
"""Characters of a posting that search reads; a PostgreSQL tsvector loses positions past 16,383."""

_CONTROL = re.compile(
    r"(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]+\U000e007f)"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
    r"|(?<![\u2600-\u27bf\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2600-\u27bf\U0001f000-\U0001faff])"
)
"""Control characters, marks that turn the direction of the text around them (UAX 9), what is invisible, what is no character.
A joiner stays within an emoji of several, and tags (the group) within a flag (UTS 51)."""

_BREAKS = re.compile(r"\r\n|[\r\x0b\u2028\u2029]")
"""Ways to end a line; Word writes a vertical tab within a paragraph."""

_VARIATION = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_OLD = str.maketrans(
    "竈竃鰺蘆檜臺𠮷髙﨑嵜濵濱邊邉齋齊德曻栁淸瀨增寬塚ヶ檮澤廣國嶋櫻龍瀧惠眞條圓縣藪",
    "釜釜鯵芦桧台吉高崎崎浜浜辺辺斎斉徳昇柳清瀬増寛塚ケ梼沢広国島桜竜滝恵真条円県薮",
)
_DASHES = re.compile(r"[‐‑‒–—―−﹣－ｰ]")
_LONG_MARK = re.compile(r"(?<=[ァ-ヺ])[-ー]+")
_FINAL_LONG = re.compile(r"([ァ-ヺー]{3,})ー(?![ァ-ヺー])")
_UNIT = re.compile(r"[a-z0-9](?:[a-z0-9+#]|[/&.'_-](?=[a-z0-9]))*|[^\W_a-z0-9]+")
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w|(?<!\d)0\d{1,4}[-(‐−ー ]?\d{1,4}[-)‐−ー ]?\d{4}(?!\d)")


def has_contact(text: str) -> bool:
    """Whether it holds what looks like an address of mail or a telephone number."""
    return _CONTACT.search(unicodedata.normalize("NFKC", text)) is not None


def clean(typed: str) -> str:
    """What was typed without control and invisible characters, line ends as ``\\n``, outer space removed."""
    return visible(typed).strip()


def visible(text: str) -> str:
    """The text without control and invisible characters, line ends as ``\\n``."""
    return _CONTROL.sub(r"\1", one_break(text))


def one_break(text: str) -> str:
    """The text with each end of a line as ``\n``."""
    return _BREAKS.sub("\n", text)


def fold(text: str) -> str:
    """The form in which two texts are compared.

    NFKC, lower case, hiragana as katakana, old characters as new ones, one kind of long mark, no long mark at the end of
    a katakana word of three or more (JIS Z 8301: ユーザ = ユーザー). A Latin token stands between ``\\x01`` and ``\\x02``, so that
    containment in the folded form is "the whole token" for Latin letters and digits and "contained" for kana and Chinese
    characters; each run of anything else is one space.
    """
    plain = unicodedata.normalize("NFKC", _VARIATION.sub("", text)).lower()
    kana = jaconv.hira2kata(_DASHES.sub("-", plain)).translate(_OLD)
    words = _FINAL_LONG.sub(r"\1", _LONG_MARK.sub("ー", kana))
    folded: list[str] = []
    end = 0
    for unit in _UNIT.finditer(words):
        if folded and unit.start() > end:
            folded.append(" ")
        word = unit.group()
        folded.append(f"\x01{word}\x02" if word[0].isascii() else word)
        end = unit.end()
    return "".join(folded)


def units(folded: str) -> list[str]:
    """The folded text as units: one kana or Chinese character, one Latin token, or one space."""
    return re.findall(r"\x01[^\x02]*\x02|.", folded)
