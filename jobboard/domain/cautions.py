"""What is unusual in a posting but allowed: some of it is told, some keeps a submission back until a reason is written."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from jobboard.base.clock import japan_date
from jobboard.base.content import Content
from jobboard.base.errors import Problem
from jobboard.base.fields import BY_NAME
from jobboard.base.vocabulary import COMPANY, Audience, Engagement, SideJob
from jobboard.base.wording import japanese_date
from jobboard.domain.completeness import applies
from jobboard.domain.workdays import is_workday, workdays_since
from jobboard.models import Municipality

FEWEST_WORKDAYS = 10
"""A call that ends sooner, in 開庁日 after today, reaches few; a warning."""
_LIMITABLE = {"title": "limiting_words"} | {
    name: f"limiting_words-{name}" for name in ("requirements_must", "requirements_nice", "documents_required")
}
"""The warning about limiting words, by the field that has them: a reason for one says nothing of another."""
TO_OVERRULE = frozenset({*_LIMITABLE.values(), "unusual_pay", "foreign_host", "closed_day", "short_notice"})
"""The warnings that keep a submission back until somebody wrote a reason; the others only tell."""
_FULL_TIME_FORMS = (Engagement.FISCAL_YEAR_FULL_TIME, Engagement.FIXED_TERM, Engagement.PERMANENT)
_LIMITING_WORDS = (
    "歳未満", "歳以下", "歳まで", "若手", "若い", "青年", "10代", "20代", "30代", "男性",
    "女性", "主婦", "看護婦", "ウーマン", "マン募集", "営業マン", "ウェイトレス", "スチュワーデス",
)  # fmt: skip
_PLACEHOLDER = re.compile(r"○○|○人")
"""What an example (domain/examples) leaves to be written."""
USUAL_PAY = {"hour": (1_000, 20_000), "day": (5_000, 100_000), "month": (20_000, 1_500_000), "year": (200_000, 20_000_000)}
"""Yen per unit outside which a figure is probably a slip of the key; a warning, never an error."""


def warnings(content: Content, municipality: Municipality, *, now: datetime | None = None) -> list[Problem]:
    """What is unusual but allowed, for the editor and the moderator to look at, each with its ``key``.

    Without ``now`` nobody is told that the deadline is near.
    """
    found = [*_limiting_words(content), *_left_placeholders(content), *_unusual_pay(content)]
    if content.get("side_job") is SideJob.YES and content.engagement in _FULL_TIME_FORMS:
        found.append(Problem("side_job", "任命権者の許可が必要です。", "地方公務員法38条", key="side_job"))
    if content.engagement in COMPANY and content.get("audience") is Audience.PERSON:
        found.append(Problem("audience", "企業と結ぶ契約・協定ですが、対象が「個人」です。確かめてください。", key="audience"))
    found += _foreign_hosts(content, urlsplit(municipality.url).hostname)
    found += [
        Problem(name, "いまの任用・契約形態では載せられない項目なので、公開しません。", key="left_out")
        for name in content
        if not applies(BY_NAME[name], content)
    ]
    if {"open_ended", "until_filled"}.intersection(content.codes("apply_by_kind")) and "apply_by" not in content:
        found.append(Problem("review_on", "見直しの日から14日で、掲載が自動で終わります。", key="ends_by_itself"))
    return found + _unusual_deadline(content, now)


def _foreign_hosts(content: Content, own: str | None) -> Iterator[Problem]:
    """An application form often lies with a service of its own, so that is told and needs no reason."""
    for name, key in (("official_url", "foreign_host"), ("apply_target", "apply_host")):
        host = _host(content.text(name))
        if host and own and host != own and not host.endswith("." + own.removeprefix("www.")):
            yield Problem(name, f"市区町村のサイト({own})とは別のサイトのURLです。正しいか確かめてください。", key=key)


def _host(words: str) -> str | None:
    try:
        return urlsplit(words).hostname
    except ValueError:
        return None


def _limiting_words(content: Content) -> list[Problem]:
    """In what says who may apply; elsewhere such words tell of the work (若手職員の育成)."""
    law, found = "労働施策総合推進法9条、男女雇用機会均等法5条", []
    for name, key in _LIMITABLE.items():
        limiting = [word for word in _LIMITING_WORDS if word in content.text(name)]
        if limiting:
            words = f"「{BY_NAME[name].label}」に、年齢や性別を限る言葉({''.join(f'「{word}」' for word in limiting)})がないか確かめてください。"
            found.append(Problem(name, words, law, key=key))
    return found


def _left_placeholders(content: Content) -> list[Problem]:
    return [
        Problem(
            name, f"「{BY_NAME[name].label}」に、例の「○○」が残っています。実際の名称や数に書き換えてください。",
            key=f"placeholder-{name}",
        )
        for name, value in content.items()
        if isinstance(value, str) and _PLACEHOLDER.search(value)
    ]  # fmt: skip


def _unusual_pay(content: Content) -> list[Problem]:
    usual = USUAL_PAY.get("".join(content.codes("pay_unit")))
    amounts = [amount for name in ("pay_low", "pay_high") if (amount := content.number(name)) is not None]
    if not usual or all(usual[0] <= amount <= usual[1] for amount in amounts):
        return []
    words = f"ふつうの額({usual[0]:,}円から{usual[1]:,}円)から外れています。桁を確かめてください。"
    return [Problem("pay_low", words, key="unusual_pay")]


def _unusual_deadline(content: Content, now: datetime | None) -> list[Problem]:
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
