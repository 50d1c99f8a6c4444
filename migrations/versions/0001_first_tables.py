"""The first tables: all of the service, and its search index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deactivated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("session_generation", sa.Integer(), nullable=False),
        sa.Column("link_generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "board",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board")),
    )
    op.create_table(
        "link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_link")),
    )
    op.create_index(op.f("ix_link_purpose_subject_id"), "link", ["purpose", "subject_id"], unique=False)
    op.create_table(
        "municipality",
        sa.Column("code", sa.String(length=6), nullable=False),
        sa.Column("pref_code", sa.String(length=2), nullable=False),
        sa.Column("prefecture", sa.String(length=10), nullable=False),
        sa.Column("district", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("kana", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lng", sa.Double(), nullable=True),
        sa.Column("demonstration", sa.Boolean(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("successor_code", sa.String(length=6), nullable=True),
        sa.Column("former_names", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.String(length=20), nullable=False),
        sa.Column("terms_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["successor_code"], ["municipality.code"], name=op.f("fk_municipality_successor_code_municipality")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_municipality")),
    )
    op.create_index(op.f("ix_municipality_pref_code"), "municipality", ["pref_code"], unique=False)
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("company", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link_generation", sa.Integer(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("address_key", name=op.f("uq_subscriber_address_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "throttle",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttle")),
    )
    op.create_index(op.f("ix_throttle_expires_at"), "throttle", ["expires_at"], unique=False)
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.String(length=40), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_audit_entry_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_entry_account_id"), "audit_entry", ["account_id"], unique=False)
    op.create_index(op.f("ix_audit_entry_action"), "audit_entry", ["action"], unique=False)
    op.create_index(op.f("ix_audit_entry_at"), "audit_entry", ["at"], unique=False)
    op.create_index(
        op.f("ix_audit_entry_subject_kind_subject_id"), "audit_entry", ["subject_kind", "subject_id"], unique=False
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(length=120), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('notice', 'confirmation', 'manage_link', 'invitation', 'password_reset', 'submitted', 'returned', 'published')",
            name=op.f("ck_delivery_kind_known"),
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'leased', 'sent', 'failed', 'cancelled')", name=op.f("ck_delivery_state_known")
        ),
        sa.CheckConstraint("subscriber_id IS NULL OR account_id IS NULL", name=op.f("ck_delivery_one_recipient")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_delivery_account_id_account")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_delivery_subscriber_id_subscriber"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("message_id", name=op.f("uq_delivery_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_delivery_account_id"), "delivery", ["account_id"], unique=False)
    op.create_index("ix_delivery_state_due_at", "delivery", ["state", "due_at"], unique=False)
    op.create_index(op.f("ix_delivery_subscriber_id"), "delivery", ["subscriber_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=True),
        sa.Column("pref_code", sa.String(length=2), nullable=True),
        sa.CheckConstraint(
            "(role = 'editor') = (municipality_code IS NOT NULL)", name=op.f("ck_membership_editor_has_municipality")
        ),
        sa.CheckConstraint(
            "(role = 'prefecture') = (pref_code IS NOT NULL)", name=op.f("ck_membership_prefecture_has_code")
        ),
        sa.CheckConstraint(
            "role IN ('editor', 'prefecture', 'moderator', 'administrator')", name=op.f("ck_membership_role_known")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_membership_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_membership_municipality_code_municipality")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id",
            "role",
            "municipality_code",
            "pref_code",
            name=op.f("uq_membership_account_id_role_municipality_code_pref_code"),
        ),
    )
    op.create_index(op.f("ix_membership_account_id"), "membership", ["account_id"], unique=False)
    op.create_index(op.f("ix_membership_municipality_code"), "membership", ["municipality_code"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("source_kind", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("draft", JSON, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("draft_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft_by_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_by_id", sa.Integer(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("current_id", sa.Integer(), nullable=True),
        sa.Column("pending_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("info_as_of", sa.Date(), nullable=True),
        sa.Column("collected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_reason", sa.String(length=40), nullable=True),
        sa.Column("closed_note", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("outcome_note", sa.Text(), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=True),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("engagement", sa.String(length=40), nullable=True),
        sa.Column("audience", sa.String(length=40), nullable=True),
        sa.Column("scheme", sa.String(length=40), nullable=True),
        sa.Column("remote", sa.String(length=40), nullable=True),
        sa.Column("side_job", sa.String(length=40), nullable=True),
        sa.Column("pay_unit", sa.String(length=40), nullable=True),
        sa.Column("pay_low", sa.BigInteger(), nullable=True),
        sa.Column("pay_high", sa.BigInteger(), nullable=True),
        sa.Column("pay_monthly", sa.BigInteger(), nullable=True),
        sa.Column("apply_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("apply_by", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'approved', 'returned', 'published', 'closed', 'withdrawn')",
            name=op.f("ck_posting_state_known"),
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_posting_created_by_id_account")),
        sa.ForeignKeyConstraint(
            ["current_id"], ["version.id"], name=op.f("fk_posting_current_id_version"), use_alter=True
        ),
        sa.ForeignKeyConstraint(["draft_by_id"], ["account.id"], name=op.f("fk_posting_draft_by_id_account")),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_posting_municipality_code_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["pending_id"], ["version.id"], name=op.f("fk_posting_pending_id_version"), use_alter=True
        ),
        sa.ForeignKeyConstraint(["submitted_by_id"], ["account.id"], name=op.f("fk_posting_submitted_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
        sa.UniqueConstraint("uuid", name=op.f("uq_posting_uuid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_posting_municipality_code"), "posting", ["municipality_code"], unique=False)
    op.create_index(op.f("ix_posting_published_at"), "posting", ["published_at"], unique=False)
    op.create_index(op.f("ix_posting_state"), "posting", ["state"], unique=False)
    op.create_index("ix_posting_state_apply_by", "posting", ["state", "apply_by"], unique=False)
    op.create_table(
        "subscription",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.Text(), nullable=False),
        sa.Column("criteria_version", sa.Integer(), nullable=False),
        sa.Column("kinds", sa.String(length=120), nullable=False),
        sa.Column("frequency", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consent_version", sa.String(length=20), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_by", sa.String(length=20), nullable=False),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("link_generation", sa.Integer(), nullable=False),
        sa.CheckConstraint("frequency IN ('at_once', 'daily', 'weekly')", name=op.f("ck_subscription_frequency_known")),
        sa.CheckConstraint("state IN ('pending', 'active', 'left')", name=op.f("ck_subscription_state_known")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_subscription_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_subscription_state"), "subscription", ["state"], unique=False)
    op.create_index(op.f("ix_subscription_subscriber_id"), "subscription", ["subscriber_id"], unique=False)
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["added_by_id"], ["account.id"], name=op.f("fk_attachment_added_by_id_account")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_attachment_posting_id_posting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_attachment_posting_id"), "attachment", ["posting_id"], unique=False)
    op.create_table(
        "posting_place",
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("municipality_code", sa.String(length=6), nullable=False),
        sa.Column("pref_code", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_code"], ["municipality.code"], name=op.f("fk_posting_place_municipality_code_municipality")
        ),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["posting.id"], name=op.f("fk_posting_place_posting_id_posting"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("posting_id", "municipality_code", name=op.f("pk_posting_place")),
    )
    op.create_index(
        op.f("ix_posting_place_municipality_code_posting_id"),
        "posting_place",
        ["municipality_code", "posting_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_posting_place_pref_code_posting_id"), "posting_place", ["pref_code", "posting_id"], unique=False
    )
    op.create_table(
        "posting_theme",
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["posting_id"], ["posting.id"], name=op.f("fk_posting_theme_posting_id_posting"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("posting_id", "theme", name=op.f("pk_posting_theme")),
    )
    op.create_index(op.f("ix_posting_theme_theme_posting_id"), "posting_theme", ["theme", "posting_id"], unique=False)
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by_id"], ["account.id"], name=op.f("fk_question_answered_by_id_account")),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["subscriber.id"], name=op.f("fk_question_asker_id_subscriber"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_question_posting_id_posting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_question_posting_id"), "question", ["posting_id"], unique=False)
    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("change_summary", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('pending', 'returned', 'recalled', 'published', 'superseded')",
            name=op.f("ck_version_state_known"),
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_version_created_by_id_account")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_version_posting_id_posting")),
        sa.ForeignKeyConstraint(["published_by_id"], ["account.id"], name=op.f("fk_version_published_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_version")),
        sa.UniqueConstraint("posting_id", "number", name=op.f("uq_version_posting_id_number")),
        sa.UniqueConstraint("uuid", name=op.f("uq_version_uuid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_version_posting_id"), "version", ["posting_id"], unique=False)
    op.create_table(
        "change_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("posting_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("material", sa.Boolean(), nullable=False),
        sa.Column("changed", JSON, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('published', 'amended', 'extended', 'closed', 'withdrawn', 'reopened', 'answered')",
            name=op.f("ck_change_event_kind_known"),
        ),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_change_event_posting_id_posting")),
        sa.ForeignKeyConstraint(["previous_id"], ["version.id"], name=op.f("fk_change_event_previous_id_version")),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_change_event_version_id_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_change_event")),
        sa.UniqueConstraint("uuid", name=op.f("uq_change_event_uuid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_change_event_matched_at"), "change_event", ["matched_at"], unique=False)
    op.create_index(op.f("ix_change_event_occurred_at"), "change_event", ["occurred_at"], unique=False)
    op.create_index(op.f("ix_change_event_posting_id"), "change_event", ["posting_id"], unique=False)
    op.create_table(
        "remark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_remark_version_id_version")),
        sa.ForeignKeyConstraint(["written_by_id"], ["account.id"], name=op.f("fk_remark_written_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remark")),
    )
    op.create_index(op.f("ix_remark_version_id"), "remark", ["version_id"], unique=False)
    op.create_table(
        "version_attachment",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("attachment_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_version_attachment_attachment_id_attachment")
        ),
        sa.ForeignKeyConstraint(["version_id"], ["version.id"], name=op.f("fk_version_attachment_version_id_version")),
        sa.PrimaryKeyConstraint("version_id", "attachment_id", name=op.f("pk_version_attachment")),
    )
    op.create_table(
        "match",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("subscription_id", sa.Integer(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_match_delivery_id_delivery"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["change_event.id"], name=op.f("fk_match_event_id_change_event")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscriber.id"], name=op.f("fk_match_subscriber_id_subscriber"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscription.id"],
            name=op.f("fk_match_subscription_id_subscription"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint("event_id", "subscription_id", name=op.f("uq_match_event_id_subscription_id")),
    )
    op.create_index(op.f("ix_match_delivery_id"), "match", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_match_subscriber_id"), "match", ["subscriber_id"], unique=False)
    op.create_index(op.f("ix_match_subscription_id"), "match", ["subscription_id"], unique=False)
    op.create_index(
        "ix_match_waiting",
        "match",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("delivery_id IS NULL"),
        postgresql_where=sa.text("delivery_id IS NULL"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key("fk_posting_current_id_version", "posting", "version", ["current_id"], ["id"])
        op.create_foreign_key("fk_posting_pending_id_version", "posting", "version", ["pending_id"], ["id"])
        op.execute(
            "CREATE TABLE posting_search ("
            " posting_id INTEGER NOT NULL CONSTRAINT fk_posting_search_posting_id_posting"
            " REFERENCES posting (id) ON DELETE CASCADE,"
            " part INTEGER NOT NULL, tokens TSVECTOR NOT NULL,"
            " CONSTRAINT pk_posting_search PRIMARY KEY (posting_id, part))"
        )
        op.execute("CREATE INDEX ix_posting_search_tokens ON posting_search USING gin (tokens)")
    else:
        op.execute("CREATE VIRTUAL TABLE posting_search USING fts5(tokens, columnsize=0, tokenize='unicode61')")
    op.execute("INSERT INTO board (id, version, demonstration) VALUES (1, 1, false)")


def downgrade() -> None:
    op.execute("DROP TABLE posting_search")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("fk_posting_current_id_version", "posting")
        op.drop_constraint("fk_posting_pending_id_version", "posting")
    op.drop_index(
        "ix_match_waiting",
        table_name="match",
        sqlite_where=sa.text("delivery_id IS NULL"),
        postgresql_where=sa.text("delivery_id IS NULL"),
    )
    op.drop_index(op.f("ix_match_subscription_id"), table_name="match")
    op.drop_index(op.f("ix_match_subscriber_id"), table_name="match")
    op.drop_index(op.f("ix_match_delivery_id"), table_name="match")
    op.drop_table("match")
    op.drop_table("version_attachment")
    op.drop_index(op.f("ix_remark_version_id"), table_name="remark")
    op.drop_table("remark")
    op.drop_index(op.f("ix_change_event_posting_id"), table_name="change_event")
    op.drop_index(op.f("ix_change_event_occurred_at"), table_name="change_event")
    op.drop_index(op.f("ix_change_event_matched_at"), table_name="change_event")
    op.drop_table("change_event")
    op.drop_index(op.f("ix_version_posting_id"), table_name="version")
    op.drop_table("version")
    op.drop_index(op.f("ix_question_posting_id"), table_name="question")
    op.drop_table("question")
    op.drop_index(op.f("ix_posting_theme_theme_posting_id"), table_name="posting_theme")
    op.drop_table("posting_theme")
    op.drop_index(op.f("ix_posting_place_pref_code_posting_id"), table_name="posting_place")
    op.drop_index(op.f("ix_posting_place_municipality_code_posting_id"), table_name="posting_place")
    op.drop_table("posting_place")
    op.drop_index(op.f("ix_attachment_posting_id"), table_name="attachment")
    op.drop_table("attachment")
    op.drop_index(op.f("ix_subscription_subscriber_id"), table_name="subscription")
    op.drop_index(op.f("ix_subscription_state"), table_name="subscription")
    op.drop_table("subscription")
    op.drop_index("ix_posting_state_apply_by", table_name="posting")
    op.drop_index(op.f("ix_posting_state"), table_name="posting")
    op.drop_index(op.f("ix_posting_published_at"), table_name="posting")
    op.drop_index(op.f("ix_posting_municipality_code"), table_name="posting")
    op.drop_table("posting")
    op.drop_index(op.f("ix_membership_municipality_code"), table_name="membership")
    op.drop_index(op.f("ix_membership_account_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_delivery_subscriber_id"), table_name="delivery")
    op.drop_index("ix_delivery_state_due_at", table_name="delivery")
    op.drop_index(op.f("ix_delivery_account_id"), table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("ix_audit_entry_subject_kind_subject_id"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_at"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_action"), table_name="audit_entry")
    op.drop_index(op.f("ix_audit_entry_account_id"), table_name="audit_entry")
    op.drop_table("audit_entry")
    op.drop_index(op.f("ix_throttle_expires_at"), table_name="throttle")
    op.drop_table("throttle")
    op.drop_table("subscriber")
    op.drop_index(op.f("ix_municipality_pref_code"), table_name="municipality")
    op.drop_table("municipality")
    op.drop_index(op.f("ix_link_purpose_subject_id"), table_name="link")
    op.drop_table("link")
    op.drop_table("board")
    op.drop_table("account")
