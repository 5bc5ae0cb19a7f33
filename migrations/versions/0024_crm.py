"""CRMs: how leads go there, how each stands there, notes; connections of their kinds

What happens to running processes: nothing. They know none of these tables, and connections of the new kinds are made by
processes of this release only. The consumer begins where each log ends, so that no CRM is filled with what was before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
BEFORE = ("webhook", "slack", "telegram")
CRMS = ("hubspot", "pipedrive", "salesforce", "n8n")

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _kinds((*BEFORE, *CRMS))
    _terms()
    _links()
    _notes()
    op.execute(
        "INSERT INTO event_cursor (consumer, client_id, seq, failures) "
        "SELECT 'crm.follow', client_id, seq, 0 FROM event_stream"
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'crm.follow'")
    for table in ("crm_note", "crm_link", "crm_terms"):
        op.drop_table(table)
    words = ",".join(f"'{each}'" for each in CRMS)
    op.execute(f"DELETE FROM connection WHERE kind IN ({words})")  # noqa: S608 - words of our own
    _kinds(BEFORE)


def _kinds(kinds: tuple[str, ...]) -> None:
    """Which kinds of connection there are."""
    words = ",".join(f"'{each}'" for each in kinds)
    name = op.f("ck_connection_kind")
    with op.batch_alter_table("connection") as table:
        table.drop_constraint(name, type_="check")
        table.create_check_constraint(name, f"kind IN ({words})")


def _terms() -> None:
    op.create_table(
        "crm_terms",
        sa.Column("connection_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("object", sa.String(length=10), nullable=True),
        sa.Column("field", sa.String(length=120), nullable=True),
        sa.Column("overwrite", sa.Boolean(), nullable=False),
        sa.Column("unknown_names", sa.Boolean(), nullable=False),
        sa.Column("push_when", JSON, nullable=False),
        sa.Column("free_at", INSTANT, nullable=True),
        sa.Column("free_reason", sa.String(length=200), nullable=True),
        sa.CheckConstraint("object IN ('contact','lead')", name=op.f("ck_crm_terms_object")),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_crm_terms_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_crm_terms_client_id_client")),
        sa.PrimaryKeyConstraint("connection_id", name=op.f("pk_crm_terms")),
    )
    op.create_index("ix_crm_terms_client", "crm_terms", ["client_id"])


def _links() -> None:
    op.create_table(
        "crm_link",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("connection_id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("external_id", sa.String(length=120), nullable=True),
        sa.Column("last_hash", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("differs", JSON, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("force", sa.Boolean(), nullable=False),
        sa.Column("recreate", sa.Boolean(), nullable=False),
        sa.Column("intent", sa.String(length=36), nullable=True),
        sa.Column("intent_at", INSTANT, nullable=True),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("synced_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "status IN ('pending','synced','failed','conflict','skipped')", name=op.f("ck_crm_link_status")
        ),
        sa.CheckConstraint(
            "status NOT IN ('failed','conflict','skipped') OR error IS NOT NULL", name=op.f("ck_crm_link_error")
        ),
        sa.CheckConstraint("status <> 'synced' OR synced_at IS NOT NULL", name=op.f("ck_crm_link_synced")),
        sa.CheckConstraint("(intent IS NULL) = (intent_at IS NULL)", name=op.f("ck_crm_link_intent")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_crm_link_client_id_client")),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["connection.id"],
            name=op.f("fk_crm_link_connection_id_connection"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_crm_link_lead_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crm_link")),
        sa.UniqueConstraint("connection_id", "lead_id", name=op.f("uq_crm_link_connection_id_lead_id")),
        sa.UniqueConstraint("connection_id", "external_id", name=op.f("uq_crm_link_connection_id_external_id")),
    )
    op.create_index("ix_crm_link_client", "crm_link", ["client_id", "updated_at", "id"])
    op.create_index("ix_crm_link_status", "crm_link", ["client_id", "status", "updated_at", "id"])
    op.create_index("ix_crm_link_lead", "crm_link", ["lead_id"])
    named = sa.text("job_id IS NOT NULL")
    op.create_index("ix_crm_link_job", "crm_link", ["job_id"], postgresql_where=named, sqlite_where=named)


def _notes() -> None:
    op.create_table(
        "crm_note",
        sa.Column("link_id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("intent", sa.String(length=36), nullable=True),
        sa.Column("intent_at", INSTANT, nullable=True),
        sa.Column("synced_at", INSTANT, nullable=True),
        sa.CheckConstraint("status IN ('pending','synced','skipped')", name=op.f("ck_crm_note_status")),
        sa.CheckConstraint("(intent IS NULL) = (intent_at IS NULL)", name=op.f("ck_crm_note_intent")),
        sa.CheckConstraint("(status = 'synced') = (synced_at IS NOT NULL)", name=op.f("ck_crm_note_synced")),
        sa.ForeignKeyConstraint(
            ["link_id"], ["crm_link.id"], name=op.f("fk_crm_note_link_id_crm_link"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_crm_note_client_id_client")),
        sa.PrimaryKeyConstraint("link_id", "event_id", name=op.f("pk_crm_note")),
    )
    waits = sa.text("status = 'pending'")
    op.create_index("ix_crm_note_pending", "crm_note", ["link_id", "at"], postgresql_where=waits, sqlite_where=waits)
