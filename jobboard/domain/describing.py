"""A criteria in words, from its pairs of parameter and value."""

from collections.abc import Mapping, Sequence
from datetime import date

from jobboard.base.choice import Choice
from jobboard.base.codes import PREFECTURES
from jobboard.base.vocabulary import Audience, Engagement, PayUnit, Remote, Role, SideJob, Theme
from jobboard.base.wording import japanese_date, yen
from jobboard.domain.documents import spoken

LABELS = {
    "q": "キーワード",
    "pref": "都道府県",
    "municipality": "市区町村",
    "role": "役割",
    "engagement": "任用・契約形態",
    "theme": "テーマ",
    "audience": "募集の対象",
    "remote": "リモート勤務",
    "side_job": "副業・兼業",
    "pay_unit": "報酬の単位",
    "pay_min": "報酬の額",
    "closing_before": "締切",
    "status": "募集の状態",
    "posting": "募集",
}

REGIONS = {
    "北海道": ("01",),
    "東北": ("02", "03", "04", "05", "06", "07"),
    "関東": ("08", "09", "10", "11", "12", "13", "14"),
    "中部": ("15", "16", "17", "18", "19", "20", "21", "22", "23"),
    "近畿": ("24", "25", "26", "27", "28", "29", "30"),
    "中国": ("31", "32", "33", "34", "35"),
    "四国": ("36", "37", "38", "39"),
    "九州・沖縄": ("40", "41", "42", "43", "44", "45", "46", "47"),
}
"""The eight regions of school books; a name for a choice of prefectures, no condition of its own."""

EVERYTHING = "すべての募集"

_STATUS = {"closed": "受付終了", "all": "受付終了を含む"}
_CHOICES: dict[str, type[Choice]] = {"engagement": Engagement, "theme": Theme, "remote": Remote, "side_job": SideJob}
_ORDER = (
    "posting", "pref", "municipality", "role", "engagement", "theme", "audience", "remote", "side_job", "pay_unit", "pay_min",
    "closing_before", "q", "status",
)  # fmt: skip


def posting_key(posting_id: int | str) -> str:
    """The key of a posting's name in ``names``, apart from municipalities' codes, which are six digits too."""
    return f"posting={posting_id}"


def describe(pairs: Sequence[tuple[str, str]], names: Mapping[str, str]) -> str:
    """「東北 × CIO補佐官等 × 日額25,000円以上」; 「すべての募集」 without any condition.

    ``names``: a municipality's by its code, a posting's by ``posting_key``; one that is missing is told by its number.
    """
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    parts = []
    for name in _ORDER:
        values = given.get(name, [])
        if name == "pay_unit" and "pay_min" in given:
            continue
        if name == "pay_min" and values:
            units = "・".join(PayUnit(unit).label for unit in given["pay_unit"])
            parts.append(f"{units}{yen(int(values[0]))}以上")
        elif values:
            words = regions(values) if name == "pref" else [value_text(name, value, names) for value in values]
            parts.append("・".join(words))
    return " × ".join(parts) or EVERYTHING


def regions(codes: Sequence[str]) -> list[str]:
    """Names for prefectures: 全国 for all, a region's name for the whole of it, else each by itself."""
    left = set(codes)
    if left == set(PREFECTURES):
        return ["全国"]
    words = []
    for region, members in REGIONS.items():
        if left.issuperset(members):
            words.append(region)
        else:
            words += [PREFECTURES[code] for code in members if code in left]
    return words


def value_text(name: str, value: str, names: Mapping[str, str]) -> str:
    """One value of a parameter in words that stand without the parameter's label."""
    plain = {
        "q": lambda: f"「{value}」",
        "pref": lambda: PREFECTURES[value],
        "posting": lambda: names.get(posting_key(value), f"募集 第{value}号"),
        "municipality": lambda: names.get(value, f"市区町村{value}"),
        "role": lambda: Role(value).label.partition("(")[0],
        "audience": lambda: f"{Audience(value).label}向け",
        "pay_unit": lambda: PayUnit(value).label,
        "pay_min": lambda: f"{yen(int(value))}以上",
        "closing_before": lambda: f"{japanese_date(date.fromisoformat(value))}までの締切",
        "status": lambda: _STATUS[value],
    }
    if name in plain:
        return plain[name]()
    member = _CHOICES[name](value)
    return _no(name) if str(member) == "no" else spoken(name, member)


def _no(name: str) -> str:
    return f"{LABELS[name]}不可"
