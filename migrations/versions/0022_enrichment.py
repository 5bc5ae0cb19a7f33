"""What is found out about leads, and who does which work for a client

What happens to running processes: nothing, they know none of these tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_enrichment",
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("brief", sa.Text(), nullable=True),
        sa.Column("said_at", INSTANT, nullable=False),
        sa.Column("fetched_at", INSTANT, nullable=False),
        sa.Column("job_id", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_lead_enrichment_lead_id_lead"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_enrichment_client_id_client")),
        sa.PrimaryKeyConstraint("lead_id", "source", name=op.f("pk_lead_enrichment")),
    )
    op.create_index("ix_lead_enrichment_client", "lead_enrichment", ["client_id", "fetched_at"])
    op.create_table(
        "job_executor",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("executor", sa.String(length=10), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.CheckConstraint("executor IN ('worker','n8n')", name=op.f("ck_job_executor_executor")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_job_executor_client_id_client"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "type", name=op.f("pk_job_executor")),
    )
    op.execute(
        "INSERT INTO event_cursor (consumer, client_id, seq, failures) "
        "SELECT 'enrichment.forget', client_id, seq, 0 FROM event_stream"
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'enrichment.forget'")
    op.drop_table("job_executor")
    op.drop_table("lead_enrichment")
