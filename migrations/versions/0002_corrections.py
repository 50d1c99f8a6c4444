"""Requests for correction, and the mails that answer them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KINDS = ("notice", "confirmation", "manage_link", "invitation", "password_reset", "submitted", "returned", "published")
NEW_KINDS = ("correction_answered", "stopped")


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.String(length=13), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("speaker", sa.String(length=40), nullable=True),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("remedy", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "fault IN ('untrue', 'over', 'unlawful', 'unwanted', 'other')", name=op.f("ck_correction_fault_known")
        ),
        sa.CheckConstraint(
            "speaker IN ('municipality', 'applicant', 'other')", name=op.f("ck_correction_speaker_known")
        ),
        sa.CheckConstraint(
            "remedy IN ('corrected', 'stopped', 'declined')", name=op.f("ck_correction_remedy_known")
        ),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (remedy IS NULL)", name=op.f("ck_correction_answered_has_remedy")
        ),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_correction_posting_id_posting")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_correction_subscriber_id_subscriber"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["account.id"], name=op.f("fk_correction_answered_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_correction_delivery_id_delivery"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("receipt", name=op.f("uq_correction_receipt")),
        sqlite_autoincrement=True,
    )
    for column in ("posting_id", "subscriber_id", "answered_at", "delivery_id"):
        op.create_index(op.f(f"ix_correction_{column}"), "correction", [column], unique=False)
    _allow(KINDS + NEW_KINDS)


def downgrade() -> None:
    for column in ("delivery_id", "answered_at", "subscriber_id", "posting_id"):
        op.drop_index(op.f(f"ix_correction_{column}"), table_name="correction")
    op.drop_table("correction")
    op.execute(f"DELETE FROM delivery WHERE kind IN {NEW_KINDS!r}")
    _allow(KINDS)


def _allow(kinds: tuple[str, ...]) -> None:
    """Makes these the kinds of a mail. SQLite does it by copying the table, and must be told to keep its ids counting up."""
    name = op.f("ck_delivery_kind_known")
    with op.batch_alter_table("delivery", table_kwargs={"sqlite_autoincrement": True}) as delivery:
        delivery.drop_constraint(name, type_="check")
        delivery.create_check_constraint(name, f"kind IN ({', '.join(repr(kind) for kind in kinds)})")
