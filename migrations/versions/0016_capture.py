"""Capture: forms, what was sent through them, and answers that are kept longer than a day

What happens to running processes: nothing. Those of the release before go on remembering answers for a day; they
take no submission, for they know no form. On SQLite the messages are copied once,
so an inbox of a million waits some seconds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("idempotency_key", sa.Column("kept_until", INSTANT, nullable=True))
    _messages_come_by("'webhook','poll','sent','capture'")
    _forms()
    _submissions()
    op.execute(
        "INSERT INTO event_cursor (consumer, client_id, seq, failures) "
        "SELECT 'capture.follow', client_id, seq, 0 FROM event_stream"
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'capture.follow'")
    op.drop_table("submission")
    op.drop_table("capture_form")
    op.execute("UPDATE message SET via = 'webhook' WHERE via = 'capture'")
    _messages_come_by("'webhook','poll','sent'")
    op.drop_column("idempotency_key", "kept_until")


def _messages_come_by(words: str) -> None:
    with op.batch_alter_table("message") as table:
        table.drop_constraint(op.f("ck_message_via"), type_="check")
        table.create_check_constraint(op.f("ck_message_via"), f"via IN ({words})")


def _forms() -> None:
    op.create_table(
        "capture_form",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("previous_key", sa.String(length=40), nullable=True),
        sa.Column("previous_until", INSTANT, nullable=True),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("intro", sa.String(length=600), nullable=True),
        sa.Column("thanks", sa.String(length=400), nullable=False),
        sa.Column("fields", JSON, nullable=False),
        sa.Column("origins", JSON, nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=True),
        sa.Column("tags", JSON, nullable=False),
        sa.Column("campaign_id", ID, nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('form','chatbot','inquiry')", name=op.f("ck_capture_form_kind")),
        sa.CheckConstraint("(previous_key IS NULL) = (previous_until IS NULL)", name=op.f("ck_capture_form_previous")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_capture_form_client_id_client")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_capture_form_campaign_id_campaign"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_capture_form_created_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_form")),
        sa.UniqueConstraint("key", name=op.f("uq_capture_form_key")),
    )
    held = sa.text("previous_key IS NOT NULL")
    op.create_index(
        "uq_capture_form_previous_key",
        "capture_form",
        ["previous_key"],
        unique=True,
        postgresql_where=held,
        sqlite_where=held,
    )
    op.create_index("ix_capture_form_client", "capture_form", ["client_id", "created_at", "id"])


def _submissions() -> None:
    op.create_table(
        "submission",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("form_id", ID, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("lead_id", ID, nullable=True),
        sa.Column("is_new_lead", sa.Boolean(), nullable=False),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("given", JSON, nullable=False),
        sa.Column("source", JSON, nullable=False),
        sa.Column("consent_text", sa.Text(), nullable=True),
        sa.Column("likeness", sa.String(length=64), nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.CheckConstraint("status IN ('taken','spam','forgotten')", name=op.f("ck_submission_status")),
        sa.CheckConstraint("status != 'taken' OR lead_id IS NOT NULL", name=op.f("ck_submission_lead")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_submission_client_id_client")),
        sa.ForeignKeyConstraint(["form_id"], ["capture_form.id"], name=op.f("fk_submission_form_id_capture_form")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_submission_lead_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
    )
    op.create_index("ix_submission_client", "submission", ["client_id", "received_at", "id"])
    op.create_index("ix_submission_form", "submission", ["form_id", "received_at", "id"])
    op.create_index("ix_submission_likeness", "submission", ["form_id", "likeness", "received_at"])
    op.create_index("ix_submission_lead", "submission", ["lead_id", "received_at"])
