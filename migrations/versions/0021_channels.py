"""Message channels, and replies that others carry for us

What happens to running processes: those of the release before go on; they see no action without an account until this
release writes one, so the processes that send are to be replaced before the first channel is connected. On SQLite the
actions are copied once, so a table of a million waits some seconds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)
CHANNELS = "'email','chat','messenger','instagram','whatsapp'"
OURS = "account_id IS NOT NULL OR (origin = 'person' AND kind = 'message')"

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("action") as table:
        table.alter_column("account_id", existing_type=ID, nullable=True)
        table.create_check_constraint(op.f("ck_action_account"), OURS)
    op.create_table(
        "message_channel",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("transport", sa.String(length=8), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=True),
        sa.Column("connection_id", ID, nullable=True),
        sa.Column("auto_reply_id", ID, nullable=True),
        sa.Column("password_hash", sa.String(length=64), nullable=True),
        sa.Column("switched_off_at", INSTANT, nullable=True),
        sa.Column("last_in_at", INSTANT, nullable=True),
        sa.Column("last_out_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("last_error_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"channel IN ({CHANNELS})", name=op.f("ck_message_channel_channel")),
        sa.CheckConstraint("transport IN ('n8n','postmark','resend')", name=op.f("ck_message_channel_transport")),
        sa.CheckConstraint("transport = 'n8n' OR channel = 'email'", name=op.f("ck_message_channel_mail")),
        sa.CheckConstraint("transport = 'n8n' OR address IS NOT NULL", name=op.f("ck_message_channel_address")),
        sa.CheckConstraint(
            "(transport = 'postmark') = (password_hash IS NOT NULL)", name=op.f("ck_message_channel_password")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_message_channel_client_id_client")),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_message_channel_connection_id_connection"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["auto_reply_id"],
            ["canned_reply.id"],
            name=op.f("fk_message_channel_auto_reply_id_canned_reply"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_channel")),
        sa.UniqueConstraint("client_id", "channel", name=op.f("uq_message_channel_client_id_channel")),
    )
    named = sa.text("address IS NOT NULL")
    op.create_index(
        "uq_message_channel_address",
        "message_channel",
        ["address"],
        unique=True,
        postgresql_where=named,
        sqlite_where=named,
    )
    op.execute(
        "INSERT INTO event_cursor (consumer, client_id, seq, failures) "
        "SELECT 'broker.replies', client_id, seq, 0 FROM event_stream"
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'broker.replies'")
    op.drop_table("message_channel")
    op.execute("DELETE FROM action WHERE account_id IS NULL")
    with op.batch_alter_table("action") as table:
        table.drop_constraint(op.f("ck_action_account"), type_="check")
        table.alter_column("account_id", existing_type=ID, nullable=False)
