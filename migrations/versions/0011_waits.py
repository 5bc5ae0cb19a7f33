"""Waits for an answer with their promises, and follow-up tasks

What happens to running processes: nothing, they know none of these tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "wait_terms",
        sa.Column("client_id", ID, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("hot_s", "warm_s", "cold_s", "unscored_s")),
        sa.Column("hours", JSON, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_wait_terms_client_id_client")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_wait_terms")),
    )
    op.create_table(
        "conversation_wait",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("target_s", sa.Integer(), nullable=False),
        sa.Column("warn_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("warned_at", INSTANT, nullable=True),
        sa.Column("breached_at", INSTANT, nullable=True),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_conversation_wait_client_id_client")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_wait_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "number", name=op.f("pk_conversation_wait")),
    )
    op.create_index(
        *("ix_conversation_wait_open", "conversation_wait", ["client_id", "due_at", "conversation_id"]),
        **_where("ended_at IS NULL"),
    )
    op.create_index(
        "ix_conversation_wait_warn",
        "conversation_wait",
        ["warn_at"],
        **_where("ended_at IS NULL AND warned_at IS NULL"),
    )
    op.create_index(
        "ix_conversation_wait_due",
        "conversation_wait",
        ["due_at"],
        **_where("ended_at IS NULL AND breached_at IS NULL"),
    )
    op.create_table(
        "follow_up",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("overdue_at", INSTANT, nullable=True),
        sa.Column("completed_at", INSTANT, nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("status IN ('scheduled','completed','cancelled')", name=op.f("ck_follow_up_status")),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["user.id"], name=op.f("fk_follow_up_assignee_id_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_follow_up_client_id_client")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_follow_up_conversation_id_conversation"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_follow_up_created_by_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_follow_up_lead_id_lead"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
    )
    op.create_index("ix_follow_up_client", "follow_up", ["client_id", "due_at", "id"])
    op.create_index(
        "ix_follow_up_due", "follow_up", ["due_at"], **_where("status = 'scheduled' AND overdue_at IS NULL")
    )
    op.create_index(
        "ix_follow_up_conversation", "follow_up", ["conversation_id"], **_where("conversation_id IS NOT NULL")
    )
    op.create_index("ix_follow_up_lead", "follow_up", ["lead_id"], **_where("lead_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_table("follow_up")
    op.drop_table("conversation_wait")
    op.drop_table("wait_terms")
