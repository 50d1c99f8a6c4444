"""1 役割と任用・契約形態."""

from jobboard.base.fields.field import Field, FieldType, Need, Section
from jobboard.base.vocabulary import Audience, Engagement, RecruitmentRoute, Role, Scheme, Theme

_S = Section.ROLE

ROLE_FIELDS = (
    Field(
        name="title", label="募集の題名", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=80, material=True,
        help="役割と担当する分野を80字以内で書きます。年齢や性別を限る言葉は使わないでください。",
        example="CIO補佐官(全庁DX推進)",
        why="一覧・メール・検索結果で、最初に読まれる一行です。",
    ),
    Field(
        name="role", label="役割", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=Role, material=True,
        law="自治体DX外部人材スキル標準(2022年)", help="最も近いものを1つ選びます。",
        case="庁内の全体を見て助言する人なら「CIO補佐官等(プロデューサー)」",
        why="探す人と受け取る人が、役割で募集を絞り込むためです。",
    ),
    Field(
        name="themes", label="重点取組事項など", type=FieldType.CHOICES, section=_S, choices=Theme,
        help="関係するものをすべて選びます。登録者はこの分類で募集を探します。",
        case="基幹システムの移行なら「標準化・共通化」",
        why="関心のある分野の募集だけを知りたい人に届けるためです。",
    ),
    Field(
        name="engagement", label="任用・契約形態", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS,
        choices=Engagement, material=True, law="職業安定法5条の3、フリーランス法12条",
        help="形態によって、この後に書く項目が変わります。",
        case="月に数日の助言なら「特別職非常勤職員」か「業務委託(個人)」",
        why="身分と適用される法律が決まり、明示する条件も変わるためです。",
    ),
    Field(
        name="engagement_note", label="任用・契約形態の補足", type=FieldType.TEXT, section=_S, max_length=200,
        needed_with=("engagement", frozenset({Engagement.OTHER.value})), material=True,
        help="「その他」を選んだときは、形態を具体的に書きます。", example="企業との出向協定による受入れ",
        why="「その他」だけでは、応募する人が身分を判断できないためです。",
    ),
    Field(
        name="scheme", label="利用する国の制度", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=Scheme,
        help="使わないときは「なし」を選びます。",
        case="国の制度を使わない募集なら「なし」",
        why="制度によって、応募できる人や活動の条件が変わるためです。",
    ),
    Field(
        name="audience", label="募集の対象", type=FieldType.CHOICE, section=_S, need=Need.ALWAYS, choices=Audience,
        material=True, help="個人への募集か、企業への募集かを選びます。",
        case="職員として任用するなら「個人」",
        why="個人と企業のどちらに知らせるかを決めるためです。",
    ),
    Field(
        name="recruitment_routes", label="募集の方法", type=FieldType.CHOICES, section=_S, need=Need.ALWAYS,
        choices=RecruitmentRoute, help="組み合わせるときは、あてはまるものをすべて選びます。",
        case="広報やこのサイトで募るなら「公募」",
        why="ほかの経路でも募集していることを、応募する人に示すためです。",
    ),
    Field(
        name="headcount", label="募集人数", type=FieldType.HEADCOUNT, section=_S, need=Need.ALWAYS, material=True,
        help="1から99までの数か「若干名」と書きます。", example="1",
        why="選ばれる見込みを、応募する人が考えるためです。",
    ),
    Field(
        name="employer_name", label="任用・契約の主体", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=100,
        law="職業安定法5条の3、フリーランス法12条", help="ふつうは市区町村の名です。", example="青葉市",
        why="誰に任用され、誰と契約するのかを明らかにするためです。",
    ),
    Field(
        name="employer_address", label="主体の所在地", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=200,
        law="職業安定法施行規則4条の2", help="庁舎の住所を書きます。", example="宮城県青葉市本町1-1-1",
        why="募集している者を確かめられるようにするためです。",
    ),
    Field(
        name="co_municipalities", label="共同で募集する市区町村", type=FieldType.MUNICIPALITIES, section=_S,
        help="共同募集のとき、ほかの市区町村の全国地方公共団体コード(6桁)を空白で区切って書きます。",
        example="041001 042021",
        why="共同で募集する市区町村の一覧やフィードにも載せるためです。",
    ),
)
