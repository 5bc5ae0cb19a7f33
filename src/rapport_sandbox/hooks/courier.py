"""Delivery: at least once, in no promised order, with five more tries after a failure.

Every delivery runs off the agenda. On the stepwise clock it happens in turn, inside the advance, so a story
is repeatable; on a running clock a few threads deliver, so that a slow listener delays nobody. What was
said and how it was answered goes to the ledger, since a reply counts from the moment it was acknowledged.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from rapport_sandbox.clock import iso
from rapport_sandbox.hooks.oddities import chosen, encoded, odd
from rapport_sandbox.hooks.payloads import payload, source_and_event, truth

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from rapport_sandbox.hooks.subscriptions import Subscription
    from rapport_sandbox.ledger import Ledger
    from rapport_sandbox.unipile.desk import Desk
    from rapport_sandbox.world.happenings import Happening

    Deliver = Callable[[str, dict[str, str], bytes], int]

WAITS: tuple[float, ...] = (10.0, 60.0, 300.0, 1_800.0, 7_200.0)
"""Seconds on the sandbox's clock before each further try."""

_HELD_BACK = 60.0
_SUCCESS = 200
"""Nothing else will do: a 204 is tried again."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One body on its way to one URL."""

    id: str
    kind: str
    account_id: str
    url: str
    headers: dict[str, str]
    body: bytes
    truth: dict[str, object]
    """What it tells, for the ledger: plain, also where a quirk withholds it from the body."""
    attempt: int = 1


class Courier:
    """Turns happenings into deliveries and sees them through."""

    def __init__(self, desk: Desk, ledger: Ledger, deliver: Deliver, executor: Executor | None) -> None:
        self._desk = desk
        self._world = desk.world
        self._ledger = ledger
        self.deliver = deliver
        self._executor = executor
        self.counts: Counter[str] = Counter()
        self._world.listener = self.hear

    def hear(self, happening: Happening) -> None:
        """Book a delivery to everybody who wants to know. The body is fixed now, under the world's lock."""
        source, event = source_and_event(happening)
        for subscription in self._desk.subscriptions:
            if subscription.wants(source, event, happening.account_id):
                self._send_off(subscription, happening, event or source)

    def _send_off(self, subscription: Subscription, happening: Happening, kind: str) -> None:
        chance, switches = self._world.chance, self._world.switches
        names = (happening.id, subscription.id)
        if chance.happens(switches.webhook_drop, "drop", *names):
            self.counts["dropped"] += 1
            return
        body = odd(self._world, happening, payload(self._desk, happening, subscription.name))
        content_type, raw = encoded(subscription, chosen(subscription, body))
        parcel = Parcel(
            id=chance.token(16, "parcel", *names),
            kind=kind,
            account_id=happening.account_id,
            url=subscription.request_url,
            headers={"content-type": content_type, **dict(subscription.headers)},
            body=raw,
            truth=truth(self._world, happening),
        )
        at = self._world.agenda.clock.now() + switches.webhook_delay * chance.draw("delay", *names)
        if chance.happens(switches.webhook_reorder, "reorder", *names):
            at += _HELD_BACK
        self._book(parcel, at)
        if chance.happens(switches.webhook_duplicate, "duplicate", *names):
            self._book(parcel, at + _HELD_BACK * chance.draw("duplicate-late", *names))

    def _book(self, parcel: Parcel, at: float) -> None:
        self._world.agenda.at(at, partial(self._try, parcel))

    def _try(self, parcel: Parcel, now: float) -> None:
        if self._executor is None:
            self._deliver(parcel, now)
        else:
            self._executor.submit(self._deliver, parcel, now)

    def _deliver(self, parcel: Parcel, now: float) -> None:
        """Deliver once, without the world's lock: the listener may call the sandbox before it answers."""
        status = self.deliver(parcel.url, parcel.headers, parcel.body)
        self._ledger.write(
            "webhook",
            {
                "delivery_id": parcel.id,
                "at": iso(now),
                "answered_at": iso(self._world.agenda.clock.now()),
                "kind": parcel.kind,
                "account": parcel.account_id,
                **parcel.truth,
                "path": parcel.url,
                "attempt": parcel.attempt,
                "bytes": len(parcel.body),
                "body": parcel.body.decode(),
                "status": status,
            },
        )
        if status == _SUCCESS:
            self.counts["delivered"] += 1
        elif parcel.attempt <= len(WAITS):
            self.counts["retried"] += 1
            again = replace(parcel, attempt=parcel.attempt + 1)
            self._book(again, self._world.agenda.clock.now() + WAITS[parcel.attempt - 1])
        else:
            self.counts["given_up"] += 1
