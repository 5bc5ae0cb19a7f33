"""Leads, what identifies them, imports, do-not-contact lists

What happens to running processes: nothing, they do not know these tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_import",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("format", JSON, nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        sa.Column("rows_done", sa.Integer(), nullable=False),
        sa.Column("rows_created", sa.Integer(), nullable=False),
        sa.Column("rows_updated", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("rows_bad", sa.Integer(), nullable=False),
        sa.Column("resume", JSON, nullable=True),
        sa.Column("job_id", ID, nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "source IN ('manual','import','search','connections','campaign','capture')",
            name=op.f("ck_lead_import_source"),
        ),
        sa.CheckConstraint(
            "state IN ('uploaded','running','done','failed','cancelled')", name=op.f("ck_lead_import_state")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_import_client_id_client")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_lead_import_created_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_import")),
    )
    op.create_index("ix_lead_import_created_at", "lead_import", ["client_id", "created_at", "id"], unique=False)

    op.create_table(
        "suppression",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("key", sa.String(length=280), nullable=False),
        sa.Column("shown", sa.String(length=400), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=True),
        sa.Column("created_by", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("kind IN ('person','company','domain')", name=op.f("ck_suppression_kind")),
        sa.ForeignKeyConstraint(
            ["created_by"], ["user.id"], name=op.f("fk_suppression_created_by_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suppression")),
        sa.UniqueConstraint("client_id", "kind", "key", name=op.f("uq_suppression_client_id_kind_key")),
    )
    op.create_index("ix_suppression_created_at", "suppression", ["client_id", "created_at", "id"], unique=False)
    op.create_index("ix_suppression_key", "suppression", ["kind", "key"], unique=False)

    op.create_table(
        "import_part",
        sa.Column("import_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_import_part_client_id_client")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["lead_import.id"], name=op.f("fk_import_part_import_id_lead_import"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_import_part")),
    )
    op.create_table(
        "import_problem",
        sa.Column("import_id", ID, nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("column", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_import_problem_client_id_client")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["lead_import.id"], name=op.f("fk_import_problem_import_id_lead_import"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "row", name=op.f("pk_import_problem")),
    )
    op.create_table(
        "lead",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("first_name", sa.String(length=120), nullable=True),
        sa.Column("last_name", sa.String(length=120), nullable=True),
        sa.Column("headline", sa.String(length=400), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("company", sa.String(length=200), nullable=True),
        sa.Column("company_key", sa.String(length=200), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_domain", sa.String(length=253), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("website", sa.String(length=400), nullable=True),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("member_id", sa.String(length=40), nullable=True),
        sa.Column("public_identifier", sa.String(length=200), nullable=True),
        sa.Column("email_at", INSTANT, nullable=True),
        sa.Column("open_inmail_at", INSTANT, nullable=True),
        sa.Column("replied_at", INSTANT, nullable=True),
        sa.Column("custom", JSON, nullable=False),
        sa.Column("field_sources", JSON, nullable=False),
        sa.Column("name_key", sa.String(length=250), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("source_detail", sa.String(length=300), nullable=True),
        sa.Column("account_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("erased_at", INSTANT, nullable=True),
        sa.Column("merged_into_id", ID, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "source IN ('manual','import','search','connections','campaign','capture')", name=op.f("ck_lead_source")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_lead_account_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_client_id_client")),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["lead.id"], name=op.f("fk_lead_merged_into_id_lead"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
    )
    op.create_index("ix_lead_company", "lead", ["client_id", "company_key", "id"], unique=False)
    op.create_index("ix_lead_created_at", "lead", ["client_id", "created_at", "id"], unique=False)
    op.create_index("ix_lead_domain", "lead", ["client_id", "email_domain", "id"], unique=False)
    op.create_index("ix_lead_merged_into", "lead", ["merged_into_id"], unique=False)
    op.create_index("ix_lead_name", "lead", ["client_id", "name_key", "id"], unique=False)
    op.create_index("ix_lead_updated_at", "lead", ["client_id", "updated_at", "id"], unique=False)

    op.create_table(
        "lead_identity",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=254), nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.CheckConstraint(
            "kind IN ('provider_id','member_id','public_identifier','email')", name=op.f("ck_lead_identity_kind")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_identity_client_id_client")),
        sa.ForeignKeyConstraint(
            ["lead_id"], ["lead.id"], name=op.f("fk_lead_identity_lead_id_lead"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", "kind", "value", name=op.f("pk_lead_identity")),
    )
    op.create_index("ix_lead_identity_lead", "lead_identity", ["lead_id"], unique=False)

    op.create_table(
        "lead_merge",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("kept_id", ID, nullable=False),
        sa.Column("merged_id", ID, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("merged_at", INSTANT, nullable=False),
        sa.Column("undone_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_merge_client_id_client")),
        sa.ForeignKeyConstraint(["kept_id"], ["lead.id"], name=op.f("fk_lead_merge_kept_id_lead"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["merged_id"], ["lead.id"], name=op.f("fk_lead_merge_merged_id_lead"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_merge")),
    )
    op.create_index("ix_lead_merge_merged", "lead_merge", ["merged_id"], unique=False)
    op.create_index("ix_lead_merge_kept", "lead_merge", ["client_id", "kept_id", "merged_at"], unique=False)

    op.create_table(
        "lead_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", ID, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["user.id"], name=op.f("fk_lead_note_author_id_user"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_note_client_id_client")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_note_lead_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_note")),
    )
    op.create_index("ix_lead_note_lead", "lead_note", ["client_id", "lead_id", "created_at", "id"], unique=False)

    op.create_table(
        "lead_tag",
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("tag", sa.String(length=60), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("tagged_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_tag_client_id_client")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_tag_lead_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("lead_id", "tag", name=op.f("pk_lead_tag")),
    )
    op.create_index("ix_lead_tag_tag", "lead_tag", ["client_id", "tag", "lead_id"], unique=False)

    op.create_table(
        "relation",
        sa.Column("account_id", ID, nullable=False),
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("invited_at", INSTANT, nullable=True),
        sa.Column("connected_at", INSTANT, nullable=True),
        sa.Column("withdrawn_at", INSTANT, nullable=True),
        sa.Column("invitation_id", sa.String(length=120), nullable=True),
        sa.CheckConstraint("state IN ('invited','connected','withdrawn')", name=op.f("ck_relation_state")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_relation_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_relation_client_id_client")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_relation_lead_id_lead"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("account_id", "lead_id", name=op.f("pk_relation")),
    )
    op.create_index("ix_relation_lead", "relation", ["lead_id"], unique=False)
    op.create_index("ix_relation_state", "relation", ["account_id", "state", "invited_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_relation_state", table_name="relation")
    op.drop_index("ix_relation_lead", table_name="relation")

    op.drop_table("relation")
    op.drop_index("ix_lead_tag_tag", table_name="lead_tag")

    op.drop_table("lead_tag")
    op.drop_index("ix_lead_note_lead", table_name="lead_note")

    op.drop_table("lead_note")
    op.drop_index("ix_lead_merge_merged", table_name="lead_merge")
    op.drop_index("ix_lead_merge_kept", table_name="lead_merge")

    op.drop_table("lead_merge")
    op.drop_index("ix_lead_identity_lead", table_name="lead_identity")

    op.drop_table("lead_identity")
    op.drop_index("ix_lead_updated_at", table_name="lead")
    op.drop_index("ix_lead_merged_into", table_name="lead")
    op.drop_index("ix_lead_name", table_name="lead")
    op.drop_index("ix_lead_domain", table_name="lead")
    op.drop_index("ix_lead_created_at", "lead")
    op.drop_index("ix_lead_company", table_name="lead")

    op.drop_table("lead")
    op.drop_table("import_problem")
    op.drop_table("import_part")
    op.drop_index("ix_suppression_key", table_name="suppression")
    op.drop_index("ix_suppression_created_at", "suppression")

    op.drop_table("suppression")
    op.drop_index("ix_lead_import_created_at", "lead_import")

    op.drop_table("lead_import")
