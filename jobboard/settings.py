"""Every setting as a row of one table, and the error that names a wrong one.

docs/settings.md shows this table; tests/test_settings.py compares the two. The values are read in config.py.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "JOBBOARD_"


@dataclass(frozen=True)
class Setting:
    """One environment variable. `name` is the field of Config; the other texts are for people."""

    name: str
    kind: str
    default: str
    meaning: str
    in_english: str
    example: str

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


SETTINGS = (
    Setting(
        "bind",
        "ホスト:ポート",
        "127.0.0.1:8000",
        "Webサーバーが待ち受けるアドレス",
        "the address the web server listens at",
        "127.0.0.1:8001",
    ),
    Setting(
        "base_url",
        "URL",
        "http://(BIND)",
        "利用者から見えるサイトのURL。メールやフィードのリンクに使います",
        "the site's address as readers see it, used in mails and feeds",
        "https://jobs.example.go.jp",
    ),
    Setting(
        "database_url",
        "URL",
        "sqlite:///(INSTANCE_DIR)/jobboard.sqlite3",
        "データベース。SQLite(ファイル)かPostgreSQL",
        "the database: an SQLite file or PostgreSQL",
        "postgresql://jobboard:password@db.example/jobboard",
    ),
    Setting(
        "queue_url",
        "URL",
        "データベースと同じ(SQLiteなら隣の jobboard-queue.sqlite3)",
        "作業待ち行列の置き場所。SQLite、PostgreSQL、Redisのどれか",
        "where the task queue is kept: SQLite, PostgreSQL or Redis",
        "redis://127.0.0.1:6379/0",
    ),
    Setting(
        "secret_key",
        "32文字以上の文字列",
        "なし(見本では自動で作ります)",
        "ログイン状態などに署名する秘密の鍵",
        "the secret that signs sessions",
        "3f9c…(openssl rand -hex 32 の結果)",
    ),
    Setting(
        "token_key",
        "32文字以上の文字列",
        "なし(見本では自動で作ります)",
        "メールのリンクを作る秘密の鍵。SECRET_KEYとは別の値",
        "the secret behind the links in mails, not SECRET_KEY",
        "3f9c…(openssl rand -hex 32 の結果)",
    ),
    Setting(
        "mail_folder",
        "フォルダー",
        "(INSTANCE_DIR)/outbox",
        "メールを送らず、.emlファイルとして書き出すフォルダー",
        "the folder that mails are written into as .eml files",
        "/var/lib/jobboard/outbox",
    ),
    Setting(
        "smtp_url",
        "URL",
        "なし(メールはMAIL_FOLDERへ書き出します)",
        "メールを送るSMTPサーバー。starttls=required(既定)またはoff、timeout=秒。smtps:// も使えます",
        "the SMTP server that mail is sent through",
        "smtp://user:pass@mail.example:587?starttls=required",
    ),
    Setting(
        "mail_from",
        "メールアドレス",
        "noreply@(BASE_URLのホスト)",
        "メールの差出人。SMTP_URLを使うときは必ず指定します",
        "the sender of mails, required with SMTP_URL",
        "noreply@jobs.example.go.jp",
    ),
    Setting(
        "bounce_address",
        "メールアドレス",
        "MAIL_FROMのアドレス",
        "届かなかったメールの知らせを受け取るアドレス。@の前に「+印」の付いたものも届くようにします",
        "the address that receives bounces",
        "bounces@jobs.example.go.jp",
    ),
    Setting(
        "bounce_maildir",
        "フォルダー",
        "なし",
        "届かなかったメールの知らせがたまるMaildir。ワーカーが毎分読みます",
        "a Maildir that bounces arrive in, read every minute",
        "/var/mail/bounces",
    ),
    Setting(
        "mail_connections",
        "1から16の整数",
        "2",
        "1つのワーカーがメールサーバーへ同時に開く接続の数",
        "connections that one worker keeps to the mail server",
        "4",
    ),
    Setting(
        "mail_per_minute",
        "整数(0は制限なし)",
        "0",
        "1分に送るメールの上限",
        "the most mails sent in a minute; 0 for no limit",
        "600",
    ),
    Setting(
        "mail_domain_per_minute",
        "整数(0は制限なし)",
        "0",
        "1つの宛先ドメインに1分に送るメールの上限",
        "the most mails sent to one recipient domain in a minute; 0 for no limit",
        "100",
    ),
    Setting(
        "mail_hold_over",
        "整数(0は使わない)",
        "50000",
        "24時間にこの人数を超えるお知らせは、掲載確認担当が確かめるまで送りません",
        "notices to more persons than this in 24 hours wait for a moderator; 0 for never",
        "20000",
    ),
    Setting(
        "mail_hold_times",
        "整数(0は使わない)",
        "5",
        "過去28日で最も多かった日のこの倍数を超えるお知らせは、掲載確認担当が確かめるまで送りません",
        "notices over this many times the busiest of the last 28 days wait for a moderator; 0 for never",
        "3",
    ),
    Setting(
        "dkim_selector",
        "文",
        "なし",
        "メールサーバーが署名に使うDKIMのセレクター。`jobboard check --mail` がDNSで確かめます",
        "the DKIM selector of the mail server, looked up by `jobboard check --mail`",
        "mail2026",
    ),
    Setting(
        "mail_postal_address",
        "文",
        "なし",
        "メールの末尾に載せる、送信者の住所(特定電子メール法4条)。SMTP_URLを使うときは必ず指定します",
        "the sender's postal address below each mail, required with SMTP_URL",
        "〒100-8926 東京都千代田区霞が関2-1-2",
    ),
    Setting(
        "site_name",
        "文",
        "市区町村の外部デジタル人材 募集情報",
        "サイトの名前",
        "the site's name",
        "デジタル人材 募集情報",
    ),
    Setting(
        "office",
        "文",
        "なし(見本では、架空の窓口)",
        "このサイトを担当する室の名前。案内のページの「お問い合わせ」に載せます",
        "the office that answers for the site, shown on its pages",
        "自治行政局 地域情報化企画室",
    ),
    Setting(
        "contact",
        "メールアドレス または URL",
        "なし(見本では、架空の窓口)",
        "問い合わせ先。案内のページとsecurity.txtに載せます",
        "where questions and reports go, shown on pages and in security.txt",
        "toiawase@jobs.example.go.jp",
    ),
    Setting(
        "instance_dir",
        "フォルダー",
        "instance(ソースの隣、または作業フォルダーの中)",
        "データベース、鍵、添付などを置くフォルダー",
        "the folder for the database, keys and uploads",
        "/var/lib/jobboard",
    ),
    Setting(
        "demo",
        "1 または 0",
        "0",
        "1なら見本として動かします(架空の自治体、メールの画面つき)",
        "1 runs the demonstration",
        "1",
    ),
    Setting(
        "trusted_proxies",
        "0から5の整数",
        "0",
        "手前にある信頼できるプロキシの段数(X-Forwarded-Forをその数だけ信じます)",
        "how many proxies in front are trusted for X-Forwarded-For",
        "1",
    ),
    Setting(
        "upload_dir",
        "フォルダー",
        "(INSTANCE_DIR)/uploads",
        "添付ファイルを置くフォルダー",
        "the folder for attachments",
        "/var/lib/jobboard/uploads",
    ),
    Setting(
        "cache_url",
        "URL",
        "なし(プロセスごとに持ちます)",
        "できあがったページを、複数のWebサーバーで分けあうRedis",
        "a Redis that several web servers share finished pages in",
        "redis://127.0.0.1:6379/1",
    ),
    Setting(
        "keep_postings_years",
        "1から100の整数",
        "10",
        "募集とその記録を残す年数。募集が終わった年度の翌年度の4月1日から数え、過ぎたら消します",
        "the years that postings are kept, from the 1 April after the fiscal year in which they ended",
        "5",
    ),
    Setting(
        "keep_audit_years",
        "1から100の整数",
        "10",
        "監査記録を残す年数。書かれた年度の翌年度の4月1日から数え、過ぎたら古いものから消します",
        "the years that the audit is kept, from the 1 April after the fiscal year in which an entry was written",
        "30",
    ),
    Setting("log_format", "text または json", "text", "ログの書き方", "the form of log lines", "json"),
)
BY_NAME: Mapping[str, Setting] = {setting.name: setting for setting in SETTINGS}


class SettingError(Exception):
    """A JOBBOARD_ variable is wrong, missing or unknown. The text never repeats the value."""

    def __init__(
        self, variable: str, reason: str, reason_en: str, meaning: str, meaning_en: str, example: str
    ) -> None:
        self.variable, self.meaning, self.example = variable, meaning, example
        super().__init__(
            f"設定 {variable} を直してください: {reason}。意味: {meaning}。例: {example}\n"
            f"(Setting {variable}: {reason_en}. Meaning: {meaning_en}. Example: {example})"
        )


def wrong(name: str, reason: str, reason_en: str) -> SettingError:
    """The error for the setting of that name."""
    setting = BY_NAME[name]
    example = f"{setting.variable}={setting.example}"
    return SettingError(setting.variable, reason, reason_en, setting.meaning, setting.in_english, example)


def unknown(variable: str) -> SettingError:
    """The error for a JOBBOARD_ variable that no row declares, naming the nearest one that exists."""
    near = difflib.get_close_matches(variable, [setting.variable for setting in SETTINGS], n=1, cutoff=0.0)
    setting = BY_NAME[near[0].removeprefix(PREFIX).lower()]
    return SettingError(
        variable,
        f"この名前の設定はありません。{setting.variable} の書き間違いではありませんか",
        f"there is no such setting; did you mean {setting.variable}",
        f"({setting.variable})" + setting.meaning,
        f"({setting.variable}) {setting.in_english}",
        f"{setting.variable}={setting.example}",
    )
