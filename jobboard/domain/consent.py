"""What a subscriber agrees to before an address is taken. A changed text gets a new version; rows keep the one agreed to."""

VERSION = "2026-04"

PURPOSE = "入力されたメールアドレスと条件は、募集のお知らせを送るためだけに使います。"

CONSENT = (
    PURPOSE,
    "企業名は、登録の状況を数えるためだけに使います(任意)。",
    "登録した人を市区町村や他の人に知らせることはありません。",
    "配信はいつでも止められます。登録した情報も、メールの中のリンクからいつでも削除できます。",
    "7日以内に確定されなかった登録は、自動で削除します。",
)
