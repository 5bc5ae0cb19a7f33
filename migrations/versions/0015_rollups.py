"""Rollups of what happened, the milestones behind them, and the zones they are counted in

What happens to running processes: nothing, they know none of these tables. The consumer that begins with this release
reads every log from its beginning, a batch at a time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rollup",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("dim", sa.String(length=8), nullable=False),
        sa.Column("span", sa.String(length=9), nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("metric", sa.String(length=12), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "dim IN ('client','campaign','account','sender','step','variant')", name=op.f("ck_rollup_dim")
        ),
        sa.CheckConstraint("span IN ('total','day','local_day','hour')", name=op.f("ck_rollup_span")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_rollup_value")),
        sa.PrimaryKeyConstraint(
            *("client_id", "dim", "span", "campaign_id", "account_id", "step_key", "variant", "slot", "metric"),
            name=op.f("pk_rollup"),
        ),
    )
    op.create_index(
        "ix_rollup_zero",
        "rollup",
        ["client_id"],
        postgresql_where=sa.text("value = 0"),
        sqlite_where=sa.text("value = 0"),
    )
    op.create_table(
        "milestone",
        sa.Column("whose", ID, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=False),
        sa.Column("at", INSTANT, nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("whose", "kind", name=op.f("pk_milestone")),
    )
    op.create_index("ix_milestone_campaign", "milestone", ["client_id", "campaign_id", "kind", "at"])
    op.create_table(
        "measured",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("last_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "campaign_id", name=op.f("pk_measured")),
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'analytics.rollups'")
    for table in ("measured", "milestone", "rollup"):
        op.drop_table(table)
