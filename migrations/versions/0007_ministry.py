"""The ministry's side: second factors, sessions, handovers; the audit's chain; announcements and texts of pages."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
KINDS = (
    "notice", "confirmation", "manage_link", "invitation", "password_reset", "submitted", "returned", "published",
    "correction_answered", "stopped", "held", "reminder", "one_time_code", "question_confirmation", "question",
    "answer", "joint", "prefecture", "account",
)  # fmt: skip
TABLES = ("recovery_code", "sign_in", "handover", "audit_seal", "audit_notice", "announcement", "page_text")


def upgrade() -> None:
    with op.batch_alter_table("account", table_kwargs={"sqlite_autoincrement": True}) as account:
        account.add_column(sa.Column("second_factor", sa.String(length=40), nullable=True))
        account.add_column(sa.Column("totp_secret", sa.String(length=200), nullable=True))
        account.add_column(sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
        account.add_column(sa.Column("warned_at", INSTANT, nullable=True))
        account.create_check_constraint(op.f("ck_account_second_factor_known"), "second_factor IN ('totp', 'mail')")
    _allow(KINDS)
    _of_accounts()
    _of_the_audit()
    _of_words()


def downgrade() -> None:
    op.execute("DELETE FROM delivery WHERE kind = 'account'")
    _allow(KINDS[:-1])
    for table in reversed(TABLES):
        op.drop_table(table)
    with op.batch_alter_table("account", table_kwargs={"sqlite_autoincrement": True}) as account:
        account.drop_constraint(op.f("ck_account_second_factor_known"), type_="check")
        for column in ("second_factor", "totp_secret", "totp_step", "warned_at"):
            account.drop_column(column)


def _allow(kinds: tuple[str, ...]) -> None:
    """The kinds of a mail. SQLite does it by copying the table, and must be told to keep its ids counting up."""
    name = op.f("ck_delivery_kind_known")
    with op.batch_alter_table("delivery", table_kwargs={"sqlite_autoincrement": True}) as delivery:
        delivery.drop_constraint(name, type_="check")
        delivery.create_check_constraint(name, f"kind IN ({', '.join(repr(kind) for kind in kinds)})")


def _of_accounts() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"])
    op.create_table(
        "sign_in",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("begun_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in")),
    )
    op.create_index(op.f("ix_sign_in_account_id"), "sign_in", ["account_id"])
    op.create_index(op.f("ix_sign_in_ends_at"), "sign_in", ["ends_at"])
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=True),
        sa.Column("pref_code", sa.String(length=2), nullable=True),
        sa.Column("predecessor_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("link_generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_handover_decided_by_id_account")),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_handover_municipality_code_municipality")
        ),
        sa.ForeignKeyConstraint(["predecessor_id"], ["account.id"], name=op.f("fk_handover_predecessor_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_handover_municipality_code"), "handover", ["municipality_code"])


def _of_the_audit() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_seal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_audit_seal_entry_id")),
    )
    op.create_table(
        "audit_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("last_entry_id", sa.Integer(), nullable=False),
        sa.Column("noticed_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("seen_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('failed_sign_ins', 'withdrawals', 'export', 'role', 'factor_reset', 'broken_chain')",
            name=op.f("ck_audit_notice_kind_known"),
        ),
        sa.ForeignKeyConstraint(["seen_by_id"], ["account.id"], name=op.f("fk_audit_notice_seen_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_notice")),
        sa.UniqueConstraint("kind", "subject", "day", name=op.f("uq_audit_notice_kind_subject_day")),
        sqlite_autoincrement=True,
    )


def _of_words() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("ends_at", INSTANT, nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_announcement_created_by_id_account")),
        sa.ForeignKeyConstraint(["updated_by_id"], ["account.id"], name=op.f("fk_announcement_updated_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("uuid", name=op.f("uq_announcement_uuid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_announcement_published_at"), "announcement", ["published_at"])
    op.create_table(
        "page_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(length=40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "page IN ('about', 'help', 'privacy', 'terms', 'accessibility', 'office')",
            name=op.f("ck_page_text_page_known"),
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_page_text_created_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_page_text")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_page_text_page_published_at"), "page_text", ["page", "published_at"])
