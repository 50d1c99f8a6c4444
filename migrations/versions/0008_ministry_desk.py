"""The ministry's desk: who reviews what, the talk, saved remarks; contacts and changes of municipalities; sources; searches."""

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
COUNTED = {"sqlite_autoincrement": True}
KINDS = (
    "notice", "confirmation", "manage_link", "invitation", "password_reset", "submitted", "returned", "published",
    "correction_answered", "stopped", "held", "reminder", "one_time_code", "question_confirmation", "question",
    "answer", "joint", "prefecture", "account", "talk", "correction",
)  # fmt: skip
ACTS = (
    "invitation", "password", "sign_in", "home", "posting", "ended", "questions", "joint", "prefecture", "review", "mail",
    "talk", "review_talk",
)  # fmt: skip
TABLES = ("presence", "talk", "saved_remark", "municipality_change", "source", "inquiry", "search_day")
PAGES = ("about", "help", "privacy", "terms", "accessibility", "correction", "office")
SETTLED = "ix_delivery_settled_at"
CONTACT = {"contact_section": 80, "contact_phone": 40, "contact_email": 254}


def upgrade() -> None:
    for column, length in CONTACT.items():
        op.add_column("municipality", sa.Column(column, sa.String(length=length), nullable=False, server_default=""))
    op.add_column("board", sa.Column("swept_at", INSTANT, nullable=True))
    op.add_column("board", sa.Column("audit_walked_at", INSTANT, nullable=True))
    with op.batch_alter_table("account", table_kwargs=COUNTED) as account:
        account.drop_constraint(op.f("uq_account_email"), type_="unique")
        account.create_unique_constraint(op.f("uq_account_email_name"), ["email", "name"])
    with op.batch_alter_table("posting", table_kwargs=COUNTED) as posting:
        posting.add_column(sa.Column("reviewer_id", sa.Integer(), nullable=True))
        posting.add_column(sa.Column("reviewer_since", INSTANT, nullable=True))
        posting.create_foreign_key(op.f("fk_posting_reviewer_id_account"), "account", ["reviewer_id"], ["id"])
    with op.batch_alter_table("correction", table_kwargs=COUNTED) as correction:
        correction.alter_column("receipt", existing_type=sa.String(length=13), type_=sa.String(length=16), existing_nullable=False)
        correction.add_column(sa.Column("version_id", sa.Integer(), nullable=True))
        correction.create_foreign_key(op.f("fk_correction_version_id_version"), "version", ["version_id"], ["id"])
    _allow(KINDS)
    _lead_to(ACTS)
    _write(PAGES)
    settled = sa.text("settled_at IS NOT NULL")
    op.create_index(SETTLED, "delivery", ["settled_at", "state"], sqlite_where=settled, postgresql_where=settled)
    _of_review()
    _of_places()
    _of_corrections()
    op.create_table(
        "search_day",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=80), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("found_nothing", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("on", "words", name=op.f("pk_search_day")),
    )


def downgrade() -> None:
    op.execute("DELETE FROM page_text WHERE page = 'correction'")
    _write([page for page in PAGES if page != "correction"])
    op.drop_index(SETTLED, "delivery")
    op.execute("DELETE FROM delivery WHERE kind IN ('talk', 'correction')")
    _allow(KINDS[:-2])
    op.execute("DELETE FROM one_time_code WHERE act IN ('talk', 'review_talk')")
    _lead_to(ACTS[:-2])
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("correction", table_kwargs=COUNTED) as correction:
        correction.drop_constraint(op.f("fk_correction_version_id_version"), type_="foreignkey")
        correction.drop_column("version_id")
        correction.alter_column(
            "receipt", existing_type=sa.String(length=16), type_=sa.String(length=13), existing_nullable=False,
            postgresql_using="left(receipt, 13)",
        )  # fmt: skip
    with op.batch_alter_table("posting", table_kwargs=COUNTED) as posting:
        posting.drop_constraint(op.f("fk_posting_reviewer_id_account"), type_="foreignkey")
        posting.drop_column("reviewer_since")
        posting.drop_column("reviewer_id")
    # An address belongs to one person again: the first; the others keep their accounts under an address that gets no mail.
    earlier = "SELECT 1 FROM account AS other WHERE other.email = account.email AND other.id < account.id"
    op.execute(f"UPDATE account SET email = email || '.' || id || '.invalid' WHERE EXISTS ({earlier})")
    with op.batch_alter_table("account", table_kwargs=COUNTED) as account:
        account.drop_constraint(op.f("uq_account_email_name"), type_="unique")
        account.create_unique_constraint(op.f("uq_account_email"), ["email"])
    with op.batch_alter_table("board") as board:
        board.drop_column("swept_at")
        board.drop_column("audit_walked_at")
    with op.batch_alter_table("municipality") as municipality:
        for column in CONTACT:
            municipality.drop_column(column)


