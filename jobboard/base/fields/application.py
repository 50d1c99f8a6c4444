"""6 応募と選考."""

from jobboard.base.fields.field import Effect, Field, FieldType, Need, Section
from jobboard.base.vocabulary import ApplyMethod, ChangeScope, Explicit, Tax

_S = Section.APPLICATION
_OPEN = (Explicit.UNDECIDED, Explicit.SEE_GUIDELINES)

APPLICATION_FIELDS = (
    Field(
        name="apply_method", label="応募の方法", type=FieldType.CHOICES, section=_S, need=Need.ALWAYS, choices=ApplyMethod,
        material=True,
    ),
    Field(
        name="apply_target", label="応募先", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=300,
        material=True, explicit=(Explicit.SEE_GUIDELINES,), help="申込フォームのURL、メールアドレス、郵送先などを書きます。",
        example="総務部デジタル推進課あてに郵送、又は電子申請",
    ),
    Field(
        name="documents_required", label="提出書類", type=FieldType.LONG_TEXT, section=_S, need=Need.ALWAYS,
        max_length=1_000, explicit=_OPEN, effect=Effect.AT_ONCE, example="履歴書、職務経歴書",
    ),
    Field(
        name="selection_process", label="選考の方法", type=FieldType.LONG_TEXT, section=_S, need=Need.ALWAYS,
        max_length=1_000, explicit=_OPEN, effect=Effect.AT_ONCE, example="書類選考の後、オンラインで面接します",
    ),
    Field(
        name="conflict", label="利益相反・入札参加の制限", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS,
        choices=ChangeScope, material=True, help="応募を考える人や企業が最初に尋ねる点です。",
    ),
    Field(
        name="conflict_text", label="制限の内容", type=FieldType.LONG_TEXT, section=_S, max_length=1_000, material=True,
        needed_with=("conflict", frozenset({ChangeScope.SOME.value})), explicit=(Explicit.SEE_GUIDELINES,),
        example="任期中と任期後1年間、所属企業は市の情報システムの入札に参加できません",
    ),
    Field(
        name="questions_by", label="このサイトでの質問の期限", type=FieldType.INSTANT, section=_S, effect=Effect.AT_ONCE,
        help="書くと、この日時まで、募集のページから質問を受け付けます。質問と回答は公開します。空けておくと受け付けません。",
        example="2026-05-15T17:00",
    ),
    Field(
        name="proposal_eligibility", label="参加資格", type=FieldType.LONG_TEXT, section=_S, need=Need.PROPOSAL,
        max_length=1_000, explicit=_OPEN, example="市の入札参加資格者名簿に登載されていること",
    ),
    Field(
        name="proposal_questions_by", label="質問の期限", type=FieldType.INSTANT, section=_S, need=Need.PROPOSAL,
        explicit=_OPEN, effect=Effect.AT_ONCE, example="2026-05-08",
    ),
    Field(
        name="proposal_intent_by", label="参加表明の期限", type=FieldType.INSTANT, section=_S, need=Need.PROPOSAL,
        explicit=_OPEN, material=True, example="2026-05-15",
    ),
    Field(
        name="proposal_by", label="提案書の期限", type=FieldType.INSTANT, section=_S, need=Need.PROPOSAL,
        explicit=_OPEN, material=True, example="2026-05-29",
    ),
    Field(
        name="proposal_ceiling", label="提案上限額", type=FieldType.YEN, section=_S, need=Need.PROPOSAL, explicit=_OPEN,
        material=True, example="5000000",
    ),
    Field(name="proposal_ceiling_tax", label="提案上限額の消費税", type=FieldType.CHOICE, section=_S, choices=Tax),
    Field(
        name="proposal_evaluation", label="審査の方法", type=FieldType.LONG_TEXT, section=_S, need=Need.PROPOSAL,
        max_length=1_000, explicit=_OPEN, example="書類とプレゼンテーションにより、5人の委員が採点します",
    ),
    Field(
        name="agreement_term", label="協定の期間", type=FieldType.TEXT, section=_S, need=Need.AGREEMENT, max_length=200,
        explicit=_OPEN, material=True, example="締結の日から2年間",
    ),
    Field(
        name="agreement_costs", label="費用の負担", type=FieldType.TEXT, section=_S, need=Need.AGREEMENT, max_length=300,
        explicit=_OPEN, material=True, example="市が年額560万円を上限に負担します",
    ),
    Field(
        name="official_url", label="募集ページのURL", type=FieldType.URL, section=_S, need=Need.ALWAYS, max_length=500,
        help="市区町村の公式サイトにある募集ページのURLを、https:// から書きます。",
        example="https://www.city.aoba.example.jp/dx/boshu.html",
    ),
)
