"""The closed lists that a posting is written with: codes for machines, Japanese labels for people.

Codes stand in URLs, feeds, stored criteria and versions: a code is never renamed or used again, a label may change.
"""

from jobboard.base.choice import Choice


class Explicit(Choice):
    """An answer instead of a value: it satisfies a requirement and is shown as it stands."""

    UNDECIDED = "undecided", "未定"
    ANY_TIME = "any_time", "随時"
    NEGOTIABLE = "negotiable", "要相談"
    SEE_GUIDELINES = "guidelines", "募集要項に記載"


class Role(Choice):
    """役割, after 自治体DX外部人材スキル標準 (総務省・デジタル庁, 2022)."""

    CIO = "cio", "CIO・CDO"
    CIO_ADVISER = "cio_adviser", "CIO補佐官等(プロデューサー)"
    PROJECT_MANAGER = "project_manager", "プロジェクトマネージャー"
    SERVICE_DESIGNER = "service_designer", "サービスデザイナー"
    ENGINEER = "engineer", "エンジニア"
    DATA_SCIENTIST = "data_scientist", "データサイエンティスト"
    SECURITY = "security", "セキュリティ"
    ADVISER = "adviser", "アドバイザー"
    TRAINING = "training", "研修・人材育成"
    OTHER = "other", "その他"


class Theme(Choice):
    """テーマ: the six 重点取組事項 of 自治体DX推進計画 first, then what calls ask for besides."""

    STANDARDISATION = "standardisation", "標準化・共通化"
    MY_NUMBER_CARD = "my_number_card", "マイナンバーカード"
    ONLINE_PROCEDURES = "online_procedures", "行政手続のオンライン化"
    AI_RPA = "ai_rpa", "AI・RPA"
    TELEWORK = "telework", "テレワーク"
    SECURITY = "security", "セキュリティ"
    BPR = "bpr", "BPR"
    DATA_USE = "data_use", "データ利活用"
    LOCAL_SOCIETY = "local_society", "地域社会のデジタル化"
    DIGITAL_DIVIDE = "digital_divide", "デジタルデバイド対策"
    TRAINING = "training", "人材育成"
    PUBLIC_RELATIONS = "public_relations", "広報・Web"


class Audience(Choice):
    """Who is addressed."""

    PERSON = "person", "個人"
    COMPANY = "company", "企業"
    BOTH = "both", "個人・企業"


class Engagement(Choice):
    """任用・契約形態: the legal form."""

    SPECIAL_PART_TIME = "special_part_time", "特別職非常勤職員"
    FISCAL_YEAR_PART_TIME = "fiscal_year_part_time", "会計年度任用職員(パートタイム)"
    FISCAL_YEAR_FULL_TIME = "fiscal_year_full_time", "会計年度任用職員(フルタイム)"
    FIXED_TERM = "fixed_term", "任期付職員"
    FIXED_TERM_SHORT = "fixed_term_short", "任期付短時間勤務職員"
    PERMANENT = "permanent", "常勤職員"
    CONTRACT_PERSON = "contract_person", "業務委託(個人)"
    CONTRACT_COMPANY = "contract_company", "業務委託(法人)"
    COMMISSION = "commission", "委嘱(謝金・報償費。雇用関係なし)"
    DISPATCH = "dispatch", "労働者派遣"
    AGREEMENT = "agreement", "連携協定による企業からの人材受入れ(労働者派遣を除く)"
    OTHER = "other", "その他"


class Scheme(Choice):
    """A national scheme that the call uses."""

    NONE = "none", "なし"
    REVITALISER_COMPANY = "revitaliser_company", "地域活性化起業人(企業派遣型)"
    REVITALISER_SIDE_JOB = "revitaliser_side_job", "地域活性化起業人(副業型)"
    REVITALISER_SENIOR = "revitaliser_senior", "地域活性化起業人(シニア型)"
    COOPERATION_CORPS = "cooperation_corps", "地域おこし協力隊"
    PROJECT_MANAGER = "local_project_manager", "地域プロジェクトマネージャー"


class RecruitmentRoute(Choice):
    """募集の方法: the three of the ministry's paper of 2021-11-15; they combine."""

    OPEN_CALL = "open_call", "公募"
    AGENCY = "agency", "民間人材紹介会社"
    AGREEMENT = "agreement", "連携協定"


class ChangeScope(Choice):
    """変更の範囲 (職業安定法施行規則4条の2, from April 2024) and other なし/あり/未定 answers."""

    NONE = "none", "なし"
    SOME = "some", "あり"
    UNDECIDED = "undecided", "未定"


class Trial(Choice):
    """試用期間(条件付採用期間)."""

    NONE = "none", "なし"
    SOME = "some", "あり"


