"""Replies: how far accounts were listened to, relations seen, absences

What happens to running processes: nothing, they know neither these tables nor the column of enrollments, which may be
empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("enrollment", sa.Column("away_until", INSTANT, nullable=True))
    op.create_table(
        "account_watch",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("read_up_to", INSTANT, nullable=True),
        sa.Column("heard_at", INSTANT, nullable=True),
        sa.Column("polled_at", INSTANT, nullable=True),
        sa.Column("missed_at", INSTANT, nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("invitations_at", INSTANT, nullable=True),
        sa.Column("relations_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_watch_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_account_watch_client_id_client")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_account_watch")),
    )
    op.create_table(
        "relation_seen",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("member_id", sa.String(length=40), nullable=True),
        sa.Column("public_identifier", sa.String(length=200), nullable=True),
        sa.Column("name", sa.String(length=250), nullable=True),
        sa.Column("connected_at", INSTANT, nullable=True),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("tried", JSON, nullable=False),
        sa.Column("resolved_at", INSTANT, nullable=True),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_relation_seen_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_relation_seen_client_id_client")),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_relation_seen_lead_id_lead"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_relation_seen")),
    )
    op.create_index("ix_relation_seen_lead", "relation_seen", ["lead_id"], unique=False)
    op.create_index("ix_relation_seen_member", "relation_seen", ["client_id", "member_id"], unique=False)
    op.create_index("ix_relation_seen_provider", "relation_seen", ["client_id", "provider_id"], unique=False)
    op.create_index("ix_relation_seen_public", "relation_seen", ["client_id", "public_identifier"], unique=False)
    op.create_index("ix_relation_seen_resolved", "relation_seen", ["account_id", "resolved_at", "key"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_relation_seen_resolved", table_name="relation_seen")
    op.drop_index("ix_relation_seen_public", table_name="relation_seen")
    op.drop_index("ix_relation_seen_provider", table_name="relation_seen")
    op.drop_index("ix_relation_seen_member", table_name="relation_seen")
    op.drop_index("ix_relation_seen_lead", table_name="relation_seen")
    op.drop_table("relation_seen")
    op.drop_table("account_watch")
    with op.batch_alter_table("enrollment") as table:
        table.drop_column("away_until")
