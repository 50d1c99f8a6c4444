"""7 問い合わせ先. One of the three ways to ask is enough (content checks say so)."""

from jobboard.base.fields.field import Effect, Field, FieldType, Need, Section

_S = Section.CONTACT

CONTACT_FIELDS = (
    Field(
        name="department", label="担当部署", type=FieldType.TEXT, section=_S, need=Need.ALWAYS, max_length=100,
        effect=Effect.AT_ONCE, example="総務部デジタル推進課",
        why="どの部署が募集しているのかを示すためです。",
    ),
    Field(
        name="contact_tel", label="電話番号", type=FieldType.PHONE, section=_S, max_length=40, effect=Effect.AT_ONCE,
        example="022-000-0000", help="電話、メール、フォームのうち、少なくとも1つを書きます。",
        why="応募の前に、質問できるようにするためです。",
    ),
    Field(
        name="contact_email", label="メールアドレス", type=FieldType.EMAIL, section=_S, max_length=254,
        effect=Effect.AT_ONCE, example="dx@city.aoba.example.jp",
        why="電話しにくい時間でも、質問できるようにするためです。",
    ),
    Field(
        name="contact_form_url", label="問い合わせフォームのURL", type=FieldType.URL, section=_S, max_length=500,
        effect=Effect.AT_ONCE, example="https://www.city.aoba.example.jp/form",
        why="メールを使わずに、質問できるようにするためです。",
    ),
)
