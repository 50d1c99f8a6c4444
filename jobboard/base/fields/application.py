"""6 応募と選考."""

from jobboard.base.fields.field import Effect, Field, FieldType, Need, Section
from jobboard.base.vocabulary import ApplyMethod, ChangeScope, Explicit, Tax

_S = Section.APPLICATION
_OPEN = (Explicit.UNDECIDED, Explicit.SEE_GUIDELINES)

APPLICATION_FIELDS = (
    Field(
        name="apply_method", label="応募の方法", type=FieldType.CHOICES, section=_S, need=Need.ALWAYS, choices=ApplyMethod,
        material=True,
        case="電子申請なら「Web」",
        why="応募の手段を選べるかどうかを示すためです。",
    ),
    Field(
        name="apply_target", label="応募先", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=300,
        material=True, explicit=(Explicit.SEE_GUIDELINES,), help="申込フォームのURL、メールアドレス、郵送先などを書きます。",
        example="総務部デジタル推進課あてに郵送、又は電子申請",
        why="応募する人が、迷わず届けられるようにするためです。",
    ),
    Field(
        name="documents_required", label="提出書類", type=FieldType.LONG_TEXT, section=_S, need=Need.ALWAYS,
        max_length=1_000, explicit=_OPEN, effect=Effect.AT_ONCE, example="履歴書、職務経歴書",
        why="準備にかかる時間を、応募する人が見積もるためです。",
    ),
    Field(
        name="selection_process", label="選考の方法", type=FieldType.LONG_TEXT, section=_S, need=Need.ALWAYS,
        max_length=1_000, explicit=_OPEN, effect=Effect.AT_ONCE, example="書類選考の後、オンラインで面接します",
        why="何回の選考があり、来庁が要るかを示すためです。",
    ),
    Field(
        name="conflict", label="利益相反・入札参加の制限", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS,
        choices=ChangeScope, material=True, help="応募を考える人や企業が最初に尋ねる点です。",
        case="所属企業の入札を一定の期間断るなら「あり」",
        why="所属する会社が入札に参加できなくなるかは、最初に尋ねられる点です。",
    ),
    Field(
        name="conflict_text", label="制限の内容", type=FieldType.LONG_TEXT, section=_S, max_length=1_000, material=True,
        needed_with=("conflict", frozenset({ChangeScope.SOME.value})), explicit=(Explicit.SEE_GUIDELINES,),
        example="任期中と任期後1年間、所属企業は市の情報システムの入札に参加できません",
        why="範囲と期間が分からないと、会社の了解が得られないためです。",
    ),
    Field(
        name="questions_by", label="このサイトでの質問の期限", type=FieldType.INSTANT, section=_S, effect=Effect.AT_ONCE,
        help="書くと、この日時まで、募集のページから質問を受け付けます。質問と回答は公開します。空けておくと受け付けません。",
        example="2026-05-15T17:00", why="同じ質問への回答を、応募を考えるすべての人に届けるためです。",
    ),
    Field(
        name="proposal_eligibility", label="参加資格", type=FieldType.LONG_TEXT, section=_S, need=Need.PROPOSAL,
        max_length=1_000, explicit=_OPEN, example="市の入札参加資格者名簿に登載されていること",
        why="提案できる事業者を、前もって明らかにするためです。",
    ),
    Field(
        name="proposal_questions_by", label="質問の期限", type=FieldType.INSTANT, section=_S, need=Need.PROPOSAL,
        explicit=_OPEN, effect=Effect.AT_ONCE, example="2026-05-08",
        why="質問できる期間を示し、提案の準備に間に合わせるためです。",
    ),
    Field(
        name="proposal_intent_by", label="参加表明の期限", type=FieldType.INSTANT, section=_S, need=Need.PROPOSAL,
        explicit=_OPEN, material=True, example="2026-05-15",
        why="参加する事業者の数を、早めに知るためです。",
    ),
    Field(
        name="proposal_by", label="提案書の期限", type=FieldType.INSTANT, section=_S, need=Need.PROPOSAL,
        explicit=_OPEN, material=True, example="2026-05-29",
        why="提案の締切を示すためです。",
    ),
    Field(
        name="proposal_ceiling", label="提案上限額", type=FieldType.YEN, section=_S, need=Need.PROPOSAL, explicit=_OPEN,
        material=True, example="5000000",
        why="予算に合う提案を受けるためです。",
    ),
    Field(
        name="proposal_ceiling_tax", label="提案上限額の消費税", type=FieldType.CHOICE, section=_S, need=Need.CEILING, choices=Tax,
        case="消費税を含む額なら「税込」",
        why="上限額が税込か税別かで、提案の額が変わるためです。",
    ),
    Field(
        name="proposal_evaluation", label="審査の方法", type=FieldType.LONG_TEXT, section=_S, need=Need.PROPOSAL,
        max_length=1_000, explicit=_OPEN, example="書類とプレゼンテーションにより、5人の委員が採点します",
        why="何を重く見て選ぶのかを、公平に示すためです。",
    ),
    Field(
        name="agreement_term", label="協定の期間", type=FieldType.TEXT, section=_S, need=Need.AGREEMENT, max_length=200,
        explicit=_OPEN, material=True, example="締結の日から2年間",
        why="いつまでの協定かを、企業が社内で諮れるようにするためです。",
    ),
    Field(
        name="agreement_costs", label="費用の負担", type=FieldType.TEXT, section=_S, need=Need.AGREEMENT, max_length=300,
        explicit=_OPEN, material=True, example="市が年額560万円を上限に負担します",
        why="給与や旅費をどちらが負うかは、企業が最初に確かめる点です。",
    ),
    Field(
        name="official_url", label="募集ページのURL", type=FieldType.URL, section=_S, need=Need.ALWAYS, max_length=500,
        help="市区町村の公式サイトにある募集ページのURLを、https:// から書きます。",
        example="https://www.city.aoba.example.jp/dx/boshu.html",
        why="募集が本物であることと、詳しい要項を確かめられるようにするためです。",
    ),
)
