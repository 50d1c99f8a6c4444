"""収集: fetches of sources, items of feeds, postings of which only the link is known."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
KINDS = (
    "notice", "confirmation", "manage_link", "invitation", "password_reset", "submitted", "returned", "published",
    "correction_answered", "stopped", "held", "reminder", "one_time_code", "question_confirmation", "question",
    "answer", "joint", "prefecture", "account", "talk", "correction", "collected",
)  # fmt: skip
OF_SOURCE = (
    "page_url", "plain_http", "next_at", "lease_owner", "leased_until", "fetched_at", "etag", "last_modified", "digest",
    "failures", "failing_since",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("posting", sa.Column("link_only", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("source", sa.Column("page_url", sa.String(length=500), nullable=False, server_default=""))
    op.add_column("source", sa.Column("plain_http", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("source", sa.Column("next_at", INSTANT, nullable=True))
    op.add_column("source", sa.Column("lease_owner", sa.String(length=120), nullable=True))
    op.add_column("source", sa.Column("leased_until", INSTANT, nullable=True))
    op.add_column("source", sa.Column("fetched_at", INSTANT, nullable=True))
    op.add_column("source", sa.Column("etag", sa.String(length=300), nullable=False, server_default=""))
    op.add_column("source", sa.Column("last_modified", sa.String(length=100), nullable=False, server_default=""))
    op.add_column("source", sa.Column("digest", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("source", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("source", sa.Column("failing_since", INSTANT, nullable=True))
    _allow(KINDS)
    _tables_up()


def downgrade() -> None:
    op.execute("DELETE FROM delivery WHERE kind = 'collected'")
    _allow(KINDS[:-1])
    op.drop_table("source_item")
    op.drop_table("fetch")
    op.drop_index(op.f("ix_source_next_at"), "source")
    with op.batch_alter_table("source", table_kwargs={"sqlite_autoincrement": True}) as source:
        for column in OF_SOURCE:
            source.drop_column(column)
    with op.batch_alter_table("posting", table_kwargs={"sqlite_autoincrement": True}) as posting:
        posting.drop_column("link_only")


def _allow(kinds: tuple[str, ...]) -> None:
    """The kinds of a mail. SQLite does it by copying the table, and must be told to keep its ids counting up."""
    name = op.f("ck_delivery_kind_known")
    with op.batch_alter_table("delivery", table_kwargs={"sqlite_autoincrement": True}) as delivery:
        delivery.drop_constraint(name, type_="check")
        delivery.create_check_constraint(name, f"kind IN ({', '.join(repr(kind) for kind in kinds)})")


def _tables_up() -> None:
    op.create_table(
        "fetch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("took", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("new_items", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('read', 'unchanged', 'forbidden', 'address', 'unreachable', 'slow', 'large', 'redirects', 'refused', 'not_a_feed', 'broken')",
            name=op.f("ck_fetch_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_fetch_source_id_source"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fetch")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_fetch_at"), "fetch", ["at"])
    op.create_index(op.f("ix_fetch_source_id"), "fetch", ["source_id"])
    op.create_table(
        "source_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("identity", sa.String(length=64), nullable=False),
        sa.Column("link", sa.String(length=2000), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("dated", sa.Date(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", INSTANT, nullable=False),
        sa.Column("last_seen_at", INSTANT, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("rules", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("dismissed_for", sa.Text(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", INSTANT, nullable=True),
        sa.Column("gone_at", INSTANT, nullable=True),
        sa.Column("looked_at", INSTANT, nullable=True),
        sa.Column("link_checked_at", INSTANT, nullable=True),
        sa.Column("link_status", sa.Integer(), nullable=True),
        sa.Column("link_gone_at", INSTANT, nullable=True),
        sa.Column("known", JSON, nullable=False),
        sa.Column("invited_at", INSTANT, nullable=True),
        sa.Column("invited_address", sa.String(length=254), nullable=False),
        sa.Column("link_generation", sa.Integer(), nullable=False),
        sa.Column("answered_at", INSTANT, nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "state IN ('ignored', 'candidate', 'dismissed', 'taken')", name=op.f("ck_source_item_state_known")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["account.id"], name=op.f("fk_source_item_decided_by_id_account")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_source_item_posting_id_posting")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_source_item_source_id_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_item")),
        sa.UniqueConstraint("source_id", "identity", name=op.f("uq_source_item_source_id_identity")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_source_item_posting_id"), "source_item", ["posting_id"])
    op.create_index(op.f("ix_source_item_rules"), "source_item", ["rules"])
    op.create_index(op.f("ix_source_item_source_id"), "source_item", ["source_id"])
    op.create_index(op.f("ix_source_item_state"), "source_item", ["state"])
    op.create_index(op.f("ix_source_next_at"), "source", ["next_at"])
