"""Enrollments of leads that were merged

What happens to running processes: nothing, they do not know this column and this table. Leads that were merged before
keep their enrollments as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), "postgresql")

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_POINTS = {
    "postgresql_where": sa.text("goes_on_in_id IS NOT NULL"),
    "sqlite_where": sa.text("goes_on_in_id IS NOT NULL"),
}


def upgrade() -> None:
    op.add_column("enrollment", sa.Column("goes_on_in_id", ID, nullable=True))
    op.create_index("ix_enrollment_goes_on_in", "enrollment", ["goes_on_in_id"], unique=False, **_POINTS)
    op.create_table(
        "enrollment_merge",
        sa.Column("merge_id", ID, nullable=False),
        sa.Column("enrollment_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_enrollment_merge_client_id_client")),
        sa.ForeignKeyConstraint(
            ["enrollment_id"],
            ["enrollment.id"],
            name=op.f("fk_enrollment_merge_enrollment_id_enrollment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("merge_id", "enrollment_id", name=op.f("pk_enrollment_merge")),
    )


def downgrade() -> None:
    op.drop_table("enrollment_merge")
    op.drop_index("ix_enrollment_goes_on_in", table_name="enrollment", **_POINTS)
    op.drop_column("enrollment", "goes_on_in_id")
