"""5 報酬."""

from jobboard.base.fields.field import Field, FieldType, Need, Section
from jobboard.base.vocabulary import Engagement, Expenses, Explicit, PayUnit, Tax, YesNo

_S = Section.PAY
_LAW = "職業安定法施行規則4条の2第3項5号、フリーランス法12条"
PAY_LABELS = {
    Engagement.FISCAL_YEAR_FULL_TIME: "給料",
    Engagement.FIXED_TERM: "給料",
    Engagement.PERMANENT: "給料",
    Engagement.CONTRACT_PERSON: "委託料",
    Engagement.CONTRACT_COMPANY: "委託料",
    Engagement.COMMISSION: "謝金",
    Engagement.AGREEMENT: "負担金",
}

PAY_FIELDS = (
    Field(
        name="pay_unit", label="報酬の単位", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=PayUnit,
        material=True, law=_LAW, labels={form: f"{word}の単位" for form, word in PAY_LABELS.items()},
        case="1日ごとに払うなら「日額」",
        why="時給・日額・月額など、額の数え方を示すためです。",
    ),
    Field(
        name="pay_low", label="報酬の額(下限)", type=FieldType.YEN, section=_S, need=Need.PRICED, material=True, law=_LAW,
        labels={form: f"{word}の額(下限)" for form, word in PAY_LABELS.items()},
        help="1つの額のときは、下限だけを書きます。", example="25000",
        why="額が分からないと、応募するかを決められないためです。",
    ),
    Field(
        name="pay_high", label="報酬の額(上限)", type=FieldType.YEN, section=_S, material=True, law=_LAW,
        labels={form: f"{word}の額(上限)" for form, word in PAY_LABELS.items()}, example="30000",
        why="経験に応じて変わるときに、その幅を示すためです。",
    ),
    Field(
        name="pay_tax", label="消費税", type=FieldType.CHOICE, section=_S, choices=Tax,
        case="職員の報酬なら「対象外」",
        why="消費税を含む額かどうかで、受け取る額が変わるためです。",
    ),
    Field(
        name="pay_note", label="報酬の補足", type=FieldType.TEXT, section=_S, max_length=300,
        help="手当や支払の時期などを書きます。", example="期末手当あり",
        why="手当や支払の時期も、受け取る額の一部だからです。",
    ),
    Field(
        name="expenses", label="旅費・通勤の費用", type=FieldType.CHOICE, section=_S, need=Need.EMPLOYED_OR_INDIVIDUAL,
        choices=Expenses, explicit=(Explicit.UNDECIDED, Explicit.NEGOTIABLE, Explicit.SEE_GUIDELINES), law=_LAW,
        case="規程により旅費を払うなら「支給」",
        why="遠くから通う人が、自分で負担する額を知るためです。",
    ),
    Field(
        name="expenses_note", label="費用の補足", type=FieldType.TEXT, section=_S, max_length=300,
        needed_with=("expenses", frozenset({Expenses.CAPPED.value})), example="1日3,000円まで",
        help="上限があるときは、その額を書きます。",
        law=_LAW,
        why="上限の額によっては、自己負担が生じるためです。",
    ),
    Field(
        name="equipment", label="貸与機器・使えるツール", type=FieldType.TEXT, section=_S, max_length=300,
        example="ノートパソコンを貸与", help="リモートのときに使える道具も書きます。",
        why="自分で用意するものがあるかを知らせるためです。",
    ),
    Field(
        name="invoice_note", label="インボイス・源泉徴収", type=FieldType.TEXT, section=_S, max_length=300,
        example="適格請求書発行事業者でなくても応募できます",
        why="個人で請け負う人の、税の負担が変わるためです。",
    ),
    Field(
        name="cancellation_terms", label="解除・不更新の条件", type=FieldType.LONG_TEXT, section=_S, need=Need.INDIVIDUAL,
        max_length=1_000, explicit=(Explicit.UNDECIDED, Explicit.SEE_GUIDELINES), law="フリーランス法12条、16条",
        example="30日前までに書面で予告します",
        why="途中で終わるときの予告や精算を、前もって示すためです。",
    ),
    Field(
        name="budget_condition", label="予算の成立が条件", type=FieldType.CHOICE, section=_S, choices=YesNo,
        help="翌年度の予算成立を条件とするときに「はい」を選びます。",
        case="4月1日に始まる募集を2月に出すなら「はい」",
        why="予算が成立しないと始まらないことを、前もって知らせるためです。",
    ),
)
