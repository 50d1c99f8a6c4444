"""List cards, and a search index on two shelves. Their content is derived: `jobboard init` fills them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
FTS = "CREATE VIRTUAL TABLE {} USING fts5(tokens, columnsize=0, tokenize='unicode61')"


def upgrade() -> None:
    # Plain ALTER TABLE: rebuilding a table on SQLite would delete the rows that hang on it.
    op.add_column("posting", sa.Column("card", JSON, nullable=False, server_default="{}"))
    op.add_column("board", sa.Column("index_format", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_posting_state_updated_at", "posting", ["state", "updated_at"])
    op.drop_index("ix_change_event_posting_id", table_name="change_event")
    op.create_index("ix_change_event_posting_id_occurred_at", "change_event", ["posting_id", "occurred_at"])
    op.execute("DROP TABLE posting_search")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(FTS.format("posting_search"))
        op.execute(FTS.format("posting_search_over"))
        return
    op.execute(
        "CREATE TABLE posting_search ("
        " posting_id INTEGER NOT NULL CONSTRAINT fk_posting_search_posting_id_posting"
        " REFERENCES posting (id) ON DELETE CASCADE,"
        " part INTEGER NOT NULL, over BOOLEAN NOT NULL, tokens TSVECTOR NOT NULL,"
        " CONSTRAINT pk_posting_search PRIMARY KEY (posting_id, part))"
    )
    op.execute("CREATE INDEX ix_posting_search_tokens ON posting_search USING gin (tokens) WHERE NOT over")
    op.execute("CREATE INDEX ix_posting_search_over_tokens ON posting_search USING gin (tokens) WHERE over")


def downgrade() -> None:
    op.execute("DROP TABLE posting_search")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE posting_search_over")
        op.execute(FTS.format("posting_search"))
    else:
        op.execute(
            "CREATE TABLE posting_search ("
            " posting_id INTEGER NOT NULL CONSTRAINT fk_posting_search_posting_id_posting"
            " REFERENCES posting (id) ON DELETE CASCADE,"
            " part INTEGER NOT NULL, tokens TSVECTOR NOT NULL,"
            " CONSTRAINT pk_posting_search PRIMARY KEY (posting_id, part))"
        )
        op.execute("CREATE INDEX ix_posting_search_tokens ON posting_search USING gin (tokens)")
    op.drop_index("ix_change_event_posting_id_occurred_at", table_name="change_event")
    op.create_index("ix_change_event_posting_id", "change_event", ["posting_id"])
    op.drop_index("ix_posting_state_updated_at", table_name="posting")
    op.execute("ALTER TABLE board DROP COLUMN index_format")
    op.execute("ALTER TABLE posting DROP COLUMN card")
