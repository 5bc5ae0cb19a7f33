"""The ground floor: people, accounts, events, jobs

What happens to running processes: there are none before the first migration.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", JSON, nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=True),
        sa.Column("last_used_at", INSTANT, nullable=True),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("client_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_api_key_key_hash")),
    )
    op.create_index("ix_api_key_client_id", "api_key", ["client_id", "created_at", "id"], unique=False)

    op.create_table(
        "client",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("notice_preferences", JSON, nullable=False),
        sa.Column("report_preferences", JSON, nullable=False),
        sa.Column("erasure_salt", sa.String(length=36), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client")),
        sa.UniqueConstraint("slug", name=op.f("uq_client_slug")),
    )
    op.create_index("ix_client_created_at", "client", ["created_at", "id"], unique=False)
    op.create_index("ix_client_name", "client", ["name", "id"], unique=False)

    op.create_table(
        "cron_firing",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("occurrence_at", INSTANT, nullable=False),
        sa.Column("fired_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", "occurrence_at", name=op.f("pk_cron_firing")),
    )
    op.create_table(
        "event",
        sa.Column("id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("actor_type", sa.String(length=20), nullable=False),
        sa.Column("actor_id", sa.String(length=80), nullable=True),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("enrollment_id", ID, nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("data", JSON, nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=True),
        sa.Column("client_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(
        "ix_event_account_id_seq",
        "event",
        ["account_id", "seq"],
        unique=False,
        postgresql_where=sa.text("account_id IS NOT NULL"),
        sqlite_where=sa.text("account_id IS NOT NULL"),
    )
    op.create_index(
        "ix_event_campaign_id_seq",
        "event",
        ["campaign_id", "seq"],
        unique=False,
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
        sqlite_where=sa.text("campaign_id IS NOT NULL"),
    )
    op.create_index(
        "ix_event_conversation_id_seq",
        "event",
        ["conversation_id", "seq"],
        unique=False,
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index(
        "ix_event_enrollment_id_seq",
        "event",
        ["enrollment_id", "seq"],
        unique=False,
        postgresql_where=sa.text("enrollment_id IS NOT NULL"),
        sqlite_where=sa.text("enrollment_id IS NOT NULL"),
    )
    op.create_index(
        "ix_event_job_id_seq",
        "event",
        ["job_id", "seq"],
        unique=False,
        postgresql_where=sa.text("job_id IS NOT NULL"),
        sqlite_where=sa.text("job_id IS NOT NULL"),
    )
    op.create_index(
        "ix_event_lead_id_seq",
        "event",
        ["lead_id", "seq"],
        unique=False,
        postgresql_where=sa.text("lead_id IS NOT NULL"),
        sqlite_where=sa.text("lead_id IS NOT NULL"),
    )
    op.create_index(
        "uq_event_client_id_dedupe_key",
        "event",
        ["client_id", "dedupe_key"],
        unique=True,
        postgresql_where=sa.text("dedupe_key IS NOT NULL"),
        sqlite_where=sa.text("dedupe_key IS NOT NULL"),
    )
    op.create_index("uq_event_client_id_seq", "event", ["client_id", "seq"], unique=True)

    op.create_table(
        "event_cursor",
        sa.Column("consumer", sa.String(length=80), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("consumer", "client_id", name=op.f("pk_event_cursor")),
    )
    op.create_table(
        "event_stream",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_event_stream")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("caller", sa.String(length=120), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("caller", "route", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index("ix_idempotency_key_created_at", "idempotency_key", ["created_at"], unique=False)

    op.create_table(
        "job",
        sa.Column("id", ID, nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("executor", sa.String(length=10), nullable=False),
        sa.Column("entity_type", sa.String(length=40), nullable=True),
        sa.Column("entity_id", sa.String(length=80), nullable=True),
        sa.Column("entity_label", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_at", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("max_retries", sa.Integer(), nullable=False),
        sa.Column("payload", JSON, nullable=False),
        sa.Column("result", JSON, nullable=True),
        sa.Column("error_code", sa.String(length=80), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("dedupe_key", sa.String(length=200), nullable=True),
        sa.Column("lease_token", sa.String(length=64), nullable=True),
        sa.Column("lease_expires_at", INSTANT, nullable=True),
        sa.Column("leased_by", sa.String(length=120), nullable=True),
        sa.Column("progress", JSON, nullable=True),
        sa.Column("created_by", sa.String(length=120), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("dismissed_at", INSTANT, nullable=True),
        sa.Column("dismissed_by", sa.String(length=120), nullable=True),
        sa.Column("dismiss_reason", sa.String(length=500), nullable=True),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("client_id", ID, nullable=False),
        sa.CheckConstraint("(status = 'processing') = (lease_token IS NOT NULL)", name=op.f("ck_job_lease")),
        sa.CheckConstraint("executor IN ('worker','n8n')", name=op.f("ck_job_executor")),
        sa.CheckConstraint("status IN ('pending','processing','completed','failed')", name=op.f("ck_job_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(
        "ix_job_claimable",
        "job",
        ["executor", sa.text("priority DESC"), "run_at", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.create_index("ix_job_all", "job", ["client_id", "created_at", "id"], unique=False)
    op.create_index(
        "ix_job_attention",
        "job",
        ["client_id", "completed_at"],
        unique=False,
        postgresql_where=sa.text("status = 'failed' AND dismissed_at IS NULL"),
        sqlite_where=sa.text("status = 'failed' AND dismissed_at IS NULL"),
    )
    op.create_index(
        "ix_job_entity",
        "job",
        ["entity_type", "entity_id"],
        unique=False,
        postgresql_where=sa.text("archived_at IS NULL"),
        sqlite_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "ix_job_failed_by",
        "job",
        ["created_by", "completed_at"],
        unique=False,
        postgresql_where=sa.text("status = 'failed'"),
        sqlite_where=sa.text("status = 'failed'"),
    )
    op.create_index(
        "ix_job_hot",
        "job",
        ["client_id", "created_at", "id"],
        unique=False,
        postgresql_where=sa.text("archived_at IS NULL"),
        sqlite_where=sa.text("archived_at IS NULL"),
    )
    op.create_index(
        "ix_job_leased",
        "job",
        ["lease_expires_at"],
        unique=False,
        postgresql_where=sa.text("status = 'processing'"),
        sqlite_where=sa.text("status = 'processing'"),
    )
    op.create_index(
        "ix_job_settled",
        "job",
        ["completed_at"],
        unique=False,
        postgresql_where=sa.text("completed_at IS NOT NULL AND archived_at IS NULL"),
        sqlite_where=sa.text("completed_at IS NOT NULL AND archived_at IS NULL"),
    )
    op.create_index(
        "uq_job_open_dedupe_key",
        "job",
        ["client_id", "dedupe_key"],
        unique=True,
        postgresql_where=sa.text("status IN ('pending','processing') AND dedupe_key IS NOT NULL"),
        sqlite_where=sa.text("status IN ('pending','processing') AND dedupe_key IS NOT NULL"),
    )

    op.create_table(
        "user",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=10), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_sign_in_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("role IN ('admin','agent','viewer')", name=op.f("ck_user_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user")),
        sa.UniqueConstraint("email", name=op.f("uq_user_email")),
    )
    op.create_index("ix_user_created_at", "user", ["created_at", "id"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("unipile_account_id", sa.String(length=120), nullable=True),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("public_identifier", sa.String(length=200), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("status_detail", sa.String(length=300), nullable=True),
        sa.Column("status_at", INSTANT, nullable=True),
        sa.Column("paused_at", INSTANT, nullable=True),
        sa.Column("pause_reason", sa.String(length=300), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("invites_per_day", sa.Integer(), nullable=False),
        sa.Column("invites_per_week", sa.Integer(), nullable=False),
        sa.Column("messages_per_day", sa.Integer(), nullable=False),
        sa.Column("inmails_per_day", sa.Integer(), nullable=False),
        sa.Column("visits_per_day", sa.Integer(), nullable=False),
        sa.Column("searches_per_day", sa.Integer(), nullable=False),
        sa.Column("other_per_day", sa.Integer(), nullable=False),
        sa.Column("pending_invites", sa.Integer(), nullable=False),
        sa.Column("warmup", sa.Boolean(), nullable=False),
        sa.Column("warmup_started_on", sa.Date(), nullable=True),
        sa.Column("pacing_seed", sa.String(length=32), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('ok','connecting','credentials','checkpoint','restricted','disconnected','error')",
            name=op.f("ck_account_status"),
        ),
        sa.CheckConstraint("inmails_per_day >= 0 AND inmails_per_day <= 50", name=op.f("ck_account_inmails_per_day")),
        sa.CheckConstraint("invites_per_day >= 0 AND invites_per_day <= 100", name=op.f("ck_account_invites_per_day")),
        sa.CheckConstraint(
            "invites_per_week >= 0 AND invites_per_week <= 200", name=op.f("ck_account_invites_per_week")
        ),
        sa.CheckConstraint(
            "messages_per_day >= 0 AND messages_per_day <= 150", name=op.f("ck_account_messages_per_day")
        ),
        sa.CheckConstraint("other_per_day >= 0 AND other_per_day <= 100", name=op.f("ck_account_other_per_day")),
        sa.CheckConstraint("pending_invites >= 0 AND pending_invites <= 1500", name=op.f("ck_account_pending_invites")),
        sa.CheckConstraint(
            "searches_per_day >= 0 AND searches_per_day <= 100", name=op.f("ck_account_searches_per_day")
        ),
        sa.CheckConstraint("visits_per_day >= 0 AND visits_per_day <= 150", name=op.f("ck_account_visits_per_day")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_account_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("unipile_account_id", name=op.f("uq_account_unipile_account_id")),
    )
    op.create_index("ix_account_client_id", "account", ["client_id", "created_at", "id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_membership_client_id_client"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_membership_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "client_id", name=op.f("pk_membership")),
    )
    op.create_index("ix_membership_client_id", "membership", ["client_id", "user_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("revoke_reason", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("user_agent", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_session_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index("ix_session_expires_at", "session", ["expires_at"], unique=False)
    op.create_index("ix_session_user_id", "session", ["user_id", "created_at", "id"], unique=False)

    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_refresh_token_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_token")),
    )
    op.create_index("ix_refresh_token_session_id", "refresh_token", ["session_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_refresh_token_session_id", table_name="refresh_token")

    op.drop_table("refresh_token")
    op.drop_index("ix_session_user_id", table_name="session")
    op.drop_index("ix_session_expires_at", table_name="session")

    op.drop_table("session")
    op.drop_index("ix_membership_client_id", table_name="membership")

    op.drop_table("membership")
    op.drop_index("ix_account_client_id", table_name="account")

    op.drop_table("account")
    op.drop_index("ix_user_created_at", table_name="user")

    op.drop_table("user")
    op.drop_index(
        "uq_job_open_dedupe_key",
        postgresql_where=sa.text("status IN ('pending','processing') AND dedupe_key IS NOT NULL"),
        sqlite_where=sa.text("status IN ('pending','processing') AND dedupe_key IS NOT NULL"),
        table_name="job",
    )
    op.drop_index(
        "ix_job_settled",
        postgresql_where=sa.text("completed_at IS NOT NULL AND archived_at IS NULL"),
        sqlite_where=sa.text("completed_at IS NOT NULL AND archived_at IS NULL"),
        table_name="job",
    )
    op.drop_index(
        "ix_job_leased",
        postgresql_where=sa.text("status = 'processing'"),
        sqlite_where=sa.text("status = 'processing'"),
        table_name="job",
    )
    op.drop_index(
        "ix_job_hot",
        postgresql_where=sa.text("archived_at IS NULL"),
        sqlite_where=sa.text("archived_at IS NULL"),
        table_name="job",
    )
    op.drop_index(
        "ix_job_failed_by",
        postgresql_where=sa.text("status = 'failed'"),
        sqlite_where=sa.text("status = 'failed'"),
        table_name="job",
    )
    op.drop_index(
        "ix_job_entity",
        postgresql_where=sa.text("archived_at IS NULL"),
        sqlite_where=sa.text("archived_at IS NULL"),
        table_name="job",
    )
    op.drop_index(
        "ix_job_attention",
        postgresql_where=sa.text("status = 'failed' AND dismissed_at IS NULL"),
        sqlite_where=sa.text("status = 'failed' AND dismissed_at IS NULL"),
        table_name="job",
    )
    op.drop_index(
        "ix_job_claimable",
        table_name="job",
        postgresql_where=sa.text("status = 'pending'"),
        sqlite_where=sa.text("status = 'pending'"),
    )
    op.drop_index("ix_job_all", table_name="job")

    op.drop_table("job")
    op.drop_index("ix_idempotency_key_created_at", table_name="idempotency_key")

    op.drop_table("idempotency_key")
    op.drop_table("event_stream")
    op.drop_table("event_cursor")
    op.drop_index("uq_event_client_id_seq", table_name="event")
    op.drop_index(
        "uq_event_client_id_dedupe_key",
        postgresql_where=sa.text("dedupe_key IS NOT NULL"),
        sqlite_where=sa.text("dedupe_key IS NOT NULL"),
        table_name="event",
    )
    op.drop_index(
        "ix_event_lead_id_seq",
        postgresql_where=sa.text("lead_id IS NOT NULL"),
        sqlite_where=sa.text("lead_id IS NOT NULL"),
        table_name="event",
    )
    op.drop_index(
        "ix_event_job_id_seq",
        postgresql_where=sa.text("job_id IS NOT NULL"),
        sqlite_where=sa.text("job_id IS NOT NULL"),
        table_name="event",
    )
    op.drop_index(
        "ix_event_enrollment_id_seq",
        postgresql_where=sa.text("enrollment_id IS NOT NULL"),
        sqlite_where=sa.text("enrollment_id IS NOT NULL"),
        table_name="event",
    )
    op.drop_index(
        "ix_event_conversation_id_seq",
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
        table_name="event",
    )
    op.drop_index(
        "ix_event_campaign_id_seq",
        postgresql_where=sa.text("campaign_id IS NOT NULL"),
        sqlite_where=sa.text("campaign_id IS NOT NULL"),
        table_name="event",
    )
    op.drop_index(
        "ix_event_account_id_seq",
        postgresql_where=sa.text("account_id IS NOT NULL"),
        sqlite_where=sa.text("account_id IS NOT NULL"),
        table_name="event",
    )

    op.drop_table("event")
    op.drop_table("cron_firing")
    op.drop_index("ix_client_name", table_name="client")
    op.drop_index("ix_client_created_at", table_name="client")

    op.drop_table("client")
    op.drop_index("ix_api_key_client_id", table_name="api_key")

    op.drop_table("api_key")
