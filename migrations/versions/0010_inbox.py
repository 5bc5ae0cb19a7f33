"""Inbox: how conversations stand among each other, their counts, queues, tags, notes, canned replies, files

What happens to running processes: they go on, for every column that is new has a default; what they write meanwhile
into conversations is not counted, which the nightly recount finds and mends. Messages that were there are taken for
dealt with and read, so that nobody is warned of what was before the inbox.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def _where(condition: str) -> dict[str, sa.TextClause]:
    return {"postgresql_where": sa.text(condition), "sqlite_where": sa.text(condition)}


_TABLES = (
    *("conversation_count", "inbox_sharing", "inbox_taker", "conversation_tag", "conversation_note", "canned_reply"),
    "action_file",
)
_INDEXES = {
    "ix_conversation_status": (["client_id", "status", "last_message_at", "id"], {}),
    "ix_conversation_assignee": (["assignee_id", "status", "last_message_at", "id"], {}),
    "ix_conversation_newest": (["last_message_at", "id"], {}),
    "ix_conversation_waiting": (["client_id", "last_message_at", "id"], _where("waiting_since IS NOT NULL")),
    "ix_conversation_unread": (["client_id", "last_message_at", "id"], _where("unread_count > 0")),
    "ix_conversation_snoozed": (["snoozed_until"], _where("snoozed_until IS NOT NULL")),
}


def _of_conversations() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("snoozed_until", INSTANT, nullable=True),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("queue_id", ID, nullable=True),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("temperature", sa.String(4), nullable=True),
        sa.Column("outcome", sa.String(12), nullable=True),
        sa.Column("marked_unread", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("message_count", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("waiting_since", INSTANT, nullable=True),
        sa.Column("wait_number", sa.Integer(), nullable=False, server_default="0"),
    )


def _of_messages() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("is_automatic", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("number", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("dealt_at", INSTANT, nullable=True),
    )


_CHECKS = {
    "ck_conversation_temperature": "temperature IN ('hot','warm','cold')",
    "ck_conversation_outcome": "outcome IN ('interested','meeting','not_now','wrong_person','unsubscribe')",
}


def upgrade() -> None:
    op.create_table(
        "inbox_queue",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_key", sa.String(80), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_inbox_queue_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_queue")),
        sa.UniqueConstraint("client_id", "name_key", name=op.f("uq_inbox_queue_client_id_name_key")),
    )
    op.create_index("ix_inbox_queue_client", "inbox_queue", ["client_id", "created_at", "id"])
    with op.batch_alter_table("conversation") as table:
        for column in _of_conversations():
            table.add_column(column)
        for name, condition in _CHECKS.items():
            table.create_check_constraint(op.f(name), condition)
        table.create_foreign_key(op.f("fk_conversation_queue_id_inbox_queue"), "inbox_queue", ["queue_id"], ["id"])
        table.create_foreign_key(
            op.f("fk_conversation_campaign_id_campaign"), "campaign", ["campaign_id"], ["id"], ondelete="SET NULL"
        )
    for name, (columns, options) in _INDEXES.items():
        op.create_index(name, "conversation", columns, **options)
    for column in _of_messages():
        op.add_column("message", column)
    _take_over()
    with op.batch_alter_table("action") as table:
        table.add_column(sa.Column("retry_of", ID, nullable=True))
        table.create_foreign_key(op.f("fk_action_retry_of_action"), "action", ["retry_of"], ["id"], ondelete="SET NULL")
    op.create_index("uq_action_retry_of", "action", ["retry_of"], unique=True, **_where("retry_of IS NOT NULL"))
    op.create_index(
        "ix_action_conversation", "action", ["conversation_id", "id"], **_where("conversation_id IS NOT NULL")
    )
    _create_tables()


def _take_over() -> None:
    """Number what was recorded in its order, and let nobody wait for what was before; threads are counted."""
    op.execute(
        "UPDATE message SET number = (SELECT count(*) FROM message AS other WHERE"
        " other.conversation_id = message.conversation_id AND other.id <= message.id),"
        " read_at = recorded_at, dealt_at = recorded_at"
    )
    op.execute(
        "UPDATE message SET is_automatic = true WHERE action_id IN (SELECT id FROM action WHERE origin = 'campaign')"
    )
    op.execute(
        "UPDATE conversation SET unread_count = 0, message_count ="
        " (SELECT count(*) FROM message WHERE message.conversation_id = conversation.id)"
    )


def _create_tables() -> None:
    op.create_table(
        "conversation_count",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("queue_id", ID, nullable=False),
        sa.Column("assignee_id", ID, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("open", "snoozed", "closed", "unread", "waiting")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_conversation_count_client_id_client"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "queue_id", "assignee_id", name=op.f("pk_conversation_count")),
    )
    op.execute(
        "INSERT INTO conversation_count (client_id, queue_id, assignee_id, open, snoozed, closed, unread, waiting)"
        " SELECT client_id, '', '', count(CASE WHEN status = 'open' THEN 1 END),"
        " count(CASE WHEN status = 'snoozed' THEN 1 END), count(CASE WHEN status = 'closed' THEN 1 END), 0, 0"
        " FROM conversation GROUP BY client_id"
    )
    op.create_table(
        "inbox_sharing",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("in_turn", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_inbox_sharing_client_id_client")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_inbox_sharing")),
    )
    op.create_table(
        "inbox_taker",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("is_away", sa.Boolean(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.CheckConstraint("capacity >= 0", name=op.f("ck_inbox_taker_capacity")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_inbox_taker_client_id_client")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_inbox_taker_user_id_user"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("client_id", "user_id", name=op.f("pk_inbox_taker")),
    )
    op.create_table(
        "conversation_tag",
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("tag", sa.String(50), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("tagged_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_conversation_tag_client_id_client")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_tag_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("conversation_id", "tag", name=op.f("pk_conversation_tag")),
    )
    op.create_index("ix_conversation_tag_tag", "conversation_tag", ["client_id", "tag", "conversation_id"])
    op.create_table(
        "conversation_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_conversation_note_author_id_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_conversation_note_client_id_client")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_note_conversation_id_conversation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_note")),
    )
    op.create_index("ix_conversation_note_conversation", "conversation_note", ["conversation_id", "created_at", "id"])
    op.create_table(
        "canned_reply",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("name_key", sa.String(80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_canned_reply_client_id_client")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_canned_reply_created_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_reply")),
        sa.UniqueConstraint("client_id", "name_key", name=op.f("uq_canned_reply_client_id_name_key")),
    )
    op.create_index("ix_canned_reply_client", "canned_reply", ["client_id", "created_at", "id"])
    op.create_table(
        "action_file",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("action_id", ID, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("content_type", sa.String(120), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["action_id"], ["action.id"], name=op.f("fk_action_file_action_id_action"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_action_file_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_file")),
    )
    op.create_index("ix_action_file_action", "action_file", ["action_id"])
    op.create_index("ix_action_file_created", "action_file", ["created_at"])


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.drop_table(name)
    op.drop_index("ix_action_conversation", table_name="action")
    op.drop_index("uq_action_retry_of", table_name="action")
    with op.batch_alter_table("action") as table:
        table.drop_constraint(op.f("fk_action_retry_of_action"), type_="foreignkey")
        table.drop_column("retry_of")
    for column in reversed(_of_messages()):
        op.drop_column("message", column.name)
    for name in reversed(_INDEXES):
        op.drop_index(name, table_name="conversation")
    with op.batch_alter_table("conversation") as table:
        table.drop_constraint(op.f("fk_conversation_campaign_id_campaign"), type_="foreignkey")
        table.drop_constraint(op.f("fk_conversation_queue_id_inbox_queue"), type_="foreignkey")
        for name in _CHECKS:
            table.drop_constraint(op.f(name), type_="check")
        for column in reversed(_of_conversations()):
            table.drop_column(column.name)
    op.drop_table("inbox_queue")
