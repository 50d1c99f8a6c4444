"""3 求める経験."""

from jobboard.base.fields.field import Field, FieldType, Need, Section
from jobboard.base.vocabulary import AgeCondition, Explicit

_S = Section.REQUIREMENTS

REQUIREMENTS_FIELDS = (
    Field(
        name="requirements_must", label="必須の経験・資格", type=FieldType.LONG_TEXT, section=_S, need=Need.ALWAYS,
        material=True, explicit=(Explicit.SEE_GUIDELINES,), help="ないときは「なし」と書きます。",
        example="情報システムの企画又は導入を3年以上担当した経験",
    ),
    Field(
        name="requirements_nice", label="歓迎する経験", type=FieldType.LONG_TEXT, section=_S,
        help="あると望ましい経験を書きます。", example="自治体の業務改革に携わった経験",
    ),
    Field(
        name="age_condition", label="年齢の条件", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS,
        choices=AgeCondition, law="労働施策総合推進法9条", help="原則は「不問」です。",
    ),
    Field(
        name="age_reason", label="年齢を条件とする理由", type=FieldType.TEXT, section=_S, max_length=300,
        needed_with=("age_condition", frozenset({AgeCondition.SOME.value})),
        law="労働施策総合推進法施行規則1条の3", help="例外事由のどれにあたるかを書きます。",
        example="定年(60歳)を上限として募集するため(例外事由1号)",
    ),
    Field(
        name="nationality_note", label="国籍に関する補足", type=FieldType.TEXT, section=_S, max_length=300,
        help="条件があるときだけ、その根拠とともに書きます。",
    ),
)
