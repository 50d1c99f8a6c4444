"""What the title of a call says for certain, as answers of a draft, each with the words that say it. What it leaves open is left open."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta

from jobboard.base.dates import BEFORE_FIRST_YEAR, read_instant
from jobboard.base.unreadable import Unreadable
from jobboard.base.vocabulary import DeadlineKind, Engagement, Role, Scheme, SideJob, Theme
from jobboard.domain.finding import Phrase, folded, phrase

LONGEST_WAIT = timedelta(days=200)
"""A day without a year is the next such day; a deadline further off than this is none."""


@dataclass(frozen=True)
class Fact:
    """The answer to a field as a draft keeps it, and the words of the title that say it."""

    field: str
    values: tuple[str, ...]
    words: str


_SAID = (
    ("role", Role.CIO_ADVISER, "CIO補佐、CDO補佐、CISO補佐、最高情報責任者補佐、最高デジタル責任者補佐、情報化統括責任者補佐"),
    ("role", Role.CIO, "CIO、CDO、最高情報責任者、最高デジタル責任者、情報化統括責任者"),
    ("role", Role.ADVISER, "アドバイザー"),
    ("role", Role.PROJECT_MANAGER, "プロジェクトマネージャー、プロジェクトマネジャー"),
    ("role", Role.SERVICE_DESIGNER, "サービスデザイナー"),
    ("role", Role.ENGINEER, "エンジニア、プログラマー"),
    ("role", Role.DATA_SCIENTIST, "データサイエンティスト"),
    ("role", Role.TRAINING, "研修講師、研修の講師"),
    ("engagement", Engagement.FISCAL_YEAR_FULL_TIME, "フルタイム会計年度任用職員、会計年度任用職員(フルタイム"),
    ("engagement", Engagement.FISCAL_YEAR_PART_TIME, "パートタイム会計年度任用職員、会計年度任用職員(パート"),
    ("engagement", Engagement.SPECIAL_PART_TIME, "特別職非常勤、非常勤特別職"),
    ("engagement", Engagement.FIXED_TERM_SHORT, "任期付短時間"),
    ("engagement", Engagement.FIXED_TERM, "任期付職員、特定任期付、一般任期付"),
    ("engagement", Engagement.PERMANENT, "正規職員、正職員"),
    ("engagement", Engagement.COMMISSION, "委嘱、謝金、報償費"),
    ("engagement", Engagement.DISPATCH, "労働者派遣"),
    ("engagement", Engagement.CONTRACT_PERSON, "業務委託(個人"),
    ("engagement", Engagement.CONTRACT_COMPANY, "業務委託(法人"),
    ("engagement_note", "会計年度任用職員", "会計年度任用職員"),
    ("engagement_note", "業務委託", "業務委託、プロポーザル、業務受託者"),
    ("scheme", Scheme.COOPERATION_CORPS, "地域おこし協力隊"),
    ("scheme", Scheme.PROJECT_MANAGER, "地域プロジェクトマネージャー、地域プロジェクトマネジャー"),
    ("scheme", Scheme.REVITALISER_SIDE_JOB, "地域活性化起業人(副業型"),
    ("scheme", Scheme.REVITALISER_COMPANY, "地域活性化起業人(企業派遣型"),
    ("scheme", Scheme.REVITALISER_SENIOR, "地域活性化起業人(シニア"),
    ("side_job", SideJob.ONLY, "副業限定、副業人材限定"),
    ("side_job", SideJob.YES, "副業人材、兼業人材、複業人材、副業可、兼業可"),
    ("themes", Theme.STANDARDISATION, "システム標準化、標準化対応、標準準拠、標準化・共通化"),
    ("themes", Theme.MY_NUMBER_CARD, "マイナンバー"),
    ("themes", Theme.ONLINE_PROCEDURES, "手続オンライン化、手続のオンライン化、手続きのオンライン化、電子申請"),
    ("themes", Theme.AI_RPA, "AI、RPA"),
    ("themes", Theme.SECURITY, "情報セキュリティ、サイバーセキュリティ"),
    ("themes", Theme.BPR, "BPR、業務改革"),
    ("themes", Theme.DATA_USE, "データ利活用、データ活用、オープンデータ、EBPM"),
    ("themes", Theme.DIGITAL_DIVIDE, "デジタルデバイド"),
    ("themes", Theme.TRAINING, "人材育成、職員研修"),
    ("themes", Theme.PUBLIC_RELATIONS, "ホームページ、ウェブサイト、Webサイト、広報、SNS"),
)
"""(field, answer, words that say it); of a field with one answer, two different ones say nothing."""

_STRONGER = {Role.CIO: Role.CIO_ADVISER, Role.PROJECT_MANAGER: Scheme.PROJECT_MANAGER, SideJob.YES: SideJob.ONLY}
"""What does not count where the other stands: its words are a part of the other's."""

_NOT_HIMSELF = ("補佐", "補助", "支援", "副CIO", "副CDO")
"""Who stands by a CIO or CDO is none: where such words stand, the title says of neither that one is sought."""

