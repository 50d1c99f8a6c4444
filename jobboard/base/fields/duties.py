"""2 仕事の内容."""

from jobboard.base.fields.field import Field, FieldType, Need, Section
from jobboard.base.vocabulary import ChangeScope, Explicit

_S = Section.DUTIES
_GUIDELINES = (Explicit.SEE_GUIDELINES,)

DUTIES_FIELDS = (
    Field(
        name="background", label="背景と課題", type=FieldType.LONG_TEXT, section=_S,
        help="いま何に困っていて、なぜ外部の人材が必要なのかを書くと、応募の質が上がります。",
        example="全庁のシステム標準化を進めていますが、全体の工程を見る人がいません。",
        why="課題が分かると、力になれる人が自分のことだと気づけます。",
    ),
    Field(
        name="receiving_team", label="受入体制・相手となる部署", type=FieldType.TEXT, section=_S, max_length=300,
        help="誰と一緒に働くのかを書きます。", example="総務部デジタル推進課(職員6人)",
        why="相手となる職員がいるかは、応募する人がよく尋ねる点です。",
    ),
    Field(
        name="duties", label="業務の内容", type=FieldType.LONG_TEXT, section=_S, need=Need.ALWAYS, min_length=30,
        law="職業安定法施行規則4条の2第3項1号、フリーランス法12条", material=True,
        help="30字以上で、担当する業務を具体的に書きます。",
        example="全庁のDX推進計画の見直しについて助言し、各課の業務改革を職員とともに進めていただきます。",
        why="何をする仕事なのかを、応募の前に示すためです。",
    ),
    Field(
        name="duties_change_scope", label="業務の変更の範囲", type=FieldType.CHOICE, section=_S, need=Need.EMPLOYED,
        choices=ChangeScope, law="職業安定法施行規則4条の2第3項1号(2024年4月から)",
        help="任用の後に業務が変わる可能性を選びます。",
        case="助言だけを続けてもらうなら「なし」",
        why="任用の後に別の業務へ変わることがあるかを、前もって示すためです。",
    ),
    Field(
        name="duties_change_text", label="変更の範囲の内容", type=FieldType.TEXT, section=_S, max_length=300,
        needed_with=("duties_change_scope", frozenset({ChangeScope.SOME.value})), explicit=_GUIDELINES,
        law="職業安定法施行規則4条の2第3項1号(2024年4月から)", example="市のデジタル施策に関する業務全般",
        help="「あり」のとき、どの範囲で変わるかを書きます。",
        why="変わる場合の範囲が分からないと、判断できないためです。",
    ),
)
