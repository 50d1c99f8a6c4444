"""Mail: distinct criteria stored once, one text for many deliveries, bounces, the brake, limits and the switch."""

import json
import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
INSTANT = sa.DateTime(timezone=True)
KINDS = (
    "notice", "confirmation", "manage_link", "invitation", "password_reset", "submitted", "returned", "published",
    "correction_answered", "stopped",
)  # fmt: skip
MASKS = ("pref", "role", "engagement", "theme", "audience", "remote", "side_job", "pay_unit")
WAITS = sa.text("delivery_id IS NULL AND dropped IS NULL")
DROPPED = sa.text("dropped IS NOT NULL")
OLD_WAITS = sa.text("delivery_id IS NULL")
COMPOSED = sa.text("delivery_id IS NOT NULL")
STAFF = sa.text("account_id IS NOT NULL")
BOUNCED = sa.text("bounced_at IS NOT NULL")
PLACE = re.compile(r"\{\{[0-9a-f-]{32,36}:([a-z_]+):([0-9]{1,15}):([0-9]{1,9})\}\}")
"""A link's place in the texts of before: message id, purpose, subject, generation."""


def upgrade() -> None:
    _criteria_up()
    _subscriber_up()
    _mail_up()
    _match_up()
    op.add_column("change_event", sa.Column("told", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("board", sa.Column("criteria_format", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("board", sa.Column("mail_stopped_at", INSTANT, nullable=True))
    op.add_column("board", sa.Column("mail_stopped_for", sa.Text(), nullable=False, server_default=""))


def _criteria_up() -> None:
    op.create_table(
        "keywords",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keywords")),
        sa.UniqueConstraint("words", name=op.f("uq_keywords_words")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "criteria",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pref", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in MASKS[1:]),
        sa.Column("pay_min", sa.BigInteger(), nullable=True),
        sa.Column("closing_before", INSTANT, nullable=True),
        sa.Column("keywords_id", sa.Integer(), nullable=True),
        sa.Column("placed", sa.Boolean(), nullable=False),
        sa.Column("posted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("described", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["keywords_id"], ["keywords.id"], name=op.f("fk_criteria_keywords_id_keywords")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_criteria")),
        sa.UniqueConstraint("query", "version", name=op.f("uq_criteria_query_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_criteria_keywords_id"), "criteria", ["keywords_id"])
    for table, column in (
        ("criteria_place", sa.Column("code", sa.String(length=6), nullable=False)),
        ("criteria_posting", sa.Column("posting_id", sa.BigInteger(), nullable=False)),
    ):
        op.create_table(
            table,
            sa.Column("criteria_id", sa.Integer(), nullable=False),
            column,
            sa.ForeignKeyConstraint(
                ["criteria_id"], ["criteria.id"], name=op.f(f"fk_{table}_criteria_id_criteria"), ondelete="CASCADE"
            ),
            sa.PrimaryKeyConstraint("criteria_id", column.name, name=op.f(f"pk_{table}")),
        )
        op.create_index(op.f(f"ix_{table}_{column.name}"), table, [column.name])
    # The masks are derived: board.criteria_format says that they are yet to be made (domain/storing).
    op.execute(
        f"INSERT INTO criteria (query, version, {', '.join(MASKS)}, placed, posted, described)"
        f" SELECT DISTINCT criteria, criteria_version, {', '.join('0' for _ in MASKS)}, false, false, '' FROM subscription"
    )
    op.add_column("subscription", sa.Column("criteria_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE subscription SET criteria_id = (SELECT id FROM criteria"
        " WHERE criteria.query = subscription.criteria AND criteria.version = subscription.criteria_version)"
    )
    with op.batch_alter_table("subscription", table_kwargs={"sqlite_autoincrement": True}) as subscription:
        subscription.alter_column("criteria_id", existing_type=sa.Integer(), nullable=False)
        subscription.create_foreign_key(op.f("fk_subscription_criteria_id_criteria"), "criteria", ["criteria_id"], ["id"])
        subscription.drop_column("criteria")
        subscription.drop_column("criteria_version")
    op.create_index(op.f("ix_subscription_criteria_id"), "subscription", ["criteria_id"])


def _subscriber_up() -> None:
    op.add_column("subscriber", sa.Column("stopped_for", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscriber", sa.Column("soft_bounces", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(op.f("ix_subscriber_stopped_at"), "subscriber", ["stopped_at"])
    op.create_table(
        "refused",
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_refused_subscriber_id_subscriber"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_refused_municipality_code_municipality")
        ),
        sa.PrimaryKeyConstraint("subscriber_id", "municipality_code", name=op.f("pk_refused")),
    )
    op.create_index(op.f("ix_refused_municipality_code"), "refused", ["municipality_code"])


def _mail_up() -> None:
    op.create_table(
        "mail_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_text")),
        sa.UniqueConstraint("uuid", name=op.f("uq_mail_text_uuid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_mail_text_created_at"), "mail_text", ["created_at"])
    op.add_column("delivery", sa.Column("text_id", sa.Integer(), nullable=True))
    op.add_column("delivery", sa.Column("words", JSON, nullable=False, server_default="{}"))
    _move_texts()
    _allow((*KINDS, "held"), up=True)
    op.create_index(op.f("ix_delivery_text_id"), "delivery", ["text_id"])
    op.drop_index(op.f("ix_delivery_account_id"), table_name="delivery")
    op.create_index("ix_delivery_account_id", "delivery", ["account_id"], sqlite_where=STAFF, postgresql_where=STAFF)
    op.create_index(
        "ix_delivery_bounced_at", "delivery", ["bounced_at"], sqlite_where=BOUNCED, postgresql_where=BOUNCED
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('deferred', 'refused', 'unreachable', 'bounced')", name=op.f("ck_attempt_outcome_known")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_attempt_delivery_id_delivery"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_attempt_delivery_id"), "attempt", ["delivery_id"])
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("today", sa.Integer(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Integer(), nullable=True),
        sa.Column("last_match_id", sa.Integer(), nullable=False),
        sa.Column("released_at", INSTANT, nullable=True),
        sa.Column("released_by_id", sa.Integer(), nullable=True),
        sa.Column("discarded", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["released_by_id"], ["account.id"], name=op.f("fk_hold_released_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_hold_released_at"), "hold", ["released_at"])
    op.create_table(
        "mail_day",
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("notices", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("on", name=op.f("pk_mail_day")),
    )
    op.create_table(
        "pace",
        sa.Column("minute", INSTANT, nullable=False),
        sa.Column("domain", sa.String(length=254), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "domain", name=op.f("pk_pace")),
    )


def _move_texts() -> None:
    """Each mail's text into a row of its own, its links' places by name."""
    bind = op.get_bind()
    delivery = sa.table(
        "delivery", sa.column("id"), sa.column("message_id"), sa.column("subject"), sa.column("text"), sa.column("html"),
        sa.column("headers", JSON), sa.column("created_at", INSTANT), sa.column("text_id"), sa.column("words", JSON),
    )  # fmt: skip
    mail_text = sa.table(
        "mail_text", sa.column("id"), sa.column("uuid"), sa.column("subject"), sa.column("text"), sa.column("html"),
        sa.column("headers", JSON), sa.column("created_at", INSTANT),
    )  # fmt: skip
    rows = bind.execute(sa.select(delivery).where(delivery.c.subject != "").order_by(delivery.c.id))
    for number, row in enumerate(rows.all(), start=1):
        links: dict[str, list[object]] = {}

        def named(words: str, uuid: str = row.message_id, links: dict[str, list[object]] = links) -> str:
            def place(found: re.Match[str]) -> str:
                links[found[1]] = [found[1], int(found[2]), int(found[3])]
                return f"{{{{{uuid}:{found[1]}}}}}"

            return PLACE.sub(place, words)

        headers = row.headers if isinstance(row.headers, dict) else json.loads(row.headers or "{}")
        bind.execute(
            mail_text.insert().values(
                id=number, uuid=row.message_id, subject=row.subject, text=named(row.text), html=named(row.html),
                headers={name: named(words) for name, words in headers.items()}, created_at=row.created_at,
            )
        )
        bind.execute(delivery.update().where(delivery.c.id == row.id).values(text_id=number, words={"links": links}))
    if bind.dialect.name == "postgresql":
        op.execute("SELECT setval(pg_get_serial_sequence('mail_text', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM mail_text), false)")


def _allow(kinds: tuple[str, ...], *, up: bool) -> None:
    """The columns of a mail and its kinds. SQLite does it by copying the table, and must be told to keep its ids counting up."""
    name = op.f("ck_delivery_kind_known")
    with op.batch_alter_table("delivery", table_kwargs={"sqlite_autoincrement": True}) as delivery:
        delivery.drop_constraint(name, type_="check")
        delivery.create_check_constraint(name, f"kind IN ({', '.join(repr(kind) for kind in kinds)})")
        if up:
            for column in ("subject", "text", "html", "headers"):
                delivery.drop_column(column)
            delivery.add_column(sa.Column("bounce", sa.String(length=40), nullable=True))
            delivery.add_column(sa.Column("bounced_at", INSTANT, nullable=True))
            delivery.add_column(sa.Column("paced_for", INSTANT, nullable=True))
            delivery.create_check_constraint(op.f("ck_delivery_bounce_known"), "bounce IN ('hard', 'soft')")
            delivery.create_foreign_key(
                op.f("fk_delivery_text_id_mail_text"), "mail_text", ["text_id"], ["id"], ondelete="SET NULL"
            )
        else:
            delivery.drop_constraint(op.f("fk_delivery_text_id_mail_text"), type_="foreignkey")
            delivery.drop_constraint(op.f("ck_delivery_bounce_known"), type_="check")
            for column in ("text_id", "words", "bounce", "bounced_at", "paced_for"):
                delivery.drop_column(column)


def _match_up() -> None:
    _drop_match_indexes(OLD_WAITS, ("ix_match_delivery_id", "ix_match_subscriber_id", "ix_match_subscription_id"))
    op.add_column("match", sa.Column("criteria_id", sa.Integer(), nullable=True))
    op.execute(
        "UPDATE match SET criteria_id = (SELECT criteria_id FROM subscription WHERE subscription.id = match.subscription_id)"
    )
    with op.batch_alter_table("match") as match:
        match.drop_constraint(op.f("uq_match_event_id_subscription_id"), type_="unique")
        match.drop_constraint(op.f("fk_match_subscriber_id_subscriber"), type_="foreignkey")
        match.create_unique_constraint(op.f("uq_match_subscription_id_event_id"), ["subscription_id", "event_id"])
        match.add_column(sa.Column("dropped", sa.String(length=40), nullable=True))
        match.alter_column("criteria_id", existing_type=sa.Integer(), nullable=False)
        match.create_check_constraint(
            op.f("ck_match_dropped_known"), "dropped IN ('left', 'stopped', 'refused', 'narrowed', 'discarded')"
        )
    op.create_index("ix_match_waiting", "match", ["due_at", "subscriber_id"], sqlite_where=WAITS, postgresql_where=WAITS)
    op.create_index("ix_match_delivery_id", "match", ["delivery_id"], sqlite_where=COMPOSED, postgresql_where=COMPOSED)
    op.create_index("ix_match_dropped", "match", ["matched_at"], sqlite_where=DROPPED, postgresql_where=DROPPED)
    op.create_index(op.f("ix_match_event_id"), "match", ["event_id"])
    op.create_index(op.f("ix_match_subscriber_id_event_id"), "match", ["subscriber_id", "event_id"])


def _drop_match_indexes(waits: sa.TextClause, names: tuple[str, ...]) -> None:
    op.drop_index("ix_match_waiting", table_name="match", sqlite_where=waits, postgresql_where=waits)
    for name in names:
        op.drop_index(name, table_name="match")


def downgrade() -> None:
    for column in ("mail_stopped_for", "mail_stopped_at", "criteria_format"):
        op.execute(f"ALTER TABLE board DROP COLUMN {column}")
    op.execute("ALTER TABLE change_event DROP COLUMN told")
    _match_down()
    _mail_down()
    op.drop_table("refused")
    op.drop_index(op.f("ix_subscriber_stopped_at"), table_name="subscriber")
    op.execute("ALTER TABLE subscriber DROP COLUMN soft_bounces")
    op.execute("ALTER TABLE subscriber DROP COLUMN stopped_for")
    _criteria_down()


def _match_down() -> None:
    _drop_match_indexes(WAITS, ("ix_match_dropped", "ix_match_delivery_id", "ix_match_event_id", "ix_match_subscriber_id_event_id"))
    op.execute("DELETE FROM match WHERE dropped IS NOT NULL")
    with op.batch_alter_table("match") as match:
        match.drop_constraint(op.f("uq_match_subscription_id_event_id"), type_="unique")
        match.create_unique_constraint(op.f("uq_match_event_id_subscription_id"), ["event_id", "subscription_id"])
        match.create_foreign_key(
            op.f("fk_match_subscriber_id_subscriber"), "subscriber", ["subscriber_id"], ["id"], ondelete="CASCADE"
        )
        match.drop_constraint(op.f("ck_match_dropped_known"), type_="check")
        match.drop_column("dropped")
        match.drop_column("criteria_id")
    op.create_index("ix_match_waiting", "match", ["due_at"], sqlite_where=OLD_WAITS, postgresql_where=OLD_WAITS)
    for column in ("delivery_id", "subscriber_id", "subscription_id"):
        op.create_index(op.f(f"ix_match_{column}"), "match", [column])


def _mail_down() -> None:
    """What waits to be sent would lose its links: it is not kept waiting."""
    for table in ("pace", "mail_day", "hold", "attempt"):
        op.drop_table(table)
    op.execute("DELETE FROM delivery WHERE kind = 'held'")
    for column, kind, default in (
        ("subject", sa.Text(), ""), ("text", sa.Text(), ""), ("html", sa.Text(), ""), ("headers", JSON, "{}"),
    ):  # fmt: skip
        op.add_column("delivery", sa.Column(column, kind, nullable=False, server_default=default))
    for column in ("subject", "text", "html"):
        op.execute(
            f"UPDATE delivery SET {column} = (SELECT mail_text.{column} FROM mail_text WHERE mail_text.id = delivery.text_id)"
            " WHERE text_id IS NOT NULL"
        )
    op.execute("UPDATE delivery SET state = 'cancelled' WHERE state IN ('queued', 'leased')")
    op.drop_index("ix_delivery_bounced_at", table_name="delivery")
    op.drop_index(op.f("ix_delivery_text_id"), table_name="delivery")
    op.drop_index("ix_delivery_account_id", table_name="delivery")
    op.create_index(op.f("ix_delivery_account_id"), "delivery", ["account_id"])
    _allow(KINDS, up=False)
    op.drop_table("mail_text")


def _criteria_down() -> None:
    op.add_column("subscription", sa.Column("criteria", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscription", sa.Column("criteria_version", sa.Integer(), nullable=False, server_default="1"))
    op.execute("UPDATE subscription SET criteria = (SELECT query FROM criteria WHERE criteria.id = criteria_id)")
    op.execute("UPDATE subscription SET criteria_version = (SELECT version FROM criteria WHERE criteria.id = criteria_id)")
    op.drop_index(op.f("ix_subscription_criteria_id"), table_name="subscription")
    with op.batch_alter_table("subscription", table_kwargs={"sqlite_autoincrement": True}) as subscription:
        subscription.drop_constraint(op.f("fk_subscription_criteria_id_criteria"), type_="foreignkey")
        subscription.drop_column("criteria_id")
    for table in ("criteria_posting", "criteria_place", "criteria", "keywords"):
        op.drop_table(table)
