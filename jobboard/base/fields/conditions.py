"""4 勤務条件."""

from jobboard.base.fields.field import Field, FieldType, Need, Section
from jobboard.base.vocabulary import (
    ChangeScope,
    Engagement,
    Explicit,
    Insurance,
    Remote,
    SideJob,
    Smoking,
    Trial,
    WorkPeriod,
)

_S = Section.CONDITIONS
_RULE = "職業安定法施行規則4条の2第3項"
_TERM = (Explicit.UNDECIDED, Explicit.ANY_TIME, Explicit.NEGOTIABLE, Explicit.SEE_GUIDELINES)
_OPEN = (Explicit.UNDECIDED, Explicit.NEGOTIABLE, Explicit.SEE_GUIDELINES)
_WHEN_SOME = frozenset({"some"})
_CONTRACTS = (Engagement.CONTRACT_PERSON, Engagement.COMMISSION)
RENEWAL_LABELS = {
    Engagement.FISCAL_YEAR_PART_TIME: "再度の任用",
    Engagement.FISCAL_YEAR_FULL_TIME: "再度の任用",
    Engagement.FIXED_TERM: "任期の更新",
    Engagement.FIXED_TERM_SHORT: "任期の更新",
    Engagement.SPECIAL_PART_TIME: "再任",
    Engagement.CONTRACT_PERSON: "契約更新",
    Engagement.CONTRACT_COMPANY: "契約更新",
}

