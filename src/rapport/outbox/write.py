"""Writing a delivery down, in the transaction of whatever it tells of.

What cannot be sent is written as well, as skipped or dead with its cause: nothing is silently not sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.kernel.tenancy import SCOPED, ScopeError
from rapport.kernel.tx import Tx
from rapport.outbox.models import Connection, Delivery
from rapport.outbox.words import Channel, ConnectionStatus, DeliveryStatus
from rapport.rules.delivering import Schedule

DUE = "deliveries.due"
"""Signal that a delivery may be due."""
_D = Delivery.__table__
_TITLE = 300


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be told, to whom, and by what key it is known to be told once."""

    client_id: str
    channel: Channel
    recipient: str
    event_type: str
    title: str
    dedupe_key: str
    body: bytes
    id: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    connection_id: str | None = None
    event_id: str | None = None
    rule_id: str | None = None
    conversation_id: str | None = None
    digest_key: str | None = None
    digest_at: datetime | None = None
    skipped: str | None = None
    """Why it is not to be sent."""


def write(tx: Tx, draft: Draft) -> str | None:
    """The id of the delivery; None when one of this key was written before."""
    if not tx.scope.allows(draft.client_id):
        raise ScopeError("a delivery of a client outside the scope")
    tx.session.flush()  # the statement below is no ORM insert: a connection just made must be there before it
    connection = tx.session.get_one(Connection, draft.connection_id) if draft.connection_id is not None else None
    status, reason = _standing(draft, connection)
    is_open = status is DeliveryStatus.PENDING
    schedule = connection.schedule if connection is not None else Schedule.STANDARD.value
    row: dict[str, Any] = dict.fromkeys(_D.c.keys()) | {
        "id": draft.id or tx.new_id(),
        "client_id": draft.client_id,
        "channel": draft.channel.value,
        "connection_id": draft.connection_id,
        "recipient": draft.recipient,
        "event_id": draft.event_id,
        "event_type": draft.event_type,
        "rule_id": draft.rule_id,
        "conversation_id": draft.conversation_id,
        "title": one_line(draft.title)[:_TITLE],
        "dedupe_key": draft.dedupe_key,
        "headers": dict(draft.headers),
        "body": draft.body,
        "status": status.value,
        "reason": reason,
        "schedule": schedule,
        "attempts": 0,
        "tries": 0,
        "next_attempt_at": (draft.digest_at or tx.now) if is_open else None,
        "pace_key": pace_key(draft.channel, draft.connection_id),
        "digest_key": draft.digest_key,
        "digest_at": draft.digest_at if is_open else None,
        "queued_at": tx.now,
        "replays": 0,
        "created_at": tx.now,
        "settled_at": None if is_open else tx.now,
    }
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    statement = make(_D).on_conflict_do_nothing(index_elements=["client_id", "dedupe_key"]).returning(_D.c.id)
    written = tx.session.execute(statement, [row], execution_options={SCOPED: True}).scalar()
    if written is None:
        return None
    tx.touch(draft.client_id)
    tx.signal(DUE)
    return str(written)


def one_line(text: str) -> str:
    """A text without anything that could begin a line, or a header, of its own, or that no database takes."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def pace_key(channel: Channel, connection_id: str | None) -> str:
    """Whose speed a delivery goes at: mails go through one provider, everything else at its receiver's."""
    return channel.value if connection_id is None else f"{channel.value}:{connection_id}"


def _standing(draft: Draft, connection: Connection | None) -> tuple[DeliveryStatus, str | None]:
    if draft.skipped is not None:
        return DeliveryStatus.SKIPPED, draft.skipped
    if connection is not None and connection.removed_at is not None:
        return DeliveryStatus.SKIPPED, "connection_removed"
    if connection is not None and connection.status == ConnectionStatus.DISABLED.value:
        return DeliveryStatus.SKIPPED, "connection_disabled"
    if connection is not None and connection.status == ConnectionStatus.FAILING.value:
        return DeliveryStatus.DEAD, "connection_failing"
    return DeliveryStatus.PENDING, None
