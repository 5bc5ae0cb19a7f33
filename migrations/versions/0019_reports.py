"""Weekly reports, what becomes of mails, and addresses that get no more of them

What happens to running processes: nothing, they know none of these tables. The first report of each client is the one
that is due next; nobody is told of addresses that were stopped before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
TRACED = ("delivered_at", "opened_at", "clicked_at", "bounced_at", "complained_at", "suppressed_at")

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _mails()
    _reports()
    op.execute(
        "INSERT INTO event_cursor (consumer, client_id, seq, failures) "
        "SELECT 'reports.follow', client_id, seq, 0 FROM event_stream"
    )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer = 'reports.follow'")
    for table in ("report_plan", "report_mail", "report", "mail_stop", "mail_trace"):
        op.drop_table(table)


def _mails() -> None:
    op.create_table(
        "mail_trace",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        *(sa.Column(name, INSTANT, nullable=True) for name in TRACED),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_mail_trace_delivery_id_delivery"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_mail_trace")),
    )
    op.create_table(
        "mail_stop",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("topic", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.CheckConstraint("topic IN ('all','reports')", name=op.f("ck_mail_stop_topic")),
        sa.CheckConstraint(
            "reason IN ('bounced','complained','suppressed','opted_out')", name=op.f("ck_mail_stop_reason")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_mail_stop_client_id_client")),
        sa.UniqueConstraint("client_id", "email", "topic", name=op.f("uq_mail_stop_client_id_email_topic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_stop")),
    )
    op.create_index("ix_mail_stop_client", "mail_stop", ["client_id", "created_at", "id"])


def _reports() -> None:
    op.create_table(
        "report",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("iso_year", sa.Integer(), nullable=False),
        sa.Column("iso_week", sa.Integer(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("facts", JSON, nullable=True),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("made_at", INSTANT, nullable=False),
        sa.Column("made_by", ID, nullable=True),
        sa.CheckConstraint("kind IN ('weekly','by_hand')", name=op.f("ck_report_kind")),
        sa.CheckConstraint("status IN ('sent','skipped')", name=op.f("ck_report_status")),
        sa.CheckConstraint("(status = 'sent') = (reason IS NULL)", name=op.f("ck_report_reason")),
        sa.CheckConstraint("(status = 'sent') = (facts IS NOT NULL)", name=op.f("ck_report_facts")),
        sa.CheckConstraint("(kind = 'weekly') = (due_at IS NOT NULL)", name=op.f("ck_report_due")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_report_client_id_client")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    weekly = sa.text("kind = 'weekly'")
    op.create_index(
        "uq_report_week",
        "report",
        ["client_id", "iso_year", "iso_week"],
        unique=True,
        postgresql_where=weekly,
        sqlite_where=weekly,
    )
    op.create_index("ix_report_client", "report", ["client_id", "made_at", "id"])
    op.create_table(
        "report_mail",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("report_id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_report_mail_delivery_id_delivery"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_report_mail_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_report_mail")),
    )
    op.create_index("ix_report_mail_report", "report_mail", ["report_id"])
    op.create_table(
        "report_plan",
        sa.Column("client_id", ID, nullable=False),
        sa.Column("client_version", sa.Integer(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=True),
        sa.Column("iso_year", sa.Integer(), nullable=True),
        sa.Column("iso_week", sa.Integer(), nullable=True),
        sa.CheckConstraint("(due_at IS NULL) = (iso_year IS NULL)", name=op.f("ck_report_plan_year")),
        sa.CheckConstraint("(due_at IS NULL) = (iso_week IS NULL)", name=op.f("ck_report_plan_week")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["client.id"], name=op.f("fk_report_plan_client_id_client"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_report_plan")),
    )
    op.create_index("ix_report_plan_due", "report_plan", ["due_at"])
