"""What senders use of their limits, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from rapport.accounts import queries, rebuild, senders, utilisation
from rapport.accounts.schemas.usage import DaysOut, DaysQuery, RebuildIn, RebuildOut, UsageOut
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.rules.permissions import Permission
from rapport.rules.zones import local_day

room = Room("account-usage", "/linkedin-accounts", "What senders have used of their limits, and when there is room.")
_SHOWN_DIFFERENCES = 200
_DAYS = timedelta(days=29)


@room.get("/usage", may=Permission.READ, out=page_of(UsageOut), listing=replace(queries.LISTING, name="account_usage"))
def list_account_usage(call: Call) -> Page:
    """List what each LinkedIn account has used of its limits, and when it may act next."""
    found = page(call.reading, queries.LISTING, call.asked)
    return replace(found, items=_used(call, [item["id"] for item in found.items]))


@room.get("/<id:account_id>/usage", may=Permission.READ, out=UsageOut, errors=[NOT_FOUND])
def show_account_usage(call: Call, account_id: str) -> dict[str, Any]:
    """Show what a LinkedIn account has used of its limits, and when it may act next."""
    for found in _used(call, [account_id]):
        return found
    raise RapportError(NOT_FOUND)


@room.get("/<id:account_id>/usage/days", may=Permission.READ, out=DaysOut, query=DaysQuery, errors=[NOT_FOUND])
def list_account_usage_days(call: Call, account_id: str) -> dict[str, Any]:
    """List what a LinkedIn account used on each of its local days, zeros included; the last thirty unless told."""
    account = queries.seen(call.reading, account_id)
    last = call.query.get("to") or local_day(call.reading.now, account["timezone"])
    first = call.query.get("from") or last - _DAYS
    return {"account_id": account_id, "days": utilisation.by_day(call.reading, account_id, first=first, last=last)}


@room.post(
    "/<id:account_id>/usage/rebuild",
    may=Permission.WRITE,
    body=RebuildIn,
    out=RebuildOut,
    status=200,
    errors=[NOT_FOUND],
)
def rebuild_account_usage(call: Call, account_id: str) -> dict[str, Any]:
    """Compare what a LinkedIn account has used with the event log, and correct it if `dry_run` is false."""
    account = senders.get(call.tx, account_id)
    since = call.tx.now - timedelta(days=call.body["days"])
    correct = not call.body["dry_run"]
    found = rebuild.check(call.tx, account, since=since, correct=correct)
    return {
        "account_id": account_id,
        "since": since,
        "count": len(found),
        "differences": [rebuild.shown(each) for each in found[:_SHOWN_DIFFERENCES]],
        "corrected": correct and bool(found),
    }


def _used(call: Call, account_ids: list[str]) -> list[dict[str, Any]]:
    return utilisation.of(call.reading, account_ids, pending=call.service.pending(call.reading, account_ids))
