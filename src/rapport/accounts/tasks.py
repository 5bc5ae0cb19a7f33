"""Upkeep of the accounts: what the provider says of them is read every few minutes, and counts are checked nightly."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rapport.accounts import health, rebuild, senders
from rapport.accounts.models import Account
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Reading, Tx
from rapport.ports.unipile import Unipile, pages
from rapport.ports.unipile_records import Account as Seen
from rapport.rules.occurrences import Every

_PAGE = 100
SYNC = JobType(
    "accounts.sync",
    "Reads from Unipile whether every LinkedIn account can send.",
    on_request=True,
    agency=True,
    every=Every(timedelta(minutes=5)),
)


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

    return [replace(SYNC, handler=observe, before=ask), _REBUILD]


def _rebuild_next(tx: Tx, job: Job) -> Again | dict[str, Any]:
    """Compare the counts of the next accounts with the log; each is held only while it is compared."""
    done = job.payload.get("went", {"accounts": 0, "differing": 0, "after": ""})
    row = tx.session.execute(
        select(Account).where(Account.id > done["after"]).order_by(Account.id).limit(1).with_for_update(key_share=True)
    ).scalar()
    if row is None:
        return {"accounts": done["accounts"], "differing": done["differing"]}
    found = rebuild.check(tx, row, since=tx.now - rebuild.ASKED_BY_LIMITS, correct=False)
    went = {"accounts": done["accounts"] + 1, "differing": done["differing"] + bool(found), "after": row.id}
    job.payload = {**job.payload, "went": went}
    return Again({"accounts": went["accounts"], "differing": went["differing"]})


_REBUILD = JobType(
    "accounts.rebuild_usage",
    "Compares what every account has used of its limits with the event log, and tells of each difference.",
    handler=_rebuild_next,
    on_request=True,
    agency=True,
    every=Every(timedelta(days=1), offset=timedelta(hours=2, minutes=45)),
)


def _check(tx: Tx, event: Event) -> None:
    """Do not wait for the list's turn: an account is new to us, or was refused for a reason that the list may tell."""
    if event.type != senders.CHANGED or "unipile_account_id" in event.data["fields"].split(", "):
        enqueue(tx, SYNC, client_id=AGENCY, dedupe_key=f"check:{SYNC.name}")


CHECKER = Consumer("accounts.check", frozenset({health.CHECK_ASKED, senders.ADDED, senders.CHANGED}), _check)
