"""The outbox: connections, deliveries, attempts, paces; notice rules; feature flags; stream tokens

What happens to running processes: nothing, they know none of these tables. Consumers that begin with this release begin
where each log ends, so that nobody is told of what happened long ago.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

ID = sa.String(36).with_variant(sa.String(36, collation="C"), "postgresql")
JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
INSTANT = sa.DateTime(timezone=True)
OPEN = "status IN ('pending','retry')"

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _connections()
    _deliveries()
    _rest()
    for consumer in ("outbox.webhooks", "notices.tell"):
        op.execute(
            "INSERT INTO event_cursor (consumer, client_id, seq, failures) "  # noqa: S608 - words of our own
            f"SELECT '{consumer}', client_id, seq, 0 FROM event_stream"
        )


def downgrade() -> None:
    op.execute("DELETE FROM event_cursor WHERE consumer IN ('outbox.webhooks','notices.tell')")
    for table in ("stream_token", "feature_flag", "notice_rule", "outbox_pace"):
        op.drop_table(table)
    for table in ("delivery_attempt", "delivery", "connection"):
        op.drop_table(table)


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))


def _connections() -> None:
    op.create_table(
        "connection",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("previous_until", INSTANT, nullable=True),
        sa.Column("event_types", JSON, nullable=False),
        sa.Column("schedule", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("status_reason", sa.String(length=200), nullable=True),
        sa.Column("dead_in_a_row", sa.Integer(), nullable=False),
        sa.Column("failing_since", INSTANT, nullable=True),
        sa.Column("last_ok_at", INSTANT, nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("removed_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('webhook','slack','telegram')", name=op.f("ck_connection_kind")),
        sa.CheckConstraint("status IN ('ok','failing','disabled')", name=op.f("ck_connection_status")),
        sa.CheckConstraint("schedule IN ('standard','extended')", name=op.f("ck_connection_schedule")),
        sa.CheckConstraint("(removed_at IS NULL) = (sealed IS NOT NULL)", name=op.f("ck_connection_sealed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection")),
    )
    op.create_index("ix_connection_client", "connection", ["client_id", "created_at", "id"])


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("connection_id", ID, nullable=True),
        sa.Column("recipient", sa.String(length=400), nullable=False),
        sa.Column("event_id", ID, nullable=True),
        sa.Column("event_type", sa.String(length=80), nullable=False),
        sa.Column("rule_id", ID, nullable=True),
        sa.Column("conversation_id", ID, nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("schedule", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", INSTANT, nullable=True),
        sa.Column("lease_token", sa.String(length=64), nullable=True),
        sa.Column("pace_key", sa.String(length=60), nullable=False),
        sa.Column("digest_key", sa.String(length=120), nullable=True),
        sa.Column("digest_at", INSTANT, nullable=True),
        sa.Column("merged_into", ID, nullable=True),
        sa.Column("uncertain_since", INSTANT, nullable=True),
        sa.Column("queued_at", INSTANT, nullable=False),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("provider_id", sa.String(length=120), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("settled_at", INSTANT, nullable=True),
        sa.CheckConstraint("channel IN ('webhook','email','slack','telegram')", name=op.f("ck_delivery_channel")),
        sa.CheckConstraint(
            "status IN ('pending','retry','sent','delivered','dead','skipped')", name=op.f("ck_delivery_status")
        ),
        sa.CheckConstraint("schedule IN ('standard','extended')", name=op.f("ck_delivery_schedule")),
        sa.CheckConstraint(f"({OPEN}) = (next_attempt_at IS NOT NULL)", name=op.f("ck_delivery_due")),
        sa.CheckConstraint(f"({OPEN}) = (settled_at IS NULL)", name=op.f("ck_delivery_settled")),
        sa.CheckConstraint("status NOT IN ('dead','skipped') OR reason IS NOT NULL", name=op.f("ck_delivery_reason")),
        sa.CheckConstraint(f"lease_token IS NULL OR {OPEN}", name=op.f("ck_delivery_lease")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_delivery_connection_id_connection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("client_id", "dedupe_key", name=op.f("uq_delivery_client_id_dedupe_key")),
    )
    _partial("ix_delivery_due", "delivery", ["next_attempt_at", "id"], f"{OPEN} AND digest_at IS NULL")
    _partial("ix_delivery_digest", "delivery", ["digest_at", "digest_key"], f"{OPEN} AND digest_at IS NOT NULL")
    _partial("ix_delivery_leased", "delivery", ["connection_id", "next_attempt_at"], "lease_token IS NOT NULL")
    _partial("ix_delivery_dead", "delivery", ["client_id", "settled_at", "id"], "status = 'dead'")
    _partial("ix_delivery_provider", "delivery", ["provider_id"], "provider_id IS NOT NULL")
    _partial("ix_delivery_rule", "delivery", ["digest_key", "created_at"], "digest_key IS NOT NULL")
    op.create_index("ix_delivery_client", "delivery", ["client_id", "created_at", "id"])
    op.create_index("ix_delivery_connection", "delivery", ["connection_id", "created_at"])
    op.create_index("ix_delivery_event", "delivery", ["event_id"])
    op.create_index("ix_delivery_conversation", "delivery", ["conversation_id", "created_at"])
    op.create_table(
        "delivery_attempt",
        sa.Column("delivery_id", ID, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("response_excerpt", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('carried','refused','failed','put_off','moved','interrupted','found')",
            name=op.f("ck_delivery_attempt_outcome"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name=op.f("ck_delivery_attempt_ended")),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_attempt_delivery_id_delivery"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", "n", name=op.f("pk_delivery_attempt")),
    )
    op.create_index("ix_delivery_attempt_client", "delivery_attempt", ["client_id", "started_at"])


def _rest() -> None:
    op.create_table(
        "outbox_pace",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("free_at", INSTANT, nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox_pace")),
    )
    op.create_table(
        "notice_rule",
        sa.Column("id", ID, nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("event_types", JSON, nullable=False),
        sa.Column("min_temperature", sa.String(length=4), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("connection_id", ID, nullable=True),
        sa.Column("emails", JSON, nullable=False),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_to", sa.String(length=5), nullable=True),
        sa.Column("urgent_types", JSON, nullable=False),
        sa.Column("batch_s", sa.Integer(), nullable=False),
        sa.Column("max_per_hour", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("min_temperature IN ('cold','warm','hot')", name=op.f("ck_notice_rule_min_temperature")),
        sa.CheckConstraint("channel IN ('email','slack','telegram')", name=op.f("ck_notice_rule_channel")),
        sa.CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name=op.f("ck_notice_rule_quiet")),
        sa.CheckConstraint("(channel = 'email') = (connection_id IS NULL)", name=op.f("ck_notice_rule_receiver")),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"], name=op.f("fk_notice_rule_client_id_client")),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connection.id"], name=op.f("fk_notice_rule_connection_id_connection")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_rule")),
    )
    op.create_index("ix_notice_rule_client", "notice_rule", ["client_id", "created_at", "id"])
    op.create_table(
        "feature_flag",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("client_id", ID, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("set_by", sa.String(length=120), nullable=False),
        sa.Column("set_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", "client_id", name=op.f("pk_feature_flag")),
    )
    op.create_table(
        "stream_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", ID, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_stream_token_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_stream_token")),
    )
    op.create_index("ix_stream_token_expires_at", "stream_token", ["expires_at"])
