"""What a notice says of an event: a headline, what was written, and where to look."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from rapport.conversations.models import Message
from rapport.events.models import Event
from rapport.events.titles import render
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.people.models import Client
from rapport.rules.temperatures import Temperature

_M, _C, _E = Message.__table__, Client.__table__, Event.__table__
_LONGEST = 1200


@dataclass(frozen=True, slots=True)
class Item:
    """One event as somebody reads of it."""

    event_id: str
    at: datetime
    headline: str
    text: str | None
    link: str | None
    temperature: Temperature


@dataclass(frozen=True, slots=True)
class Whose:
    """The client as a notice speaks of it."""

    name: str
    zone: str


def whose(reading: Reading, client_id: str) -> Whose:
    """The client's name and time zone."""
    row = reading.rows(
        select(_C.c.name, _C.c.timezone).where(_C.c.id == client_id, within(reading.scope, _C.c.id))
    ).one()
    return Whose(row.name, row.timezone)


def items_of(reading: Reading, client_id: str, event_ids: Iterable[str], *, public_url: str) -> list[Item]:
    """What several events say, in the order of the log."""
    rows = reading.session.execute(
        select(Event).where(Event.client_id == client_id, Event.id.in_(list(event_ids))).order_by(Event.seq)
    ).scalars()
    return [item_of(reading, event, public_url=public_url) for event in rows]


def item_of(reading: Reading, event: Event, *, public_url: str) -> Item:
    """What one event says. The message is read as it is now: what was taken back is not quoted."""
    text = _said(reading, event)
    base = public_url.rstrip("/")
    return Item(
        event_id=event.id,
        at=event.occurred_at,
        headline=render(event.type, event.data),
        text=text[:_LONGEST] if text else None,
        link=f"{base}/console/inbox/{event.conversation_id}" if base and event.conversation_id else None,
        temperature=temperature_of(event),
    )


def temperature_of(event: Event) -> Temperature:
    """How warm whoever it is about is; cold as long as nobody said."""
    said = event.data.get("temperature")
    return Temperature(said) if said in set(Temperature) else Temperature.COLD


def _said(reading: Reading, event: Event) -> str | None:
    message_id = event.data.get("message_id")
    if not isinstance(message_id, str):
        return None
    found: str | None = reading.rows(
        select(_M.c.text).where(_M.c.id == message_id, _M.c.deleted_at.is_(None), within(reading.scope, _M.c.client_id))
    ).scalar()
    return found
