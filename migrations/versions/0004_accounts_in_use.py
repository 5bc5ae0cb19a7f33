"""Accounts in use: their own hours, the day they last acted, rests that double, and the hold of the whole service

What happens to running processes: nothing, they do not know the new columns and write none of these rows; what they
count meanwhile is found by the next count of the same account.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("last_used_on", sa.Date(), nullable=True))
    op.add_column("account", sa.Column("hours", JSON, nullable=True))
    op.execute(
        "UPDATE account SET last_used_on = (SELECT max(on_day) FROM account_usage WHERE account_id = account.id)"
    )
    op.add_column("account_cooldown", sa.Column("strikes", sa.Integer(), server_default="1", nullable=False))
    op.drop_index("ix_account_usage_day", table_name="account_usage")
    op.create_index("ix_account_usage_day", "account_usage", ["account_id", "on_day", "budget", "at"], unique=False)
    op.create_table(
        "service_hold",
        sa.Column("id", ID, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("held_at", INSTANT, nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.Column("lifted_by", sa.String(length=80), nullable=True),
        sa.Column("open_key", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_hold")),
        sa.UniqueConstraint("open_key", name=op.f("uq_service_hold_open_key")),
    )


def downgrade() -> None:
    op.drop_table("service_hold")
    op.drop_index("ix_account_usage_day", table_name="account_usage")
    op.create_index("ix_account_usage_day", "account_usage", ["account_id", "on_day", "budget"], unique=False)
    with op.batch_alter_table("account_cooldown") as cooldown:
        cooldown.drop_column("strikes")
    with op.batch_alter_table("account") as account:
        account.drop_column("hours")
        account.drop_column("last_used_on")
