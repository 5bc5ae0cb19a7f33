"""One look for reports that are due. Whatever it costs to make one is spent before the transaction that sends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from rapport.kernel.log import get_log
from rapport.kernel.principal import SYSTEM, Actor
from rapport.kernel.tenancy import ALL_CLIENTS, only
from rapport.reports import plan, queries, send

_log = get_log("reports")
LOOK_AGAIN = timedelta(seconds=30)
"""Another process may have changed what a client wants."""
_AT_ONCE = 50
_REPORTS = Actor("system", "reports")


def turn(service: Any, *, stopping: Callable[[], bool] = lambda: False) -> datetime:
    """Plan what is unplanned and send what is due; answers when to look again."""
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        unplanned = queries.unplanned(reading)
    for client_id in unplanned:
        with service.transaction(actor=_REPORTS, scope=only([client_id])) as tx:
            plan.reckon(tx, client_id)
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
        due = queries.due(reading, limit=_AT_ONCE)
        next_at = queries.next_at(reading)
    for client_id in due:
        if stopping():
            break
        try:
            _send(service, client_id)
        except Exception as failure:  # noqa: BLE001 - one client's report must not stop the others'; it stays due
            _log.error("report_failed", client_id=client_id, exc_info=failure)
    now: datetime = service.clock.now()
    return min(now + LOOK_AGAIN, next_at) if next_at is not None and next_at > now else now + LOOK_AGAIN


def _send(service: Any, client_id: str) -> None:
    with service.reading(actor=_REPORTS, scope=only([client_id])) as reading:
        facts = send.composed(reading, client_id)
    with service.transaction(actor=_REPORTS, scope=only([client_id])) as tx:
        send.due(tx, client_id, facts, service.reports)
