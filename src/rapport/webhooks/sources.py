"""Who makes something of a delivery: one handler for each source, named when the product is put together.

A handler runs in the transaction that writes its decision, under the scope of all clients, and asks nobody outside:
what needs asking is enqueued as a job of its own. The same fact may come several times, late and in any order, so a
handler changes nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rapport.kernel.tx import Tx
from rapport.webhooks.statuses import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Delivery:
    """A stored delivery as a handler is given it."""

    id: str
    source: str
    received_at: datetime
    content_type: str | None
    body: bytes = field(repr=False)
    external_account_id: str | None = None
    """For which account it came, where that was known from the door it came by."""


@dataclass(frozen=True, slots=True)
class About:
    """What a delivery turned out to be about; a provider's ids are of its own making, the others ours."""

    kind: str | None = None
    happened_at: datetime | None = None
    external_account_id: str | None = None
    external_chat_id: str | None = None
    account_id: str | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was made of a delivery: a word, the evidence for it, and the lead where one was recognised."""

    word: str
    status: DeliveryStatus = DeliveryStatus.PROCESSED
    evidence: Mapping[str, Any] = field(default_factory=dict)
    lead_id: str | None = None
    about: About = field(default_factory=About)


Handle = Callable[[Tx, Delivery], Decision]


class Sources:
    """All sources by name."""

    def __init__(self, handlers: Mapping[str, Handle]) -> None:
        self._handlers = dict(handlers)

    def decide(self, tx: Tx, delivery: Delivery) -> Decision:
        """What becomes of a delivery, done and told."""
        handle = self._handlers.get(delivery.source)
        if handle is None:
            return Decision("nobody_listens", DeliveryStatus.IGNORED)
        return handle(tx, delivery)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._handlers))
