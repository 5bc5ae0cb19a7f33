"""Campaigns, enrollments, and what counts against an account's limits

What happens to running processes: nothing, they do not know these tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("week", JSON, nullable=False),
        sa.Column("weekend", JSON, nullable=False),
        sa.Column("holidays_country", sa.String(length=2), nullable=True),
        sa.Column("holidays_region", sa.String(length=40), nullable=True),
        sa.Column("days_off", JSON, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("goal", sa.String(length=12), nullable=False),
        sa.Column("goal_target", sa.Integer(), nullable=True),
        sa.Column("stops_on_reply_elsewhere", sa.Boolean(), nullable=False),
        sa.Column("shares_leads", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("paused_at", INSTANT, nullable=True),
        sa.Column("pause_reason", sa.String(length=300), nullable=True),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("goal IN ('connected','replied','interested')", name=op.f("ck_campaign_goal")),
        sa.CheckConstraint(
            "state IN ('draft','active','paused','completed','archived')", name=op.f("ck_campaign_state")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_campaign_client_id_client")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_campaign_created_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("client_id", "name_key", name=op.f("uq_campaign_client_id_name_key")),
    )
    op.create_index("ix_campaign_created_at", "campaign", ["client_id", "created_at", "id"], unique=False)
    op.create_index("ix_campaign_state", "campaign", ["state", "id"], unique=False)

    op.create_table(
        "account_cooldown",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("budget", sa.String(length=10), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_cooldown_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_account_cooldown_client_id_client")),
        sa.PrimaryKeyConstraint("account_id", "budget", name=op.f("pk_account_cooldown")),
    )
    op.create_table(
        "account_usage",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("budget", sa.String(length=10), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("action_id", ID, nullable=True),
        sa.CheckConstraint(
            "budget IN ('invites','messages','inmails','visits','searches','other')",
            name=op.f("ck_account_usage_budget"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_usage_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_account_usage_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_usage")),
        sa.UniqueConstraint("action_id", name=op.f("uq_account_usage_action_id")),
    )
    op.create_index("ix_account_usage_at", "account_usage", ["account_id", "budget", "at"], unique=False)
    op.create_index("ix_account_usage_day", "account_usage", ["account_id", "on_day", "budget"], unique=False)

    op.create_table(
        "campaign_sender",
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_campaign_sender_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_sender_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_campaign_sender_client_id_client")),
        sa.PrimaryKeyConstraint("campaign_id", "account_id", name=op.f("pk_campaign_sender")),
    )
    op.create_index("ix_campaign_sender_account", "campaign_sender", ["account_id"], unique=False)

    op.create_table(
        "sequence_version",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("steps", JSON, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_sequence_version_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_sequence_version_client_id_client")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_sequence_version_created_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sequence_version")),
        sa.UniqueConstraint("campaign_id", "number", name=op.f("uq_sequence_version_campaign_id_number")),
    )
    op.create_index("ix_sequence_version_client", "sequence_version", ["client_id", "id"], unique=False)

    op.create_table(
        "simulation",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("assumptions", JSON, nullable=False),
        sa.Column("result", JSON, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_simulation_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_simulation_client_id_client")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_simulation_created_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_simulation")),
    )
    op.create_index(
        "ix_simulation_campaign", "simulation", ["client_id", "campaign_id", "created_at", "id"], unique=False
    )

    op.create_table(
        "enrollment",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("details", JSON, nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=True),
        sa.Column("reached_at", INSTANT, nullable=False),
        sa.Column("last_step_sent_at", INSTANT, nullable=True),
        sa.Column("due_override_at", INSTANT, nullable=True),
        sa.Column("next_at", INSTANT, nullable=True),
        sa.Column("paused_at", INSTANT, nullable=True),
        sa.Column("pause_reason", sa.String(length=300), nullable=True),
        sa.Column("replied_at", INSTANT, nullable=True),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("unsettled", sa.String(length=10), nullable=True),
        sa.Column("variants", JSON, nullable=False),
        sa.Column("exclusive_key", ID, nullable=True),
        sa.Column("enrolled_by", ID, nullable=True),
        sa.Column("enrolled_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('pending_invite','invite_sent','connected','messaged','responded','completed','error',"
            "'withdrawn','stopped')",
            name=op.f("ck_enrollment_status"),
        ),
        sa.CheckConstraint("unsettled IN ('in_flight','uncertain')", name=op.f("ck_enrollment_unsettled")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_enrollment_account_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_enrollment_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_enrollment_client_id_client")),
        sa.ForeignKeyConstraint(
            ["enrolled_by"], ["user.id"], name=op.f("fk_enrollment_enrolled_by_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_enrollment_lead_id_lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrollment")),
        sa.UniqueConstraint("campaign_id", "lead_id", name=op.f("uq_enrollment_campaign_id_lead_id")),
        sa.UniqueConstraint("client_id", "exclusive_key", name=op.f("uq_enrollment_client_id_exclusive_key")),
    )
    op.create_index(
        "ix_enrollment_campaign", "enrollment", ["client_id", "campaign_id", "enrolled_at", "id"], unique=False
    )
    op.create_index("ix_enrollment_lead", "enrollment", ["lead_id"], unique=False)
    op.create_index("ix_enrollment_next", "enrollment", ["account_id", "next_at", "id"], unique=False)
    op.create_index("ix_enrollment_status", "enrollment", ["campaign_id", "status", "id"], unique=False)

    op.create_table(
        "enrollment_step",
        sa.Column("enrollment_id", ID, nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=True),
        sa.CheckConstraint("state IN ('sent','skipped')", name=op.f("ck_enrollment_step_state")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_enrollment_step_client_id_client")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_enrollment_step_enrollment_id_enrollment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("enrollment_id", "step_key", name=op.f("pk_enrollment_step")),
    )


def downgrade() -> None:
    op.drop_table("enrollment_step")
    op.drop_index("ix_enrollment_status", table_name="enrollment")
    op.drop_index("ix_enrollment_next", table_name="enrollment")
    op.drop_index("ix_enrollment_lead", table_name="enrollment")
    op.drop_index("ix_enrollment_campaign", table_name="enrollment")

    op.drop_table("enrollment")
    op.drop_index("ix_simulation_campaign", table_name="simulation")

    op.drop_table("simulation")
    op.drop_index("ix_sequence_version_client", table_name="sequence_version")

    op.drop_table("sequence_version")
    op.drop_index("ix_campaign_sender_account", table_name="campaign_sender")

    op.drop_table("campaign_sender")
    op.drop_index("ix_account_usage_day", table_name="account_usage")
    op.drop_index("ix_account_usage_at", table_name="account_usage")

    op.drop_table("account_usage")
    op.drop_table("account_cooldown")
    op.drop_index("ix_campaign_state", table_name="campaign")
    op.drop_index("ix_campaign_created_at", table_name="campaign")

    op.drop_table("campaign")
