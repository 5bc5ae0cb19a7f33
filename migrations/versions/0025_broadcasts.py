"""Broadcasts, their mails and batches; addresses that want no more of them

What happens to running processes: nothing. They know none of these tables, and stops of the new topic are written by
processes of this release only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
TOLD = ("delivered", "opened", "clicked", "bounced", "complained", "suppressed", "unsubscribed")

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _topics("'all','reports','broadcasts'")
    _broadcasts()
    _batches()
    _mails()
    op.execute(
        "INSERT INTO event_cursor (consumer, client_id, seq, failures) "
        "SELECT 'broadcasts.follow', client_id, seq, 0 FROM event_stream"
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'broadcasts.follow'")
    for table in ("broadcast_mail", "broadcast_batch", "broadcast"):
        op.drop_table(table)
    op.execute("DELETE FROM mail_stop WHERE topic = 'broadcasts'")
    _topics("'all','reports'")


def _topics(words: str) -> None:
    """Of which mails an address may want no more."""
    name = op.f("ck_mail_stop_topic")
    with op.batch_alter_table("mail_stop") as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, f"topic IN ({words})")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, postgresql_where=condition, sqlite_where=condition)


def _broadcasts() -> None:
    op.create_table(
        "broadcast",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("variants", JSON, nullable=False),
        sa.Column("audience", JSON, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("dispatched_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("claim", JSON, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('draft','freezing','sending','paused','sent','cancelled')", name=op.f("ck_broadcast_status")
        ),
        sa.CheckConstraint(
            "status = 'draft' OR status = 'cancelled' OR dispatched_at IS NOT NULL",
            name=op.f("ck_broadcast_dispatched"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_broadcast_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast")),
    )
    op.create_index("ix_broadcast_client", "broadcast", ["client_id", "created_at", "id"])


def _batches() -> None:
    op.create_table(
        "broadcast_batch",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("broadcast_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("called_at", INSTANT, nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.CheckConstraint("status IN ('ready','sent','failed')", name=op.f("ck_broadcast_batch_status")),
        sa.CheckConstraint("(status = 'ready') = (settled_at IS NULL)", name=op.f("ck_broadcast_batch_settled")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_broadcast_batch_client_id_client")),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcast.id"],
            name=op.f("fk_broadcast_batch_broadcast_id_broadcast"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_batch")),
        sa.UniqueConstraint("broadcast_id", "number", name=op.f("uq_broadcast_batch_broadcast_id_number")),
        sa.UniqueConstraint("key", name=op.f("uq_broadcast_batch_key")),
    )
    op.create_index("ix_broadcast_batch_client", "broadcast_batch", ["client_id", "created_at"])
    _partial("uq_broadcast_batch_ready", "broadcast_batch", ["broadcast_id"], "status = 'ready'", unique=True)


def _mails() -> None:
    op.create_table(
        "broadcast_mail",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("broadcast_id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("variant", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("batch_id", ID, nullable=True),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("sent_at", INSTANT, nullable=True),
        *(sa.Column(f"{name}_at", INSTANT, nullable=True) for name in TOLD),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "status IN ('pending','excluded','batched','sent','failed')", name=op.f("ck_broadcast_mail_status")
        ),
        sa.CheckConstraint("status = 'excluded' OR email IS NOT NULL", name=op.f("ck_broadcast_mail_email")),
        sa.CheckConstraint(
            "status NOT IN ('excluded','failed') OR reason IS NOT NULL", name=op.f("ck_broadcast_mail_reason")
        ),
        sa.CheckConstraint(
            "status NOT IN ('batched','sent') OR batch_id IS NOT NULL", name=op.f("ck_broadcast_mail_batch")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_broadcast_mail_client_id_client")),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcast.id"],
            name=op.f("fk_broadcast_mail_broadcast_id_broadcast"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_broadcast_mail_lead_id_lead"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"],
            ["broadcast_batch.id"],
            name=op.f("fk_broadcast_mail_batch_id_broadcast_batch"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcast_mail")),
        sa.UniqueConstraint("broadcast_id", "lead_id", name=op.f("uq_broadcast_mail_broadcast_id_lead_id")),
    )
    _partial(
        "uq_broadcast_mail_address", "broadcast_mail", ["broadcast_id", "email"], "status <> 'excluded'", unique=True
    )
    _partial("ix_broadcast_mail_waiting", "broadcast_mail", ["broadcast_id", "id"], "status = 'pending'")
    op.create_index("ix_broadcast_mail_batch", "broadcast_mail", ["batch_id", "place"])
    op.create_index("ix_broadcast_mail_status", "broadcast_mail", ["broadcast_id", "status", "id"])
    op.create_index("ix_broadcast_mail_client", "broadcast_mail", ["client_id", "created_at", "id"])
    op.create_index("ix_broadcast_mail_lead", "broadcast_mail", ["lead_id"])
    _partial("ix_broadcast_mail_provider", "broadcast_mail", ["provider_id"], "provider_id IS NOT NULL")
