"""リンクのみ, ended: why what matched is not told; and what those that are there say is made true (docs/decisions/0031)."""

from datetime import timedelta

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

REASONS = ("left", "stopped", "refused", "narrowed", "discarded", "ended")
JAPAN = timedelta(hours=9)

posting = sa.table(
    "posting", sa.column("id", sa.Integer), sa.column("link_only", sa.Boolean), sa.column("state", sa.String), sa.column("outcome", sa.String),
    sa.column("info_as_of", sa.Date),
)  # fmt: skip
version = sa.table(
    "version", sa.column("id", sa.Integer), sa.column("posting_id", sa.Integer), sa.column("number", sa.Integer),
    sa.column("content", sa.JSON().with_variant(postgresql.JSONB(), "postgresql")),
)  # fmt: skip
event = sa.table("change_event", sa.column("posting_id", sa.Integer), sa.column("kind", sa.String), sa.column("material", sa.Boolean))
item = sa.table(
    "source_item", sa.column("posting_id", sa.Integer), sa.column("agreed", sa.Boolean), sa.column("answered_at", sa.DateTime(timezone=True))
)


def upgrade() -> None:
    _allow(REASONS)
    bind = op.get_bind()
    bind.execute(posting.update().where(posting.c.link_only).values(info_as_of=None))
    for number, answered_at in bind.execute(sa.select(item.c.posting_id, item.c.answered_at).where(item.c.agreed)).all():
        mine = posting.update().where(posting.c.id == number, posting.c.link_only)
        bind.execute(mine.values(info_as_of=(answered_at + JAPAN).date()))
    over = sa.and_(posting.c.link_only, posting.c.state.in_(("closed", "withdrawn")))
    shown = sa.select(version.c.id, version.c.content).join(posting, posting.c.id == version.c.posting_id).where(over, version.c.number.is_not(None))
    for number, content in bind.execute(shown).all():
        bind.execute(version.update().where(version.c.id == number).values(content={**content, "official_url": ""}))
    bind.execute(posting.update().where(over, posting.c.outcome == "cancelled").values(outcome=None))
    theirs = sa.select(posting.c.id).where(over)
    bind.execute(event.update().where(event.c.posting_id.in_(theirs), event.c.kind.in_(("closed", "withdrawn"))).values(material=True))


def downgrade() -> None:
    op.execute("DELETE FROM match WHERE dropped = 'ended'")
    _allow(REASONS[:-1])


def _allow(reasons: tuple[str, ...]) -> None:
    """Why a match was dropped; SQLite does it by copying the table."""
    name = op.f("ck_match_dropped_known")
    with op.batch_alter_table("match") as match:
        match.drop_constraint(name, type_="check")
        match.create_check_constraint(name, f"dropped IN ({', '.join(repr(one) for one in reasons)})")