CONDITIONS_FIELDS = (
    Field(
        name="term_start_on", label="任期・契約の開始日", type=FieldType.DATE, section=_S, material=True,
        need=Need.EMPLOYED_OR_INDIVIDUAL, explicit=_TERM, law=f"{_RULE}2号、フリーランス法12条",
        help="決まっていないときは「未定」を選びます。", example="2026-06-01",
        why="いまの仕事との調整を、応募する人が始められるようにするためです。",
    ),
    Field(
        name="term_end_on", label="任期・契約の終了日", type=FieldType.DATE, section=_S, material=True,
        need=Need.EMPLOYED_OR_INDIVIDUAL, explicit=_TERM, law=f"{_RULE}2号、地方公務員法22条の2、任期付職員法、フリーランス法12条",
        help="会計年度任用職員は、その年度の3月31日までです。", example="2027-03-31",
        why="いつまでの任期・契約かを示すためです。",
    ),
    Field(
        name="trial_period", label="試用期間(条件付採用期間)", type=FieldType.CHOICE, section=_S, need=Need.EMPLOYED,
        choices=Trial, law=f"{_RULE}2号、地方公務員法22条",
        case="一般職の職員なら「あり」",
        why="条件付採用の期間があるかを、前もって示すためです。",
    ),
    Field(
        name="trial_text", label="試用期間の内容", type=FieldType.TEXT, section=_S, max_length=200,
        needed_with=("trial_period", _WHEN_SOME), law=f"{_RULE}2号", example="1か月(同じ条件)",
        why="期間と、その間の条件の違いを示すためです。",
    ),
    Field(
        name="renewal", label="更新", type=FieldType.CHOICE, section=_S, need=Need.EMPLOYED_WITH_END, material=True,
        choices=ChangeScope, labels=RENEWAL_LABELS, law=f"{_RULE}2号の2(2024年4月から)",
        case="実績を見て次年度も任用することがあるなら「あり」",
        why="任期の後も続く見込みがあるかを示すためです。",
    ),
    Field(
        name="renewal_criteria", label="更新の基準", type=FieldType.TEXT, section=_S, max_length=300,
        needed_with=("renewal", _WHEN_SOME), explicit=(Explicit.SEE_GUIDELINES,),
        law=f"{_RULE}2号の2(2024年4月から)", example="勤務実績と予算により判断します",
        why="どう判断されるのかを示さないと、見込みが立たないためです。",
    ),
    Field(
        name="renewal_cap", label="更新の上限", type=FieldType.TEXT, section=_S, max_length=200,
        help="回数や通算の期間に上限があるときに書きます。", example="2回まで(通算3年)",
        law=f"{_RULE}2号の2(2024年4月から)",
        why="回数や年数の上限は、前もって示すものとされているためです。",
    ),
    Field(
        name="work_place_prefecture", label="勤務地の都道府県", type=FieldType.PREFECTURE, section=_S,
        help="庁舎と同じときは空けておけます。",
        case="宮城県",
        why="地域で探す人に届けるためです。",
    ),
    Field(
        name="work_place", label="就業の場所", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=300,
        material=True, explicit=(Explicit.NEGOTIABLE, Explicit.SEE_GUIDELINES), law=f"{_RULE}3号、フリーランス法12条",
        labels=dict.fromkeys(_CONTRACTS, "業務を行う場所"), help="業務委託では「リモート」と書くこともできます。",
        example="青葉市役所本庁舎4階",
        why="どこで働くのかを示すためです。",
    ),
    Field(
        name="place_change_scope", label="就業の場所の変更の範囲", type=FieldType.CHOICE, section=_S, need=Need.EMPLOYED,
        choices=ChangeScope, law=f"{_RULE}3号(2024年4月から)",
        case="本庁舎だけで働くなら「なし」",
        why="働く場所が後から変わることがあるかを、前もって示すためです。",
    ),
    Field(
        name="place_change_text", label="場所の変更の範囲の内容", type=FieldType.TEXT, section=_S, max_length=300,
        needed_with=("place_change_scope", _WHEN_SOME), explicit=(Explicit.SEE_GUIDELINES,),
        law=f"{_RULE}3号(2024年4月から)", example="市内の庁舎",
        why="変わる場合の範囲が分からないと、判断できないためです。",
    ),
    Field(
        name="remote", label="リモート勤務", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=Remote,
        material=True,
        case="月1回だけ登庁するなら「原則リモート」",
        why="遠くに住む人や本業のある人が、最初に確かめる点です。",
    ),
    Field(
        name="remote_visits", label="登庁の頻度", type=FieldType.TEXT, section=_S, max_length=200,
        example="月1回程度", help="リモートのとき、どれくらい登庁するかを書きます。",
        why="通えるかどうかを、応募する人が判断するためです。",
    ),
    Field(
        name="workdays", label="勤務日数", type=FieldType.DECIMAL, section=_S, need=Need.EMPLOYED_OR_INDIVIDUAL,
        material=True, explicit=_OPEN, law=f"{_RULE}4号、フリーランス法12条", example="4",
        unit="日", labels=dict.fromkeys(_CONTRACTS, "業務日数の目安"), help="数だけを書き、単位は次の項目で選びます。",
        why="本業や別の仕事と両立できるかを、判断してもらうためです。",
    ),
    Field(
        name="workdays_period", label="勤務日数の単位", type=FieldType.CHOICE, section=_S, material=True,
        need=Need.EMPLOYED_OR_INDIVIDUAL, choices=WorkPeriod, explicit=_OPEN,
        help="「定めなし」は特別職非常勤職員だけが選べます。",
        law=f"{_RULE}4号、フリーランス法12条",
        case="月4日なら「月」",
        why="週・月・年のどれで数えた日数かを示すためです。",
    ),
    Field(
        name="hours_per_day", label="1日の勤務時間", type=FieldType.DECIMAL, section=_S, material=True,
        need=Need.EMPLOYED_OR_INDIVIDUAL, explicit=_OPEN, law=f"{_RULE}4号、フリーランス法12条", example="7.75",
        unit="時間", labels=dict.fromkeys(_CONTRACTS, "1日の業務時間の目安"), help="時間の数を書きます。",
        why="1日にどれだけ働くのかを示すためです。",
    ),
    Field(
        name="hours", label="始業・終業の時刻", type=FieldType.TEXT, section=_S, need=Need.EMPLOYED, max_length=200,
        explicit=_OPEN, law=f"{_RULE}4号", example="8時30分から17時15分まで", help="「相談」と書くこともできます。",
        why="始まりと終わりの時刻を示すためです。",
    ),
    Field(
        name="overtime", label="時間外勤務", type=FieldType.TEXT, section=_S, need=Need.EMPLOYED, max_length=200,
        explicit=_OPEN, law=f"{_RULE}4号", example="なし",
        why="決まった時間を超えて働くことがあるかを示すためです。",
    ),
    Field(
        name="breaks", label="休憩時間", type=FieldType.TEXT, section=_S, need=Need.EMPLOYED, max_length=200,
        explicit=_OPEN, law=f"{_RULE}4号", example="12時から13時まで",
        why="休憩の長さと時間帯を示すためです。",
    ),
    Field(
        name="holidays", label="休日", type=FieldType.TEXT, section=_S, need=Need.EMPLOYED, max_length=200,
        explicit=_OPEN, law=f"{_RULE}4号", example="土曜日、日曜日、祝日、年末年始",
        why="働かない日を示すためです。",
    ),
    Field(
        name="side_job", label="副業・兼業", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=SideJob,
        material=True, law="地方公務員法38条", help="本業を持つ人が応募できるかを選びます。",
        case="会社員のまま応募できるなら「可」",
        why="民間で働きながら応募できるかを、はっきりさせるためです。",
    ),
    Field(
        name="insurance", label="社会保険など", type=FieldType.CHOICES, section=_S, need=Need.EMPLOYED,
        choices=Insurance, law=f"{_RULE}6号",
        case="月4日の非常勤なら「公務災害補償」だけ",
        why="入る保険によって、手取りと保障が変わるためです。",
    ),
    Field(
        name="smoking", label="受動喫煙の防止", type=FieldType.CHOICE, section=_S, need=Need.EMPLOYED, choices=Smoking,
        law=f"{_RULE}9号、健康増進法",
        case="庁舎が禁煙なら「屋内禁煙」",
        why="働く場所でたばこの煙を避けられるかを示すためです。",
    ),
)
