"""Answers to questions that were corrected; codes that lead to a joint recruitment."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ACTS = ("invitation", "password", "sign_in", "home", "posting", "ended", "questions", "prefecture", "review", "mail")


def upgrade() -> None:
    op.add_column("question", sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    _lead_to((*ACTS, "joint"))


def downgrade() -> None:
    op.execute("DELETE FROM one_time_code WHERE act = 'joint'")
    _lead_to(ACTS)
    op.execute("ALTER TABLE question DROP COLUMN corrected_at")


def _lead_to(acts: tuple[str, ...]) -> None:
    """Where codes lead. SQLite does it by copying the table, and must be told to keep its ids counting up."""
    name = op.f("ck_one_time_code_act_known")
    with op.batch_alter_table("one_time_code", table_kwargs={"sqlite_autoincrement": True}) as code:
        code.drop_constraint(name, type_="check")
        code.create_check_constraint(name, f"act IN ({', '.join(repr(act) for act in acts)})")
