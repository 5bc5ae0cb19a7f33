"""What admins look up."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from rapport.events.models import EventCursor, EventStream
from rapport.kernel.tx import Reading
from rapport.people.models import Client, User


def client_by_slug(reading: Reading, slug: str) -> Client | None:
    """The client of this short name."""
    return reading.session.execute(select(Client).where(Client.slug == slug)).scalar()


def user_by_email(reading: Reading, email: str) -> User | None:
    """The user of this address."""
    return reading.session.execute(select(User).where(User.email == email)).scalar()


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