class AgeCondition(Choice):
    """年齢条件: 不問 unless a lawful reason is given (労働施策総合推進法9条)."""

    NONE = "none", "不問"
    SOME = "some", "条件あり"


class Remote(Choice):
    """リモート勤務."""

    NO = "no", "不可"
    PARTLY = "partly", "一部可"
    MOSTLY = "mostly", "原則リモート"
    FULLY = "fully", "完全リモート"


class SideJob(Choice):
    """副業・兼業."""

    YES = "yes", "可"
    CONDITIONAL = "conditional", "条件付き"
    NO = "no", "不可"
    ONLY = "only", "副業限定"


class PayUnit(Choice):
    """報酬の単位."""

    HOUR = "hour", "時給"
    DAY = "day", "日額"
    MONTH = "month", "月額"
    YEAR = "year", "年額"
    PIECE = "piece", "1件"
    CEILING = "ceiling", "上限額"
    BY_RULES = "by_rules", "規定による"
    NEGOTIABLE = "negotiable", "応相談"
    UNPAID = "unpaid", "無償"


class Tax(Choice):
    """消費税の扱い."""

    INCLUDED = "included", "税込"
    EXCLUDED = "excluded", "税別"
    NONE = "none", "対象外"


class Expenses(Choice):
    """旅費・通勤の費用."""

    PAID = "paid", "支給"
    NOT_PAID = "not_paid", "なし"
    CAPPED = "capped", "上限あり"


class Insurance(Choice):
    """社会保険など."""

    HEALTH = "health", "健康保険"
    PENSION = "pension", "厚生年金"
    MUTUAL_SHORT = "mutual_short", "共済組合(短期)"
    MUTUAL_LONG = "mutual_long", "共済組合(長期)"
    EMPLOYMENT = "employment", "雇用保険"
    ACCIDENT = "accident", "労災保険"
    PUBLIC_ACCIDENT = "public_accident", "公務災害補償"
    NONE = "none", "なし"


class Smoking(Choice):
    """受動喫煙の防止 (職業安定法施行規則4条の2第3項9号)."""

    INDOOR_BANNED = "indoor_banned", "屋内禁煙"
    SMOKING_ROOM = "smoking_room", "喫煙室あり"
    OUTDOOR_ONLY = "outdoor_only", "屋外のみ喫煙可"
    NO_MEASURES = "no_measures", "対策なし"
    AT_HOME = "at_home", "在宅のため該当なし"


class WorkPeriod(Choice):
    """勤務日数の単位."""

    WEEK = "week", "週"
    MONTH = "month", "月"
    YEAR = "year", "年"
    UNSET = "unset", "定めなし"


class ApplyMethod(Choice):
    """応募方法."""

    WEB = "web", "Web"
    EMAIL = "email", "メール"
    POST = "post", "郵送"
    IN_PERSON = "in_person", "持参"
    PRIVATE_SITE = "private_site", "民間サイト"


class DeadlineKind(Choice):
    """応募締切の種類."""

    CLOSING = "closing", "締切"
    ARRIVAL = "arrival", "必着"
    POSTMARK = "postmark", "消印有効"
    OPEN_ENDED = "open_ended", "随時"
    UNTIL_FILLED = "until_filled", "決まり次第"


class YesNo(Choice):
    """A flag."""

    YES = "yes", "はい"
    NO = "no", "いいえ"


class MunicipalityKind(Choice):
    """市区町村の区分."""

    DESIGNATED_CITY = "designated_city", "指定都市"
    CORE_CITY = "core_city", "中核市"
    CITY = "city", "市"
    SPECIAL_WARD = "special_ward", "特別区"
    TOWN = "town", "町"
    VILLAGE = "village", "村"


EMPLOYED = frozenset(
    {
        Engagement.SPECIAL_PART_TIME,
        Engagement.FISCAL_YEAR_PART_TIME,
        Engagement.FISCAL_YEAR_FULL_TIME,
        Engagement.FIXED_TERM,
        Engagement.FIXED_TERM_SHORT,
        Engagement.PERMANENT,
        Engagement.DISPATCH,
    }
)
"""E of posting-fields.md: employment-like forms (職業安定法5条の3)."""

INDIVIDUAL = frozenset({Engagement.CONTRACT_PERSON, Engagement.COMMISSION})
"""I: contracts with one person (フリーランス法12条)."""

COMPANY = frozenset({Engagement.CONTRACT_COMPANY, Engagement.AGREEMENT})
"""C: a company is addressed; the scheme 地域活性化起業人(企業派遣型) belongs here too."""

UNPRICED = frozenset({PayUnit.BY_RULES, PayUnit.NEGOTIABLE, PayUnit.UNPAID})
"""Pay units that need no amount."""