def _allow(kinds: tuple[str, ...]) -> None:
    """The kinds of a mail. SQLite does it by copying the table, and must be told to keep its ids counting up."""
    name = op.f("ck_delivery_kind_known")
    with op.batch_alter_table("delivery", table_kwargs=COUNTED) as delivery:
        delivery.drop_constraint(name, type_="check")
        delivery.create_check_constraint(name, f"kind IN ({', '.join(repr(kind) for kind in kinds)})")


def _lead_to(acts: tuple[str, ...]) -> None:
    """Where codes lead."""
    name = op.f("ck_one_time_code_act_known")
    with op.batch_alter_table("one_time_code", table_kwargs=COUNTED) as code:
        code.drop_constraint(name, type_="check")
        code.create_check_constraint(name, f"act IN ({', '.join(repr(act) for act in acts)})")


def _write(pages: Iterable[str]) -> None:
    """The pages whose text the office writes."""
    name = op.f("ck_page_text_page_known")
    with op.batch_alter_table("page_text", table_kwargs=COUNTED) as page_text:
        page_text.drop_constraint(name, type_="check")
        page_text.create_check_constraint(name, f"page IN ({', '.join(repr(page) for page in pages)})")


def _to(table: str, column: str, other: str, key: str = "id", **options: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=name, **options)


def _of_review() -> None:
    op.create_table(
        "presence",
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        _to("presence", "posting_id", "posting", ondelete="CASCADE"),
        _to("presence", "account_id", "account", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("posting_id", "account_id", name=op.f("pk_presence")),
    )
    op.create_table(
        "talk",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("from_ministry", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("seen_at", INSTANT, nullable=True),
        _to("talk", "posting_id", "posting"), _to("talk", "written_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_talk_posting_id"), "talk", ["posting_id"])
    op.create_table(
        "saved_remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("saved_at", INSTANT, nullable=False),
        sa.Column("saved_by_id", sa.Integer(), nullable=True),
        sa.Column("put_away_at", INSTANT, nullable=True),
        _to("saved_remark", "saved_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_remark")),
        sqlite_autoincrement=True,
    )


def _of_places() -> None:
    op.create_table(
        "municipality_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("successor_code", sa.String(length=6), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kana", sa.String(length=80), nullable=False),
        sa.Column("former_name", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("entered_at", INSTANT, nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("applied_at", INSTANT, nullable=True),
        sa.CheckConstraint("kind IN ('merged', 'renamed', 'recoded')", name=op.f("ck_municipality_change_kind_known")),
        _to("municipality_change", "code", "municipality", "code"), _to("municipality_change", "entered_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_municipality_change")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_municipality_change_code"), "municipality_change", ["code"])
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("paused_at", INSTANT, nullable=True),
        sa.Column("paused_for", sa.Text(), nullable=False),
        _to("source", "municipality_code", "municipality", "code"), _to("source", "created_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("url", name=op.f("uq_source_url")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_source_municipality_code"), "source", ["municipality_code"])


def _of_corrections() -> None:
    op.create_table(
        "inquiry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("correction_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        _to("inquiry", "correction_id", "correction"), _to("inquiry", "made_by_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiry")),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index(op.f("ix_inquiry_correction_id"), "inquiry", ["correction_id"])
