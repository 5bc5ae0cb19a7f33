"""What runs by itself for notices: whoever reads the log for them."""

from __future__ import annotations

from rapport.events.consumers import Consumer
from rapport.notices.telling import Terms, tell

NAME = "notices.tell"


def consumer(terms: Terms) -> Consumer:
    """The reader of the log that writes notices."""
    return Consumer(NAME, None, lambda tx, event: tell(tx, event, terms))
