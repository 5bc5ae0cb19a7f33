"""Actions, the lines in which leads wait for one, and what is wanted of the scheduler

What happens to running processes: nothing, they do not know these tables. Leads under way are looked at once, which
puts each in its line.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scheduler_process",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("threads", sa.Integer(), nullable=False),
        sa.Column("in_flight", sa.Integer(), nullable=False),
        sa.Column("last_turn_at", INSTANT, nullable=True),
        sa.Column("lag_seconds", sa.Integer(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_scheduler_process")),
    )
    op.create_table(
        "scheduler",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("wanted", sa.String(length=10), nullable=False),
        sa.Column("wanted_at", INSTANT, nullable=False),
        sa.Column("wanted_by", ID, nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.CheckConstraint("wanted IN ('running','draining','stopped')", name=op.f("ck_scheduler_wanted")),
        sa.ForeignKeyConstraint(
            ["wanted_by"], ["user.id"], name=op.f("fk_scheduler_wanted_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheduler")),
    )
    op.create_table(
        "line",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("wakes_at", INSTANT, nullable=True),
        sa.Column("closed_by", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_line_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_line_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_line_client_id_client")),
        sa.PrimaryKeyConstraint("account_id", "campaign_id", "kind", name=op.f("pk_line")),
    )
    with op.batch_alter_table("line", schema=None) as batch_op:
        batch_op.create_index("ix_line_wakes", ["wakes_at", "account_id"], unique=False)

    op.create_table(
        "action",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("account_id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("enrollment_id", ID, nullable=True),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("step_key", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("variant", sa.String(length=40), nullable=True),
        sa.Column("origin", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=True),
        sa.Column("chat_id", sa.String(length=200), nullable=True),
        sa.Column("invitation_id", sa.String(length=200), nullable=True),
        sa.Column("message_id", sa.String(length=200), nullable=True),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("claimed_at", INSTANT, nullable=True),
        sa.Column("calling_at", INSTANT, nullable=True),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.Column("call_before", INSTANT, nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("lease_until", INSTANT, nullable=True),
        sa.Column("absent_reads", sa.Integer(), nullable=False),
        sa.Column("failed_reads", sa.Integer(), nullable=False),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("code", sa.String(length=80), nullable=True),
        sa.Column("detail", sa.String(length=500), nullable=True),
        sa.Column("settled_by", sa.String(length=10), nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.CheckConstraint(
            "kind IN ('invite','message','inmail','visit','follow','react','email','withdraw')",
            name=op.f("ck_action_kind"),
        ),
        sa.CheckConstraint("origin IN ('campaign','person','upkeep')", name=op.f("ck_action_origin")),
        sa.CheckConstraint(
            "settled_by IN ('answer','reading','notice','person','assumed')", name=op.f("ck_action_settled_by")
        ),
        sa.CheckConstraint(
            "state IN ('ready','claimed','calling','uncertain','sent','refused','cancelled')",
            name=op.f("ck_action_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_action_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_action_campaign_id_campaign"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_action_client_id_client")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_action_created_by_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_action_enrollment_id_enrollment"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_action_lead_id_lead"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action")),
    )
    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.create_index("ix_action_campaign", ["campaign_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_action_client", ["client_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_action_lead", ["lead_id", "created_at"], unique=False)
        batch_op.create_index(
            "ix_action_lease",
            ["lease_until"],
            unique=False,
            postgresql_where=sa.text("state IN ('claimed','calling')"),
            sqlite_where=sa.text("state IN ('claimed','calling')"),
        )
        batch_op.create_index(
            "ix_action_open_of_account",
            ["account_id"],
            unique=False,
            postgresql_where=sa.text("state IN ('ready','claimed','calling','uncertain')"),
            sqlite_where=sa.text("state IN ('ready','claimed','calling','uncertain')"),
        )
        batch_op.create_index(
            "ix_action_read",
            ["read_at"],
            unique=False,
            postgresql_where=sa.text("state = 'uncertain'"),
            sqlite_where=sa.text("state = 'uncertain'"),
        )
        batch_op.create_index(
            "ix_action_ready",
            ["due_at", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'ready'"),
            sqlite_where=sa.text("state = 'ready'"),
        )
        batch_op.create_index(
            "uq_action_open",
            ["enrollment_id"],
            unique=True,
            postgresql_where=sa.text("state IN ('claimed','calling','uncertain')"),
            sqlite_where=sa.text("state IN ('claimed','calling','uncertain')"),
        )
        batch_op.create_index(
            "uq_action_sent",
            ["enrollment_id", "step_key"],
            unique=True,
            postgresql_where=sa.text("state = 'sent'"),
            sqlite_where=sa.text("state = 'sent'"),
        )

    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("line", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.drop_index(batch_op.f("ix_enrollment_next"))
        batch_op.create_index(
            "ix_enrollment_account",
            ["account_id", "id"],
            unique=False,
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "ix_enrollment_line",
            ["account_id", "campaign_id", "line", "next_at", "id"],
            unique=False,
            postgresql_where=sa.text("line IS NOT NULL"),
            sqlite_where=sa.text("line IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_enrollment_look",
            ["next_at"],
            unique=False,
            postgresql_where=sa.text("line IS NULL AND next_at IS NOT NULL"),
            sqlite_where=sa.text("line IS NULL AND next_at IS NOT NULL"),
        )

    op.execute("UPDATE enrollment SET next_at = reached_at WHERE ended_at IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("enrollment", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_enrollment_look",
            postgresql_where=sa.text("line IS NULL AND next_at IS NOT NULL"),
            sqlite_where=sa.text("line IS NULL AND next_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_enrollment_line", postgresql_where=sa.text("line IS NOT NULL"), sqlite_where=sa.text("line IS NOT NULL")
        )
        batch_op.drop_index(
            "ix_enrollment_account",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_enrollment_next"), ["account_id", "next_at", "id"], unique=False)
        batch_op.drop_column("failures")
        batch_op.drop_column("line")

    with op.batch_alter_table("action", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_action_sent", postgresql_where=sa.text("state = 'sent'"), sqlite_where=sa.text("state = 'sent'")
        )
        batch_op.drop_index(
            "uq_action_open",
            postgresql_where=sa.text("state IN ('claimed','calling','uncertain')"),
            sqlite_where=sa.text("state IN ('claimed','calling','uncertain')"),
        )
        batch_op.drop_index(
            "ix_action_ready", postgresql_where=sa.text("state = 'ready'"), sqlite_where=sa.text("state = 'ready'")
        )
        batch_op.drop_index(
            "ix_action_read",
            postgresql_where=sa.text("state = 'uncertain'"),
            sqlite_where=sa.text("state = 'uncertain'"),
        )
        batch_op.drop_index(
            "ix_action_open_of_account",
            postgresql_where=sa.text("state IN ('ready','claimed','calling','uncertain')"),
            sqlite_where=sa.text("state IN ('ready','claimed','calling','uncertain')"),
        )
        batch_op.drop_index(
            "ix_action_lease",
            postgresql_where=sa.text("state IN ('claimed','calling')"),
            sqlite_where=sa.text("state IN ('claimed','calling')"),
        )
        batch_op.drop_index("ix_action_lead")
        batch_op.drop_index("ix_action_client")
        batch_op.drop_index("ix_action_campaign")

    op.drop_table("action")
    with op.batch_alter_table("line", schema=None) as batch_op:
        batch_op.drop_index("ix_line_wakes")

    op.drop_table("line")
    op.drop_table("scheduler")
    op.drop_table("scheduler_process")