_BEFORE_ADVISER = re.compile(r"[)\]】」』〕〉》\s]*の?\s*(?=補佐)")
"""最高デジタル責任者(CDO)補佐官 and CIOの補佐官 are the adviser."""

_SEVERAL = ("themes",)
_PHRASES: tuple[tuple[str, str, tuple[Phrase, ...]], ...] = tuple(
    (field, answer, tuple(map(phrase, words.split("、")))) for field, answer, words in _SAID
)
_CLOSES = r"(?:応募|申込|受付|募集)?(?:期限|締め?切り?|〆切り?)"
_DATE = (
    r"(?:(?P<era>令和|R\.?)?(?P<year>元|\d{1,4})[年/.])?(?P<month>\d{1,2})[月/.](?P<day>\d{1,2})(?!\d)日?"
    r"(?:\([月火水木金土日](?:曜日?)?\))?(?P<clock>(?:午前|午後)?\d{1,2}(?::\d{2}|時(?:\d{1,2}分|半)?)|正午)?"
)
_DEADLINES = (
    re.compile(rf"{_CLOSES}(?:日|は|を)?[:\s]*{_DATE}(?P<kind>必着|消印有効)?"),
    re.compile(rf"(?<![\d年/.]){_DATE}(?:まで)?に?(?P<kind>必着|消印有効|{_CLOSES})"),
    re.compile(rf"(?:応募|申込|募集期間|受付期間|受付)は?[^まで]{{0,20}}(?<![\d年/.]){_DATE}(?P<kind>まで)"),
)
_KINDS = {"必着": DeadlineKind.ARRIVAL, "消印有効": DeadlineKind.POSTMARK}
_HEADCOUNT = re.compile(
    r"(?<![\d第約.])(?<!\d[~〜\-−–—・,、/])(?<!から|又は|最大|上限|定員)(?<!または|ないし|およそ)"
    r"([1-9]\d?)(?:名|人)(?![\d程以未前目当組体]|くらい|ほど|ずつ|あたり|につき|から)"
)
_EACH = re.compile(r"各(?!種)|それぞれ|ごと|毎|につき|ずつ")
"""What is counted then is one part of it (各2人)."""



def facts(title: str, on: date) -> list[Fact]:
    """What the title says, in the order of the form. ``on``: the day of the item, from which a day without a year is counted."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", title))
    found = _said(folded(_BEFORE_ADVISER.sub("", unicodedata.normalize("NFKC", title))), plain)
    heads = list(_HEADCOUNT.finditer(plain))
    if len(heads) == 1 and not _EACH.search(plain):
        found.append(Fact("headcount", (heads[0][1],), heads[0][0]))
    return found + _deadline(plain, on)


def typed(found: list[Fact]) -> dict[str, list[str]]:
    """The facts as a draft keeps them."""
    return {fact.field: list(fact.values) for fact in found}


def _said(text: str, plain: str) -> list[Fact]:
    hits: dict[str, dict[str, str]] = {}
    for field, answer, phrases in _PHRASES:
        words = next((one.words for one in phrases if one.stands_in(text)), "")
        if words:
            hits.setdefault(field, {})[answer] = words
    answers = {answer for told in hits.values() for answer in told}
    for told in hits.values():
        for weaker, stronger in _STRONGER.items():
            if stronger in answers:
                told.pop(weaker, None)
    if any(words in plain for words in _NOT_HIMSELF):
        hits.get("role", {}).pop(Role.CIO, None)
    if "engagement" in hits:
        hits.pop("engagement_note", None)
    certain = {field: told for field, told in hits.items() if len(told) == 1 or (told and field in _SEVERAL)}
    return [Fact(field, tuple(map(str, told)), "、".join(told.values())) for field, told in certain.items()]


def _deadline(plain: str, on: date) -> list[Fact]:
    """締切 or 必着 or 消印有効 and its day, if the title has one such day alone."""
    told = {}
    for found in (one for form in _DEADLINES for one in form.finditer(plain)):
        day = _day(found, on)
        if day is not None:
            told[day, found["clock"] or "", _KINDS.get(found["kind"] or "", DeadlineKind.CLOSING)] = found[0]
    if len({day for day, _, _ in told}) != 1:
        return []
    (day, clock, kind), words = max(told.items(), key=lambda one: (one[0][1] != "", one[0][2] in _KINDS.values()))
    try:
        read_instant(f"{day} {clock}".strip())
    except Unreadable:
        return []
    return [Fact("apply_by_kind", (str(kind),), words), Fact("apply_by", (f"{day} {clock}".strip(),), words)]


def _day(found: re.Match[str], on: date) -> date | None:
    """The day that is named, not before ``on``; None where there is no such day or it is far off."""
    year, month, number = found["year"], int(found["month"]), int(found["day"])
    if year is None:
        years = [on.year, on.year + 1]
    elif found["era"] or year == "元" or len(year) < 4:
        years = [BEFORE_FIRST_YEAR["R"] + (1 if year == "元" else int(year))]
    else:
        years = [int(year)]
    for one in years:
        try:
            day = date(one, month, number)
        except ValueError:
            continue
        if on <= day <= on + LONGEST_WAIT:
            return day
    return None
