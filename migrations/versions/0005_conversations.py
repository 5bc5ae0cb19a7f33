"""Conversations: threads, participants, messages, and marks that wait for their message

What happens to running processes: nothing, they do not know these tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_mark",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("mark", sa.String(length=10), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.CheckConstraint("mark IN ('seen','delivered','reacted')", name=op.f("ck_message_mark_mark")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_message_mark_client_id_client")),
        sa.PrimaryKeyConstraint(
            "client_id", "channel", "external_id", "mark", "value", "by", name=op.f("pk_message_mark")
        ),
    )
    op.create_table(
        "conversation",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("leads_before", JSON, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("subject", sa.String(length=400), nullable=True),
        sa.Column("is_group", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("unread_count", sa.Integer(), nullable=False),
        sa.Column("last_message_at", INSTANT, nullable=True),
        sa.Column("last_inbound_at", INSTANT, nullable=True),
        sa.Column("last_outbound_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "channel IN ('linkedin','email','chat','messenger','instagram','whatsapp')",
            name=op.f("ck_conversation_channel"),
        ),
        sa.CheckConstraint("status IN ('open','snoozed','closed')", name=op.f("ck_conversation_status")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_conversation_account_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_conversation_client_id_client")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_conversation_lead_id_lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint(
            "client_id", "channel", "external_id", name=op.f("uq_conversation_client_id_channel_external_id")
        ),
    )
    op.create_index("ix_conversation_account", "conversation", ["account_id", "last_message_at"], unique=False)
    op.create_index(
        "ix_conversation_last_message", "conversation", ["client_id", "last_message_at", "id"], unique=False
    )
    op.create_index("ix_conversation_lead", "conversation", ["lead_id", "account_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=True),
        sa.Column("author_id", sa.String(length=200), nullable=True),
        sa.Column("author_name", sa.String(length=250), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("earlier_texts", JSON, nullable=False),
        sa.Column("subject", sa.String(length=400), nullable=True),
        sa.Column("attachments", JSON, nullable=False),
        sa.Column("reactions", JSON, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("edited_at", INSTANT, nullable=True),
        sa.Column("deleted_at", INSTANT, nullable=True),
        sa.Column("seen_at", INSTANT, nullable=True),
        sa.Column("delivered_at", INSTANT, nullable=True),
        sa.Column("action_id", ID, nullable=True),
        sa.Column("is_auto_reply", sa.Boolean(), nullable=False),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("match_rung", sa.String(length=24), nullable=True),
        sa.Column("match_evidence", JSON, nullable=False),
        sa.CheckConstraint(
            "channel IN ('linkedin','email','chat','messenger','instagram','whatsapp')", name=op.f("ck_message_channel")
        ),
        sa.CheckConstraint("direction IN ('in','out')", name=op.f("ck_message_direction")),
        sa.CheckConstraint("kind IN ('text','system')", name=op.f("ck_message_kind")),
        sa.CheckConstraint("via IN ('webhook','poll','sent')", name=op.f("ck_message_via")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_message_client_id_client")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_message_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_message_lead_id_lead")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("action_id", name=op.f("uq_message_action_id")),
        sa.UniqueConstraint(
            "client_id", "channel", "external_id", name=op.f("uq_message_client_id_channel_external_id")
        ),
    )
    op.create_index("ix_message_conversation", "message", ["conversation_id", "at", "id"], unique=False)
    op.create_index("ix_message_lead", "message", ["lead_id", "at"], unique=False)
    op.create_index(
        "ix_message_unmatched",
        "message",
        ["client_id", "at", "id"],
        unique=False,
        postgresql_where=sa.text("lead_id IS NULL"),
        sqlite_where=sa.text("lead_id IS NULL"),
    )
    op.create_table(
        "participant",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("name", sa.String(length=250), nullable=True),
        sa.Column("profile_url", sa.String(length=400), nullable=True),
        sa.Column("is_self", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_participant_client_id_client")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_participant_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "external_id", name=op.f("pk_participant")),
    )
    op.create_index("ix_participant_external", "participant", ["client_id", "external_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_participant_external", table_name="participant")
    op.drop_table("participant")
    op.drop_index(
        "ix_message_unmatched",
        table_name="message",
        postgresql_where=sa.text("lead_id IS NULL"),
        sqlite_where=sa.text("lead_id IS NULL"),
    )
    op.drop_index("ix_message_lead", table_name="message")
    op.drop_index("ix_message_conversation", table_name="message")
    op.drop_table("message")
    op.drop_index("ix_conversation_lead", table_name="conversation")
    op.drop_index("ix_conversation_last_message", table_name="conversation")
    op.drop_index("ix_conversation_account", table_name="conversation")
    op.drop_table("conversation")
    op.drop_table("message_mark")
