"""Figures that are counted elsewhere and told to us

What happens to running processes: nothing, they do not know this table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "external_figure",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("metric", sa.String(length=40), nullable=False),
        sa.Column("dim", sa.String(length=8), nullable=False),
        sa.Column("dim_id", ID, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("dim IN ('client','campaign')", name=op.f("ck_external_figure_dim")),
        sa.CheckConstraint("(dim = 'client') = (dim_id = '')", name=op.f("ck_external_figure_whose")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_external_figure_client_id_client")),
        sa.PrimaryKeyConstraint("client_id", "day", "metric", "dim", "dim_id", name=op.f("pk_external_figure")),
    )
    op.create_index("ix_external_figure_campaign", "external_figure", ["dim_id", "day"])


def downgrade() -> None:
    op.drop_table("external_figure")
