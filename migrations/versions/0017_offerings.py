"""Offerings, and which messages are about which

What happens to running processes: nothing, they know none of these tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_OF_FORMS = "fk_capture_form_offering_id_offering"


def upgrade() -> None:
    _offerings()
    _campaigns()
    _links()
    with op.batch_alter_table("capture_form") as table:
        table.add_column(sa.Column("offering_id", ID, nullable=True))
        table.create_foreign_key(_OF_FORMS, "offering", ["offering_id"], ["id"], ondelete="SET NULL")
    op.execute(
        "INSERT INTO event_cursor (consumer, client_id, seq, failures) "
        "SELECT 'offerings.link', client_id, seq, 0 FROM event_stream"
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'offerings.link'")
    with op.batch_alter_table("capture_form") as table:
        table.drop_constraint(_OF_FORMS, type_="foreignkey")
        table.drop_column("offering_id")
    for table in ("message_offering", "campaign_offering", "offering"):
        op.drop_table(table)


def _offerings() -> None:
    op.create_table(
        "offering",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.Column("external_ref", sa.String(length=80), nullable=True),
        sa.Column("urls", JSON, nullable=False),
        sa.Column("aliases", JSON, nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("archived_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_offering_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offering")),
        sa.UniqueConstraint("client_id", "slug", name=op.f("uq_offering_client_id_slug")),
    )
    op.create_index("ix_offering_client", "offering", ["client_id", "created_at", "id"])
    for column in ("code", "external_ref"):
        given = sa.text(f"{column} IS NOT NULL")
        columns = ["client_id", column]
        op.create_index(
            f"uq_offering_{column}", "offering", columns, unique=True, postgresql_where=given, sqlite_where=given
        )


def _campaigns() -> None:
    op.create_table(
        "campaign_offering",
        sa.Column("campaign_id", ID, nullable=False),
        sa.Column("offering_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"],
            ["campaign.id"],
            name=op.f("fk_campaign_offering_campaign_id_campaign"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"],
            ["offering.id"],
            name=op.f("fk_campaign_offering_offering_id_offering"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_campaign_offering_client_id_client")),
        sa.PrimaryKeyConstraint("campaign_id", "offering_id", name=op.f("pk_campaign_offering")),
    )
    op.create_index("ix_campaign_offering_offering", "campaign_offering", ["offering_id"])


def _links() -> None:
    op.create_table(
        "message_offering",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("offering_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("method", sa.String(length=12), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("evidence", JSON, nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", INSTANT, nullable=True),
        sa.Column("linked_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "method IN ('code','address','catalogue','context','name','description','by_hand')",
            name=op.f("ck_message_offering_method"),
        ),
        sa.CheckConstraint(
            "status IN ('auto','suggested','confirmed','rejected')", name=op.f("ck_message_offering_status")
        ),
        sa.CheckConstraint("confidence >= 0.5 AND confidence <= 1", name=op.f("ck_message_offering_confidence")),
        sa.CheckConstraint(
            "(status IN ('confirmed','rejected')) = (decided_at IS NOT NULL)", name=op.f("ck_message_offering_decided")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_offering_message_id_message"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["offering_id"],
            ["offering.id"],
            name=op.f("fk_message_offering_offering_id_offering"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_message_offering_client_id_client")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["user.id"], name=op.f("fk_message_offering_decided_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("message_id", "offering_id", name=op.f("pk_message_offering")),
    )
    op.create_index("ix_message_offering_offering", "message_offering", ["offering_id", "status", "linked_at"])
