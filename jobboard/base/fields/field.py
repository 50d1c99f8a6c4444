"""What one field of a posting is: declared once, read by form, required set, difference, page, mail, CSV and docs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jobboard.base.choice import Choice
from jobboard.base.vocabulary import Engagement, Explicit

Choices = type[Choice]
"""Named here: inside Field the word ``type`` is one of its own attributes, and a checker reads it so."""


class FieldType(Choice):
    """How a field is typed, checked, stored and shown."""

    TEXT = "text", "一行の文字"
    LONG_TEXT = "long_text", "文章"
    CHOICE = "choice", "選択(1つ)"
    CHOICES = "choices", "選択(複数)"
    DATE = "date", "日付"
    INSTANT = "instant", "日時"
    INTEGER = "integer", "整数"
    DECIMAL = "decimal", "数"
    YEN = "yen", "金額(円)"
    HEADCOUNT = "headcount", "人数"
    URL = "url", "URL"
    EMAIL = "email", "メールアドレス"
    PHONE = "phone", "電話番号"
    PREFECTURE = "prefecture", "都道府県"
    MUNICIPALITIES = "municipalities", "市区町村"


class Section(Choice):
    """The steps in which a posting is written (look.md, Desk)."""

    ROLE = "role", "役割と任用・契約形態"
    DUTIES = "duties", "仕事の内容"
    REQUIREMENTS = "requirements", "求める経験"
    CONDITIONS = "conditions", "勤務条件"
    PAY = "pay", "報酬"
    APPLICATION = "application", "応募と選考"
    CONTACT = "contact", "問い合わせ先"
    DATES = "dates", "日程(公開・締切)"


class Need(Choice):
    """When a field must be answered before 掲載を依頼する (posting-fields.md; D, E, I, C)."""

    NEVER = "never", "任意"
    ALWAYS = "always", "必須"
    EMPLOYED = "employed", "任用・雇用のとき必須"
    EMPLOYED_WITH_END = "employed_with_end", "任期のある任用・雇用のとき必須"
    INDIVIDUAL = "individual", "個人への委託・委嘱のとき必須"
    EMPLOYED_OR_INDIVIDUAL = "employed_or_individual", "任用・雇用と個人への委託・委嘱のとき必須"
    PROPOSAL = "proposal", "業務委託(法人)のとき必須"
    CEILING = "ceiling", "提案上限額を金額で示すとき必須"
    AGREEMENT = "agreement", "連携協定のとき必須"
    PRICED = "priced", "金額で示すとき必須"


class Effect(Choice):
    """When a change after publication takes effect (architecture.md, status table)."""

    AT_ONCE = "at_once", "すぐに反映(事後確認)"
    REVIEW = "review", "掲載確認のあとに反映"


ChoiceList = type[Choice]

BOARD_RULE = "このサイトの掲載基準"
"""The source of what no article asks for, but applicants do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. ``law`` names the article that asks for it; ``needed_with`` makes it required by another field's choice.

    ``explicit`` lists the answers that may stand instead of a value; ``labels`` gives other labels by engagement; ``unit`` is
    that of a bare number. A day without an hour is its beginning where something ``opens``, else its end. ``why`` tells editors
    what the answer is good for, ``case`` which of several answers fits where.
    """

    name: str
    label: str
    type: FieldType
    section: Section
    need: Need = Need.NEVER
    needed_with: tuple[str, frozenset[str]] | None = None
    law: str = ""
    choices: ChoiceList | None = None
    explicit: tuple[Explicit, ...] = ()
    help: str = ""
    why: str = ""
    example: str = ""
    case: str = ""
    labels: Mapping[Engagement, str] = field(default_factory=dict)
    unit: str = ""
    max_length: int = 4_000
    min_length: int = 0
    effect: Effect = Effect.REVIEW
    opens: bool = False
    material: bool = False
    public: bool = True

    @property
    def source(self) -> str:
        """What asks for the field: the law, else the board itself."""
        return self.law or BOARD_RULE

    def label_for(self, engagement: Engagement | None) -> str:
        """The label under a form of engagement (再度の任用, 任期の更新, 再任, 契約更新 …)."""
        return self.labels.get(engagement, self.label) if engagement else self.label
