"""Upkeep of the accounts: what the provider says of them is read every few minutes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rapport.accounts import health
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.tx import Reading, Tx
from rapport.ports.unipile import Unipile, pages
from rapport.ports.unipile_records import Account as Seen
from rapport.rules.occurrences import Every

_PAGE = 100


def everybody(unipile: Unipile) -> list[Seen]:
    """Every account connected under our key."""
    read = pages(lambda cursor: unipile.accounts(limit=_PAGE, cursor=cursor), cursor=None)
    return [account for page in read for account in page.items]


def types(unipile: Unipile) -> list[JobType]:
    """Reading the accounts' status from the provider."""

    def ask(_reading: Reading, _job: Job) -> list[Seen]:
        return everybody(unipile)

    def observe(tx: Tx, _job: Job, seen: list[Seen]) -> dict[str, Any]:
        return {"seen": len(seen), "changed": health.observe(tx, seen)}

    return [
        JobType(
            "accounts.sync",
            "Reads from Unipile whether every LinkedIn account can send.",
            handler=observe,
            before=ask,
            on_request=True,
            agency=True,
            every=Every(timedelta(minutes=5)),
        )
    ]
