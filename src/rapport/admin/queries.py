"""What admins look up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from rapport.events.models import EventCursor, EventStream
from rapport.kernel.tx import Reading


def consumers(reading: Reading) -> list[dict[str, Any]]:
    """How far each consumer has read each client's log."""
    rows = reading.session.execute(
        select(
            EventCursor.consumer,
            EventCursor.client_id,
            EventCursor.seq,
            (EventStream.seq - EventCursor.seq).label("behind"),
            EventCursor.failures,
            EventCursor.last_error,
        )
        .join(EventStream, EventStream.client_id == EventCursor.client_id)
        .order_by(EventCursor.consumer, EventCursor.client_id)
    )
    return [dict(row._mapping) for row in rows]
