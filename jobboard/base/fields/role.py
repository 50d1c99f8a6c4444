"""1 役割と任用・契約形態."""

from jobboard.base.fields.field import Field, FieldType, Need, Section
from jobboard.base.vocabulary import Audience, Engagement, RecruitmentRoute, Role, Scheme, Theme

_S = Section.ROLE

ROLE_FIELDS = (
    Field(
        name="title", label="募集の題名", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=80, material=True,
        help="役割と担当する分野を80字以内で書きます。年齢や性別を限る言葉は使わないでください。",
        example="CIO補佐官(全庁DX推進)",
    ),
    Field(
        name="role", label="役割", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=Role, material=True,
        law="自治体DX外部人材スキル標準(2022年)", help="最も近いものを1つ選びます。",
    ),
    Field(
        name="themes", label="重点取組事項など", type=FieldType.CHOICES, section=_S, choices=Theme,
        help="関係するものをすべて選びます。登録者はこの分類で募集を探します。",
    ),
    Field(
        name="engagement", label="任用・契約形態", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS,
        choices=Engagement, material=True, law="職業安定法5条の3、フリーランス法12条",
        help="形態によって、この後に書く項目が変わります。",
    ),
    Field(
        name="engagement_note", label="任用・契約形態の補足", type=FieldType.TEXT, section=_S, max_length=200,
        needed_with=("engagement", frozenset({Engagement.OTHER.value})), material=True,
        help="「その他」を選んだときは、形態を具体的に書きます。", example="企業との出向協定による受入れ",
    ),
    Field(
        name="scheme", label="利用する国の制度", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=Scheme,
        help="使わないときは「なし」を選びます。",
    ),
    Field(
        name="audience", label="募集の対象", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=Audience,
        material=True, help="個人への募集か、企業への募集かを選びます。",
    ),
    Field(
        name="recruitment_routes", label="募集の方法", type=FieldType.CHOICES, section=_S, need=Need.ALWAYS,
        choices=RecruitmentRoute, help="組み合わせるときは、あてはまるものをすべて選びます。",
    ),
    Field(
        name="headcount", label="募集人数", type=FieldType.HEADCOUNT, section=_S, need=Need.ALWAYS, material=True,
        help="1から99までの数か「若干名」と書きます。", example="1",
    ),
    Field(
        name="employer_name", label="任用・契約の主体", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=100,
        law="職業安定法5条の3、フリーランス法12条", help="ふつうは市区町村の名です。", example="青葉市",
    ),
    Field(
        name="employer_address", label="主体の所在地", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=200,
        law="職業安定法施行規則4条の2", help="庁舎の住所を書きます。", example="宮城県青葉市本町1-1-1",
    ),
    Field(
        name="co_municipalities", label="共同で募集する市区町村", type=FieldType.MUNICIPALITIES, section=_S,
        help="共同募集のとき、ほかの市区町村の全国地方公共団体コード(6桁)を空白で区切って書きます。",
        example="041001 042021",
    ),
)
