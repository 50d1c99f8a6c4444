"""Believable calls of real municipalities, any number, the same for the same seed: for measuring and for the truth of search.

Word frequencies are by design: 副業 in 30 of 100 texts, アクセシビリティ in 3, 量子暗号 in 1 of 1,000. A third are open on ``TODAY``.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from jobboard.reference import municipality_rows

TODAY = date(2026, 4, 1)
_ROLES = {
    "cio_adviser": ("CIO補佐官", "最高情報統括責任者補佐官", "CDO補佐官"),
    "project_manager": ("業務改革プロジェクトマネージャー", "標準化移行の工程管理者"),
    "service_designer": ("UI/UXデザイナー", "窓口改革デザイナー"),
    "engineer": ("クラウドエンジニア", "C#アプリ保守担当", "C++組込み担当"),
    "data_scientist": ("データ活用専門員", "EBPM推進員"),
    "security": ("情報セキュリティ専門員",),
    "adviser": ("DX推進アドバイザー", "デジタルトランスフォーメーション助言者", "地域情報化アドバイザー"),
    "training": ("職員研修の講師",),
}
_ENGAGEMENTS = {
    "special_part_time": "特別職非常勤", "fiscal_year_part_time": "会計年度任用", "fixed_term": "任期付",
    "contract_person": "業務委託", "commission": "委嘱", "contract_company": "法人への業務委託",
}  # fmt: skip
_REMOTE = {"no": "庁舎での勤務", "partly": "一部テレワーク", "mostly": "原則リモート", "fully": "完全在宅"}
_SKILLS = (
    "データ分析", "業務改革", "BPR", "情報セキュリティ", "クラウド", "生成AI", "ノーコード", "オープンデータ", "標準化・共通化", "調達仕様書",
    "サービスデザイン", "広報", "動画編集", "統計", "機械学習", "ネットワーク", "ヘルプデスク", "研修", "窓口改革", "電子申請", "マイナンバーカード",
    "防災", "観光", "子育て支援", "教育", "医療福祉", "農林水産", "移住定住", "ユーザー調査", "ﾕｰｻﾞ支援", "髙齢者のスマホ教室",
)  # fmt: skip
_SENTENCES = (
    "{place}では、{one}と{two}の分野で、外の経験を持つ方の力を求めています。",
    "担当していただくのは、{one}の計画づくり、関係課との調整、職員への助言です。",
    "{one}を生かして、住民の手続を簡単にします。",
    "{one}または{two}の実務を3年以上経験した方を歓迎します。",
    "職員と並んで{two}の課題をほどき、できるところから改めていきます。",
    "{two}の知識を庁内に広め、若い職員を育てることにも加わってください。",
    "報酬は{place}の規則により、経験を踏まえて決めます。",
    "選考は書類と面接で行い、結果は応募した全員に知らせます。",
    "昨年度の「{place}デジタル計画」にそって、{one}の実証を進めています。",
)
_RARE = (("量子暗号", 0.001), ("ドローン測量", 0.01), ("アクセシビリティ", 0.03), ("GIS", 0.04))


@dataclass(frozen=True)
class Call:
    """One call. ``values`` are a content's by name, choices by code; ``open`` says whether it is not closed on ``TODAY``."""

    code: str
    values: dict[str, Any]
    published_on: date
    deadline: date
    open: bool


def calls(count: int, seed: int = 1) -> Iterator[Call]:
    """``count`` calls, in no order of time."""
    dice = random.Random(seed)
    places = [(row["code"], row["name"]) for row in municipality_rows()]
    for _ in range(count):
        code, place = dice.choice(places)
        role, engagement, remote = (dice.choice(list(table)) for table in (_ROLES, _ENGAGEMENTS, _REMOTE))
        deadline = TODAY + timedelta(days=dice.randrange(-240, 120))
        values: dict[str, Any] = {
            "title": f"{place} {dice.choice(_ROLES[role])}({_ENGAGEMENTS[engagement]})の募集",
            "role": role,
            "engagement": engagement,
            "remote": remote,
            "side_job": dice.choice(("yes", "conditional", "no", "only")),
            "themes": tuple(dice.sample(("standardisation", "bpr", "data_use", "telework", "security", "training"), 2)),
            "audience": "company" if engagement == "contract_company" else dice.choice(("person", "person", "both")),
            "background": _text(dice, place, _REMOTE[remote]),
            **_pay(dice),
        }
        yield Call(code, values, TODAY - timedelta(days=dice.randrange(1, 365)), deadline, deadline >= TODAY)


def _pay(dice: random.Random) -> dict[str, Any]:
    unit, low, step = dice.choice((("day", 15_000, 1_000), ("month", 250_000, 10_000), ("hour", 2_000, 100), ("negotiable", 0, 0)))
    if not low:
        return {"pay_unit": unit}
    amount = low + step * dice.randrange(30)
    return {"pay_unit": unit, "pay_low": amount, **({"pay_high": amount + 5 * step} if dice.random() < 0.3 else {})}


def _text(dice: random.Random, place: str, way: str) -> str:
    one, two = dice.sample(_SKILLS, 2)
    parts = [f"働き方は{way}です。"]
    while sum(map(len, parts)) < 470:
        parts.append(dice.choice(_SENTENCES).format(place=place, one=one, two=two))
        one, two = dice.sample(_SKILLS, 2) if dice.random() < 0.2 else (one, two)
    extra = ["本業のある方の副業としても応募できます。"] if dice.random() < 0.3 else []
    extra += [f"{word}の経験も生かせます。" for word, share in _RARE if dice.random() < share]
    for sentence in extra:
        parts.insert(dice.randrange(len(parts)), sentence)
    return "\n".join("".join(parts[start : start + 3]) for start in range(0, len(parts), 3))
