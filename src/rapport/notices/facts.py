"""What a notice says of an event: a headline, what was written, and where to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rapport.conversations.queries import temperature_of as thread_temperature
from rapport.conversations.queries import text_of
from rapport.conversations.words import Temperature
from rapport.events.queries import Happened
from rapport.events.titles import render
from rapport.kernel.tx import Reading
from rapport.people import queries as people

_LONGEST = 1200


@dataclass(frozen=True, slots=True)
class Item:
    """One event as somebody reads of it."""

    event_id: str
    at: datetime
    headline: str
    text: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Whose:
    """The client as a notice speaks of it."""

    name: str
    zone: str


def whose(reading: Reading, client_id: str) -> Whose:
    """The client's name and time zone."""
    client = people.client(reading, client_id)
    return Whose(client["name"], client["timezone"])


def item_of(reading: Reading, event: Happened, *, public_url: str) -> Item:
    """What one event says. The message is read as it is now: what was taken back is not quoted."""
    message_id = event.data.get("message_id")
    text = text_of(reading, message_id) if isinstance(message_id, str) else None
    base = public_url.rstrip("/")
    return Item(
        event_id=event.id,
        at=event.occurred_at,
        headline=render(event.type, event.data),
        text=text[:_LONGEST] if text else None,
        link=f"{base}/inbox/{event.conversation_id}" if base and event.conversation_id else None,
    )


def temperature_of(reading: Reading, event: Happened) -> Temperature:
    """How warm whoever it is about is: as the event says, or their thread; cold as long as nobody said."""
    said = event.data.get("temperature")
    if said in set(Temperature):
        return Temperature(said)
    known = thread_temperature(reading, event.conversation_id) if event.conversation_id is not None else None
    return known or Temperature.COLD
