"""Scores of leads, and whom clients look for

What happens to running processes: nothing, they know none of these tables. Leads get their scores as something happens
to them, all at once by the job `scoring.score_all`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
WARMTHS = "'hot','warm','cold'"
REASONS = "'score','operator','buying_signal','consent','not_interested','outcome'"

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lead_score",
        sa.Column("lead_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("points", "fit", "market", "contactability", "engagement")
        ),
        sa.Column("parts", JSON, nullable=False),
        sa.Column("temperature", sa.String(length=4), nullable=False),
        sa.Column("because", sa.String(length=16), nullable=False),
        sa.Column("sign", sa.String(length=16), nullable=True),
        sa.Column("sign_temperature", sa.String(length=4), nullable=True),
        sa.Column("sign_at", INSTANT, nullable=True),
        sa.Column("word", sa.String(length=4), nullable=True),
        sa.Column("word_by", ID, nullable=True),
        sa.Column("word_at", INSTANT, nullable=True),
        sa.Column("rules_version", sa.Integer(), nullable=False),
        sa.Column("scored_at", INSTANT, nullable=False),
        sa.CheckConstraint("points = fit + market + contactability + engagement", name=op.f("ck_lead_score_sum")),
        sa.CheckConstraint(f"temperature IN ({WARMTHS})", name=op.f("ck_lead_score_temperature")),
        sa.CheckConstraint(f"because IN ({REASONS})", name=op.f("ck_lead_score_because")),
        sa.CheckConstraint(f"sign IN ({REASONS})", name=op.f("ck_lead_score_sign")),
        sa.CheckConstraint(f"sign_temperature IN ({WARMTHS})", name=op.f("ck_lead_score_sign_temperature")),
        sa.CheckConstraint(f"word IN ({WARMTHS})", name=op.f("ck_lead_score_word")),
        sa.CheckConstraint("(sign IS NULL) = (sign_at IS NULL)", name=op.f("ck_lead_score_signed")),
        sa.ForeignKeyConstraint(["lead_id"], ["lead.id"], name=op.f("fk_lead_score_lead_id_lead"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_lead_score_client_id_client")),
        sa.ForeignKeyConstraint(["word_by"], ["user.id"], name=op.f("fk_lead_score_word_by_user"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("lead_id", name=op.f("pk_lead_score")),
    )
    hot = sa.text("temperature = 'hot'")
    op.create_index("ix_lead_score_points", "lead_score", ["client_id", "points", "lead_id"])
    op.create_index(
        "ix_lead_score_hot", "lead_score", ["client_id", "scored_at"], postgresql_where=hot, sqlite_where=hot
    )
    op.create_table(
        "scoring_terms",
        sa.Column("client_id", ID, nullable=False),
        *(
            sa.Column(name, JSON, nullable=False)
            for name in ("titles", "seniorities", "industries", "company_sizes", "countries", "regions", "languages")
        ),
        sa.Column("hot_from", sa.Integer(), nullable=False),
        sa.Column("warm_from", sa.Integer(), nullable=False),
        sa.CheckConstraint("warm_from < hot_from", name=op.f("ck_scoring_terms_order")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_scoring_terms_client_id_client")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_scoring_terms")),
    )
    op.execute(
        "INSERT INTO event_cursor (consumer, client_id, seq, failures) "
        "SELECT 'scoring.score', client_id, seq, 0 FROM event_stream"
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'scoring.score'")
    op.drop_table("scoring_terms")
    op.drop_table("lead_score")
