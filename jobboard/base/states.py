"""The closed lists of the service's own workings: states, events, reasons, mail.

Codes are stored and stand in URLs and feeds: a code is never renamed or used again, a label may change.
"""

from jobboard.base.choice import Choice


class State(Choice):
    """Where a posting stands (decisions.md, Posting's life)."""

    DRAFT = "draft", "下書き"
    SUBMITTED = "submitted", "掲載確認中"
    APPROVED = "approved", "掲載予定"
    RETURNED = "returned", "修正依頼"
    PUBLISHED = "published", "掲載中"
    CLOSED = "closed", "終了"
    WITHDRAWN = "withdrawn", "募集中止"


class VersionState(Choice):
    """Where a numbered version stands; only published and superseded ones were ever shown."""

    PENDING = "pending", "掲載確認中"
    RETURNED = "returned", "修正依頼"
    RECALLED = "recalled", "取下げ"
    PUBLISHED = "published", "掲載中"
    SUPERSEDED = "superseded", "過去の版"


class EventKind(Choice):
    """What happened to a posting that readers may want to hear of."""

    PUBLISHED = "published", "新着"
    AMENDED = "amended", "変更"
    EXTENDED = "extended", "締切延長"
    CLOSED = "closed", "終了"
    WITHDRAWN = "withdrawn", "募集中止"
    REOPENED = "reopened", "再開"
    ANSWERED = "answered", "質問への回答"


class PublicState(Choice):
    """What a reader sees of a posting that is or was public; derived, never stored."""

    UPCOMING = "upcoming", "受付前"
    OPEN = "open", "募集中"
    CLOSING_SOON = "closing_soon", "締切間近"
    CLOSED = "closed", "受付終了"
    WITHDRAWN = "withdrawn", "募集中止"
    UNLISTED = "unlisted", "掲載終了"


class AccountRole(Choice):
    """What an account may do, for a municipality, a prefecture or the whole board."""

    EDITOR = "editor", "自治体担当者"
    PREFECTURE = "prefecture", "都道府県担当者"
    MODERATOR = "moderator", "掲載確認担当(総務省)"
    ADMINISTRATOR = "administrator", "管理者"


class ClosedReason(Choice):
    """Why a posting is no longer open."""

    DEADLINE = "deadline", "応募締切"
    FILLED = "filled", "採用・契約決定"
    EARLY = "early", "早期終了"
    OTHER = "other", "その他"


class ExtensionReason(Choice):
    """Why a deadline was put off."""

    FEW_APPLICANTS = "few_applicants", "応募者が少ないため"
    NONE_SUITABLE = "none_suitable", "該当者がいなかったため"
    CONDITIONS_CHANGED = "conditions_changed", "条件を見直したため"
    HOLIDAYS = "holidays", "休日等により周知期間を確保するため"
    OTHER = "other", "その他"


class Outcome(Choice):
    """What came of a call."""

    DECIDED = "decided", "決定(任用・委嘱・契約)"
    NONE_SUITABLE = "none_suitable", "該当者なし"
    CANCELLED = "cancelled", "中止"
    UNDISCLOSED = "undisclosed", "非公表"
    UNANSWERED = "unanswered", "未回答"


class SourceKind(Choice):
    """How a posting came to the board."""

    ENTERED = "entered", "自治体による入力"
    COLLECTED = "collected", "自治体サイトから収集"
    IMPORTED = "imported", "一括取込"


class Holder(Choice):
    """Who writes a draft now; the other one reads it (代理作成)."""

    MUNICIPALITY = "municipality", "市区町村"
    PREFECTURE = "prefecture", "都道府県"


class ReminderKind(Choice):
    """Of what an editor is reminded."""

    OPEN_ENDED = "open_ended", "随時の募集の見直し(60日ごと)"
    DEADLINE = "deadline", "締切の7日前"
    PAST_DEADLINE = "past_deadline", "締切を過ぎた募集の結果"
    DRAFT = "draft", "30日書かれていない下書き"


class CodeAct(Choice):
    """Where the one-time code of a staff mail leads."""

    INVITATION = "invitation", "利用者の登録"
    PASSWORD = "password", "パスワードの設定"
    SIGN_IN = "sign_in", "ログイン"
    HOME = "home", "担当者の画面"
    POSTING = "posting", "募集の画面"
    ENDED = "ended", "締切を過ぎた募集の画面"
    QUESTIONS = "questions", "質問と回答の画面"
    JOINT = "joint", "共同募集の確認の画面"
    PREFECTURE = "prefecture", "都道府県の画面"
    REVIEW = "review", "掲載確認の画面"
    MAIL = "mail", "メールの配信の画面"
    TALK = "talk", "総務省とのやり取りの画面"
    REVIEW_TALK = "review_talk", "市区町村とのやり取りの画面"


class Frequency(Choice):
    """How often a subscriber wants mail."""

    AT_ONCE = "at_once", "随時"
    DAILY = "daily", "1日1回(午前8時)"
    WEEKLY = "weekly", "週1回(月曜日の午前8時)"


class SubscriptionState(Choice):
    """A subscription before and after its confirmation."""

    PENDING = "pending", "確認待ち"
    ACTIVE = "active", "配信中"
    LEFT = "left", "停止"


