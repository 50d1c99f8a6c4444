"""Amounts and numbers as officials type and paste them: 25,000円, ¥25,000, 2万5千円, 1億2,000万円, 7時間45分 …"""

import re
from decimal import Decimal
from itertools import pairwise

from jobboard.base.unreadable import Unreadable

_FIGURE = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_AMOUNT = re.compile(rf"¥?(?:({_FIGURE})億)?(?:({_FIGURE})万)?(?:({_FIGURE})千)?({_FIGURE})?円?[-ー―]?(?:也)?", re.ASCII)
_CUT_SHORT = re.compile(r"[億万千]\d$", re.ASCII)
"""Said as it is spoken, for 2万5千; written so it would be 20,005."""

_IN_WORDS = (10**8, 10**4, 10**3, 1)
_LARGEST = 10**12 - 1
_LONGEST = 60
_UNIT = re.compile(r"(時給|日額|月額|年額|1件|1回|時間額)")
_RANGE = re.compile(r"\d.*(?:から|[~〜~-]).*\d")
_HOURS = re.compile(r"(\d{1,2})時間(?:(\d{1,2})分)?", re.ASCII)


def read_yen(words: str) -> int:
    """Whole yen, up to twelve digits; raises ``Unreadable``."""
    plain = "".join(words.split())
    found = _AMOUNT.fullmatch(plain)
    figures = zip(found.groups(), _IN_WORDS, strict=True) if found else ()
    given = [(Decimal(figure.replace(",", "")), worth) for figure, worth in figures if figure]
    amount = sum((figure * worth for figure, worth in given), Decimal(0))
    if _CUT_SHORT.search(plain):
        raise Unreadable("「2万5」のような書き方は、2万5千円か2万5円かが分かりません。円までの額を書いてください(例: 25,000円、2万5千円)。")
    if not given or amount != amount.to_integral() or amount > _LARGEST or not _descends(given):
        raise Unreadable(_refusal(plain[:_LONGEST]))
    return int(amount)


def _descends(given: list[tuple[Decimal, int]]) -> bool:
    """Each part is smaller than the unit before it: 2万5千 is an amount, 2万50000 a slip of the key."""
    return all(figure * worth < before for (_, before), (figure, worth) in pairwise(given))


def _refusal(plain: str) -> str:
    unit = _UNIT.match(plain)
    if unit:
        return f"額だけを書いてください(例: 25,000円)。「{unit[0]}」は、単位の項目で選びます。"
    if _RANGE.search(plain):
        return "下限と上限を、別々の欄に1つずつ書いてください(例: 25,000円)。"
    return "数字だけで書いてください(例: 25,000円、2万5千円)。"


def read_decimal(words: str) -> Decimal:
    """Days or hours: a number up to 366 with two decimals at most, or hours and minutes; raises ``Unreadable``."""
    plain = "".join(words.split())
    found = _HOURS.fullmatch(plain)
    digits = re.sub(r"(日|日間|時間)$", "", plain)
    if found:
        number = Decimal(found[1]) + Decimal(found[2] or 0) / 60
    elif re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", digits):
        number = Decimal(digits)
    else:
        number = Decimal(0)
    if not 0 < number <= 366 or number != round(number, 2) or int((found and found[2]) or 0) > 59:
        raise Unreadable("数だけを書いてください(例: 4、7.75、7時間45分)。")
    return number.normalize() if number != number.to_integral() else number.quantize(Decimal(1))
