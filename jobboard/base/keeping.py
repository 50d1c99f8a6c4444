"""What is kept for a time only, each kind by its name."""

from jobboard.base.choice import Choice


class Kept(Choice):
    """A rule of retention: what goes when its time is over."""

    FILES = "files", "どの記録にもないファイル"
    SUBSCRIPTIONS = "subscriptions", "確定されなかった配信登録"
    MAIL = "mail", "送ったメールの記録の宛先と本文"
    CORRECTIONS = "corrections", "回答した訂正・削除の申出のアドレス"
    QUESTIONS = "questions", "確定されなかった質問"
    ASKERS = "askers", "終わった募集に質問した人のアドレスと言葉"
    HANDOVERS = "handovers", "確定されなかった引き継ぎの申出"
    DECIDED_HANDOVERS = "decided_handovers", "答えた引き継ぎの申出の氏名とアドレス"
    SESSIONS = "sessions", "終わったログイン"
    CODES = "codes", "期限の過ぎた確認コード"
    COUNTERS = "counters", "操作の回数を数える符号"
    PACE = "pace", "1分ごとのメールの数"
    ATTACHMENTS = "attachments", "外された添付ファイル"
    ASKED = "asked", "見つけた募集について確かめた宛先"
    FETCHES = "fetches", "収集元を読んだ記録"
    PRESENCE = "presence", "掲載確認の画面を開いている印"
    SEARCHES = "searches", "探された言葉の日ごとの回数"
    ACCOUNTS = "accounts", "使われていないアカウント"
    OLD_DRAFTS = "old_drafts", "書かれていない下書き"
    DRAFTS = "drafts", "掲載されず、保管した下書き"
    POSTINGS = "postings", "終わった募集とその記録"
    AUDIT = "audit", "監査記録"
