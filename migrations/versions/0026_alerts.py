"""Alerts, and what finds the calls of the last minutes

What happens to running processes: nothing, they know no alerts. On PostgreSQL the two indexes are made while writers
wait; on a table of a million rows that is some seconds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

INSTANT = sa.DateTime(timezone=True)

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("threshold", sa.Float(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("over", sa.Integer(), nullable=False),
        sa.Column("under", sa.Integer(), nullable=False),
        sa.Column("raised_at", INSTANT, nullable=True),
        sa.Column("cleared_at", INSTANT, nullable=True),
        sa.Column("looked_at", INSTANT, nullable=False),
        sa.CheckConstraint("cleared_at IS NULL OR raised_at IS NOT NULL", name=op.f("ck_alert_cleared")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_alert")),
    )
    op.create_index("ix_delivery_attempt_started", "delivery_attempt", ["started_at"])
    called = sa.text("calling_at IS NOT NULL")
    op.create_index("ix_action_called", "action", ["calling_at"], postgresql_where=called, sqlite_where=called)


def downgrade() -> None:
    op.drop_index("ix_action_called", table_name="action")
    op.drop_index("ix_delivery_attempt_started", table_name="delivery_attempt")
    op.drop_table("alert")
