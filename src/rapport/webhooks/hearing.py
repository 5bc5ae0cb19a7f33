"""How well we are told: for each source and account when it last spoke, how late it is, how much of it is of use.

An account whose messages are found by asking, long after a webhook should have told of them, is an alarm: the
earlier a webhook that is lost shows, the less depends on asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from rapport.events.titles import title
from rapport.kernel.tx import Reading, Tx
from rapport.webhooks import queries
from rapport.webhooks.unipile import MESSAGING, SOURCE_OF, SOURCES

SILENT = title(
    "webhooks.silent", "Unipile does not tell of messages of an account: {found} were found by asking. Look at webhooks"
)
_PERIOD = timedelta(days=1)


def status(reading: Reading) -> dict[str, Any]:
    """The last day of each source, as a whole and account by account."""
    since = reading.now - _PERIOD
    together = {
        each.source: each for each in queries.hearing(reading, since=since, source_of=SOURCE_OF, by_account=False)
    }
    accounts = queries.hearing(reading, since=since, source_of=SOURCE_OF, by_account=True)
    waiting, oldest = queries.waiting(reading)
    return {
        "since": since,
        "waiting": waiting,
        "waiting_since": oldest,
        "sources": [_source(reading, name, together.get(name), since) for name in SOURCES],
        "accounts": [_shown(each) for each in accounts if each.external_account_id is not None],
    }


def polling_found(
    tx: Tx,
    *,
    client_id: str,
    account_id: str,
    external_account_id: str,
    sent_at: Sequence[datetime],
    patience: timedelta,
) -> bool:
    """Asking found messages first. Tell it, once an hour and account, when no webhook came though it had the time."""
    late = [at for at in sent_at if tx.now - at > patience]
    last = queries.last_received(tx, external_account_id=external_account_id, source=MESSAGING)
    missed = [at for at in late if last is None or last < at]
    if not missed:
        return False
    tx.emit(
        SILENT,
        client_id=client_id,
        data={"found": len(missed), "last_received_at": last.isoformat() if last else None},
        dedupe_key=f"webhooks.silent:{account_id}:{tx.now:%Y-%m-%dT%H}",
        account_id=account_id,
    )
    return True


def _source(reading: Reading, name: str, heard: queries.Hearing | None, since: datetime) -> dict[str, Any]:
    if heard is None:
        return {"source": name, "deliveries": 0, "last_received_at": None}
    lags = queries.lags(reading, since=since, source=name)
    came = [lag.total_seconds() for lag, _ in lags if lag is not None]
    took = [lag.total_seconds() for _, lag in lags if lag is not None]
    return {
        **_shown(heard),
        "came_after_seconds": median(came) if came else None,
        "decided_after_seconds": median(took) if took else None,
        "longest_until_decided_seconds": max(took, default=None),
    }


def _shown(heard: queries.Hearing) -> dict[str, Any]:
    shown = asdict(heard)
    count = heard.deliveries
    shown["error_rate"] = round((heard.failed + heard.unreadable) / count, 4)
    shown["unmatched_share"] = round(heard.unmatched / count, 4)
    return shown
