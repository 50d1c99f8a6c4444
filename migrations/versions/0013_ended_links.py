"""リンクのみ, ended before it was told of: a reason why what matched is not told."""

from alembic import op

revision = "0013"
down_revision = "0009"
branch_labels = None
depends_on = None

REASONS = ("left", "stopped", "refused", "narrowed", "discarded", "ended")


def upgrade() -> None:
    _allow(REASONS)


def downgrade() -> None:
    op.execute("DELETE FROM match WHERE dropped = 'ended'")
    _allow(REASONS[:-1])


def _allow(reasons: tuple[str, ...]) -> None:
    """Why a match was dropped; SQLite does it by copying the table."""
    name = op.f("ck_match_dropped_known")
    with op.batch_alter_table("match") as match:
        match.drop_constraint(name, type_="check")
        match.create_check_constraint(name, f"dropped IN ({', '.join(repr(one) for one in reasons)})")
