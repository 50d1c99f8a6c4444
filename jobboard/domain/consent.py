"""What a subscriber agrees to before an address is taken. A changed text gets a new version; rows keep the one agreed to."""

VERSION = "2026-11"

PURPOSE = "入力されたメールアドレスと条件は、募集のお知らせを送るためだけに使います。"

WORDINGS = {
    "2026-04": (
        PURPOSE,
        "企業名は、登録の状況を数えるためだけに使います(任意)。",
        "登録した人を市区町村や他の人に知らせることはありません。",
        "配信はいつでも止められます。登録した情報も、メールの中のリンクからいつでも削除できます。",
        "7日以内に確定されなかった登録は、自動で削除します。",
    ),
    VERSION: (
        PURPOSE,
        "企業名は、登録の状況を数えるためだけに使います。",
        "登録した人を市区町村や他の人に知らせることはありません。",
        "申込みと確定の日時、この文の版を、同意の記録として残します。送ったメールの宛先と本文は、90日で消します。",
        "配信はいつでも止められます。登録した情報は、メールの中のリンクからいつでも見て、取り出し、削除できます。",
        "7日以内に確定されなかった登録は、自動で削除します。",
    ),
}
"""Every wording that anybody has agreed to, by its version; none is ever changed or taken away."""

CONSENT = WORDINGS[VERSION]


def wording(version: str) -> tuple[str, ...]:
    """The sentences that were agreed to under this version; none for a version that never was."""
    return WORDINGS.get(version, ())
