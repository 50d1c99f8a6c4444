"""3 求める経験."""

from jobboard.base.fields.field import Field, FieldType, Need, Section
from jobboard.base.vocabulary import AgeCondition, Explicit

_S = Section.REQUIREMENTS

REQUIREMENTS_FIELDS = (
    Field(
        name="requirements_must", label="必須の経験・資格", type=FieldType.LONG_TEXT, section=_S, need=Need.ALWAYS,
        material=True, explicit=(Explicit.SEE_GUIDELINES,), help="ないときは「なし」と書きます。",
        example="情報システムの企画又は導入を3年以上担当した経験",
        why="応募できる人を明らかにし、合わない応募を減らすためです。",
    ),
    Field(
        name="requirements_nice", label="歓迎する経験", type=FieldType.LONG_TEXT, section=_S,
        help="あると望ましい経験を書きます。", example="自治体の業務改革に携わった経験",
        why="必須にするほどではない強みを、応募書類に書いてもらうためです。",
    ),
    Field(
        name="age_condition", label="年齢の条件", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS,
        choices=AgeCondition, law="労働施策総合推進法9条", help="原則は「不問」です。",
        case="ふつうは「不問」",
        why="募集では年齢を問わないことが原則とされているためです。",
    ),
    Field(
        name="age_reason", label="年齢を条件とする理由", type=FieldType.TEXT, section=_S, max_length=300,
        needed_with=("age_condition", frozenset({AgeCondition.SOME.value})),
        law="労働施策総合推進法施行規則1条の3", help="例外事由のどれにあたるかを書きます。",
        example="定年(60歳)を上限として募集するため(例外事由1号)",
        why="年齢を限れるのは、定められた例外のときだけだからです。",
    ),
    Field(
        name="nationality_note", label="国籍に関する補足", type=FieldType.TEXT, section=_S, max_length=300,
        help="条件があるときだけ、その根拠とともに書きます。",
        example="公権力の行使に当たる業務を含むため、日本国籍が必要です",
        why="公の意思の形成に関わる職など、根拠のある条件を先に示すためです。",
    ),
)
