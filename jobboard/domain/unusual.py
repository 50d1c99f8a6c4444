"""What is unusual in a posting's words and figures, though no law forbids it; ``completeness.warnings`` tells of it."""

import re
from datetime import datetime, timedelta

from jobboard.base.clock import japan_date
from jobboard.base.content import Content
from jobboard.base.errors import Problem
from jobboard.base.fields import BY_NAME
from jobboard.base.wording import japanese_date
from jobboard.domain.workdays import is_workday, workdays_since

_LIMITING_WORDS = ("歳未満", "歳以下", "歳まで", "若手", "男性", "女性", "主婦", "看護婦", "ウーマン", "マン募集")
_PLACEHOLDER = re.compile(r"○○|○人")
"""What an example (domain/examples) leaves to be written."""
USUAL_PAY = {"hour": (1_000, 20_000), "day": (5_000, 100_000), "month": (20_000, 1_500_000), "year": (200_000, 20_000_000)}
"""Yen per unit outside which a figure is probably a slip of the key; a warning, never an error."""
FEWEST_WORKDAYS = 10
"""A call that ends sooner, in 開庁日 after today, reaches few; a warning."""


def limiting_words(content: Content) -> list[Problem]:
    limiting = [word for word in _LIMITING_WORDS if word in content.text("title")]
    words = f"年齢や性別を限る言葉(「{''.join(limiting[:1])}」)がないか確かめてください。"
    law = "労働施策総合推進法9条、男女雇用機会均等法5条"
    return [Problem("title", words, law, key="limiting_words")] if limiting else []


def left_placeholders(content: Content) -> list[Problem]:
    return [
        Problem(
            name, f"「{BY_NAME[name].label}」に、例の「○○」が残っています。実際の名称や数に書き換えてください。",
            key=f"placeholder-{name}",
        )
        for name, value in content.items()
        if isinstance(value, str) and _PLACEHOLDER.search(value)
    ]  # fmt: skip


def unusual_pay(content: Content) -> list[Problem]:
    usual = USUAL_PAY.get("".join(content.codes("pay_unit")))
    amounts = [amount for name in ("pay_low", "pay_high") if (amount := content.number(name)) is not None]
    if not usual or all(usual[0] <= amount <= usual[1] for amount in amounts):
        return []
    words = f"ふつうの額({usual[0]:,}円から{usual[1]:,}円)から外れています。桁を確かめてください。"
    return [Problem("pay_low", words, key="unusual_pay")]


def unusual_deadline(content: Content, now: datetime | None) -> list[Problem]:
    """A deadline of 24:00 is on the day that it ends."""
    deadline = content.instant("apply_by")
    if deadline is None:
        return []
    last, found = deadline - timedelta(microseconds=1), []
    if not is_workday(japan_date(last)):
        words = f"応募締切({japanese_date(japan_date(last))})は、役所の閉庁日です。問い合わせや持参を受けられるか確かめてください。"
        found.append(Problem("apply_by", words, "地方自治法4条の2", key="closed_day"))
    if now is not None and now < last and (left := workdays_since(now, last)) < FEWEST_WORKDAYS:
        words = f"応募締切まで、開庁日で{left}日しかありません。{FEWEST_WORKDAYS}日以上あると、多くの人に届きます。"
        found.append(Problem("apply_by", words, key="short_notice"))
    return found
