"""Ways to look at leads, kept under a name

What happens to running processes: nothing, they do not know the table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_view",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=80), nullable=False),
        sa.Column("filter", JSON, nullable=False),
        sa.Column("sort", sa.String(length=20), nullable=False),
        sa.Column("descending", sa.Boolean(), nullable=False),
        sa.Column("columns", JSON, nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_view_client_id_client")),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name=op.f("fk_lead_view_owner_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_view")),
        sa.UniqueConstraint("client_id", "owner_id", "name_key", name=op.f("uq_lead_view_client_id_owner_id_name_key")),
    )
    op.create_index("ix_lead_view_name", "lead_view", ["client_id", "name_key", "id"])


def downgrade() -> None:
    op.drop_table("lead_view")
