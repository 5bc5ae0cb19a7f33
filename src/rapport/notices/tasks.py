"""What runs by itself for notices: whoever reads the log for them."""

from __future__ import annotations

from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.events.queries import Happened
from rapport.notices.telling import Terms, tell

NAME = "notices.tell"


def consumer(terms: Terms) -> Consumer:
    """The reader of the log that writes notices."""
    return Consumer(NAME, None, lambda tx, event: tell(tx, _happened(event), terms))


def _happened(event: Event) -> Happened:
    return Happened(event.id, event.client_id, event.type, event.occurred_at, event.conversation_id, event.data)
