"""Deliveries of webhooks, kept as they came

What happens to running processes: nothing, they do not know this table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("verified", sa.String(length=12), nullable=True),
        sa.Column("content_type", sa.String(length=200), nullable=True),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("processed_at", INSTANT, nullable=True),
        sa.Column("kind", sa.String(length=80), nullable=True),
        sa.Column("happened_at", INSTANT, nullable=True),
        sa.Column("external_account_id", sa.String(length=120), nullable=True),
        sa.Column("external_chat_id", sa.String(length=200), nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("duplicate_of", ID, nullable=True),
        sa.Column("word", sa.String(length=60), nullable=True),
        sa.Column("decision", JSON, nullable=True),
        sa.Column("error", sa.String(length=300), nullable=True),
        sa.CheckConstraint(
            "status IN ('received','processed','ignored','unreadable','failed')",
            name=op.f("ck_webhook_delivery_status"),
        ),
        sa.CheckConstraint("(status = 'received') = (due_at IS NOT NULL)", name=op.f("ck_webhook_delivery_due")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
    )
    _partial("ix_webhook_delivery_due", ["due_at", "id"], "status = 'received'")
    _partial("ix_webhook_delivery_kept", ["received_at"], "body IS NOT NULL")
    op.create_index("ix_webhook_delivery_received_at", "webhook_delivery", ["received_at", "id"])
    op.create_index("ix_webhook_delivery_sha256", "webhook_delivery", ["sha256", "id"])
    op.create_index("ix_webhook_delivery_account", "webhook_delivery", ["external_account_id", "source", "received_at"])
    op.create_index("ix_webhook_delivery_chat", "webhook_delivery", ["external_chat_id", "received_at"])
    op.create_index("ix_webhook_delivery_lead", "webhook_delivery", ["lead_id", "received_at"])


def downgrade() -> None:
    op.drop_table("webhook_delivery")


def _partial(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "webhook_delivery", columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