class DeliveryKind(Choice):
    """What a mail is for."""

    NOTICE = "notice", "募集のお知らせ"
    CONFIRMATION = "confirmation", "登録の確認"
    MANAGE_LINK = "manage_link", "配信条件の確認"
    INVITATION = "invitation", "利用者の招待"
    PASSWORD_RESET = "password_reset", "パスワードの再設定"
    SUBMITTED = "submitted", "掲載依頼の受付"
    RETURNED = "returned", "修正依頼"
    PUBLISHED = "published", "掲載のお知らせ"
    CORRECTION_ANSWERED = "correction_answered", "訂正・削除の申出への回答"
    STOPPED = "stopped", "掲載を止めたお知らせ"
    HELD = "held", "配信の保留のお知らせ"
    REMINDER = "reminder", "募集についての確認のお願い"
    ONE_TIME_CODE = "one_time_code", "確認コード"
    QUESTION_CONFIRMATION = "question_confirmation", "質問の確認"
    QUESTION = "question", "届いた質問"
    ANSWER = "answer", "質問への回答"
    JOINT = "joint", "共同募集の確認"
    PREFECTURE = "prefecture", "都道府県の経由・代理作成"
    ACCOUNT = "account", "アカウントのお知らせ"
    TALK = "talk", "掲載確認についてのやり取り"
    CORRECTION = "correction", "掲載内容についての申出"
    COLLECTED = "collected", "見つけた募集についての確認"


class DeliveryState(Choice):
    """Where a delivery stands."""

    QUEUED = "queued", "送信待ち"
    LEASED = "leased", "送信中"
    SENT = "sent", "送信済み"
    FAILED = "failed", "送信失敗"
    CANCELLED = "cancelled", "取消し"


class Dropped(Choice):
    """Why what matched a subscription is not told."""

    LEFT = "left", "本人が配信を停止した"
    STOPPED = "stopped", "宛先に届かないので配信を止めた"
    REFUSED = "refused", "本人がこの自治体を不要とした"
    NARROWED = "narrowed", "本人がこの種類のお知らせを不要とした"
    DISCARDED = "discarded", "掲載確認担当が送らないと決めた"
    ENDED = "ended", "知らせる前に掲載が終わった"


class Attempted(Choice):
    """What became of one try to hand a mail over, or of a mail afterwards."""

    DEFERRED = "deferred", "相手のサーバーが後にするよう求めた"
    REFUSED = "refused", "相手のサーバーが断った"
    UNREACHABLE = "unreachable", "サーバーとのやり取りが途切れた"
    BOUNCED = "bounced", "届かずに戻ってきた"


class Bounce(Choice):
    """Whether what came back will ever arrive."""

    HARD = "hard", "宛先がない(配信を止めます)"
    SOFT = "soft", "一時的に届かない"


class Fault(Choice):
    """What somebody asks to be mended in a posting (職業安定法施行規則4条の3第4項)."""

    UNTRUE = "untrue", "内容が事実と異なる"
    OVER = "over", "募集が終わっている・存在しない"
    UNLAWFUL = "unlawful", "法令に反するおそれ"
    UNWANTED = "unwanted", "掲載をやめてほしい"
    OTHER = "other", "その他"


class Speaker(Choice):
    """Who asks for a correction, as far as that was told."""

    MUNICIPALITY = "municipality", "市区町村の職員"
    APPLICANT = "applicant", "応募を考えている人"
    OTHER = "other", "その他"


class Remedy(Choice):
    """What was done about a request for correction."""

    CORRECTED = "corrected", "訂正した"
    STOPPED = "stopped", "掲載を止めた"
    DECLINED = "declined", "対応しない"


class Succession(Choice):
    """What became of a municipality on a day."""

    MERGED = "merged", "合併(ほかの市区町村に引き継ぐ)"
    RENAMED = "renamed", "名称変更"
    RECODED = "recoded", "コードの変更(市制施行、政令指定など)"


class SecondFactor(Choice):
    """What a member of staff shows beside the password."""

    TOTP = "totp", "認証アプリ"
    MAIL = "mail", "メールの確認コード"


class FactorLoss(Choice):
    """Why an administrator forgets somebody's second factor."""

    LOST = "lost", "端末をなくした・盗まれた"
    REPLACED = "replaced", "端末を替えた"
    BROKEN = "broken", "端末が壊れた・アプリが消えた"
    NO_MAIL = "no_mail", "メールが受け取れなくなった"


class Strange(Choice):
    """What in the audit a person should look at."""

    FAILED_SIGN_INS = "failed_sign_ins", "ログインの失敗が続いています"
    WITHDRAWALS = "withdrawals", "募集中止が続いています"
    EXPORT = "export", "登録者か監査記録のデータが書き出されました"
    ROLE = "role", "管理者の権限が与えられました"
    FACTOR_RESET = "factor_reset", "2つめの確認が解除されました"
    BROKEN_CHAIN = "broken_chain", "監査記録のつながりが合いません"


class FixedPage(Choice):
    """A page of the site whose text the office writes."""

    ABOUT = "about", "このサイトについて"
    HELP = "help", "使い方"
    PRIVACY = "privacy", "個人情報の取扱い"
    TERMS = "terms", "利用規約"
    ACCESSIBILITY = "accessibility", "ウェブアクセシビリティ方針"
    CORRECTION = "correction", "訂正・削除の申出と苦情への対応"
    OFFICE = "office", "運営者"
