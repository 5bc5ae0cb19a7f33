"""One delivery from claim to settling: claimed (commit 1), carried with no transaction open, settled (commit 2).

Whoever dies in between leaves a lease that runs out; then the same bytes go again under the same id, which is how a
receiver, or the mail provider, knows them. A mail that may have left too long ago for that is looked up first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapport.kernel.log import get_log
from rapport.kernel.principal import SYSTEM, Actor
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.outbox.claim import Claimed, claim, soonest
from rapport.outbox.settle import settle, skip
from rapport.outbox.words import Channel
from rapport.ports.carriers import Carrier, Outcome

_log = get_log("outbox")
_LOOK_AGAIN = timedelta(seconds=1)
"""Another process may have written one."""
_OUTBOX = Actor("system", "outbox")


@dataclass(frozen=True, slots=True)
class Outbox:
    """What a turn needs beside the service."""

    carriers: Mapping[Channel, Carrier]
    """A channel that has none is not set up: what goes to it is skipped, and says so."""
    lease: timedelta
    mail_interval: timedelta

    def close(self) -> None:
        for carrier in self.carriers.values():
            carrier.close()


def turn(service: Any, *, stopping: Callable[[], bool], look_again: timedelta = _LOOK_AGAIN) -> datetime:
    """Carry the delivery that is longest due; answers when the next is, or when to look for one."""
    outbox: Outbox = service.outbox
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        due = soonest(reading)
    now: datetime = service.clock.now()
    if due is None or due > now or stopping():
        return min(due or now + look_again, now + look_again)
    with service.transaction(actor=_OUTBOX, scope=ALL_CLIENTS) as tx:
        claimed = claim(tx, lease=outbox.lease, mail_interval=outbox.mail_interval, keys=service.keys)
    if claimed is None:  # another took it, or its receiver has enough at once
        return now + min(outbox.mail_interval, _LOOK_AGAIN)
    carrier = outbox.carriers.get(claimed.channel)
    if carrier is None:
        with service.transaction(actor=_OUTBOX, scope=ALL_CLIENTS) as tx:
            skip(tx, claimed, f"{claimed.channel.value}_not_set_up")
        return service.clock.now()  # type: ignore[no-any-return]
    outcome, found = _carry(carrier, claimed, now)
    with service.transaction(actor=_OUTBOX, scope=ALL_CLIENTS) as tx:
        if not settle(tx, claimed, outcome, found=found):
            _log.warning("delivery_lease_lost", delivery_id=claimed.delivery_id)
    return service.clock.now()  # type: ignore[no-any-return]


def _carry(carrier: Carrier, claimed: Claimed, now: datetime) -> tuple[Outcome, bool]:
    if claimed.look_up_since is not None:
        there = carrier.find(claimed.letter, since=claimed.look_up_since - timedelta(minutes=1))
        if there is not None:
            return there, True
    return carrier.carry(claimed.letter, now=now), False
