"""The product's tables as the judge reads them: `write(service, path)` makes the dump of `docs/proof-inputs.md`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table, select

from rapport.accounts.models import Account, AccountUsage
from rapport.assembly import Service
from rapport.campaigns.models import Campaign
from rapport.campaigns.queries import sequences_of
from rapport.enrollments.models import Enrollment
from rapport.events.models import Event
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead
from rapport.people.models import Client
from rapport.rules.statuses import CampaignState
from rapport.sending.models import Action
from rapport.sending.states import State

Row = dict[str, Any]
_KIND_OF = {"invites": "invite", "messages": "message", "inmails": "inmail", "visits": "visit"}
_UNSETTLED = (State.READY.value, State.CLAIMED.value, State.CALLING.value, State.UNCERTAIN.value)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def write(
    service: Service, path: Path, *, windows: list[list[str]], within_s: float, nonce: str | None = None, kills: int = 0
) -> None:
    """Everything that the judge asks of the product.

    `windows` are the day's hours as the proof asked for them; `nonce` is the column of a lead that holds one; so many
    `kills` may each have come between the counting of a read and the read.
    """
    with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading, path.open("w") as file:
        for row in _tables(reading, windows, nonce):
            file.write(json.dumps(row, default=_plain) + "\n")
        meta = {"table": "meta", "dumped_at": service.clock.now(), "within_s": within_s, "kills": kills}
        file.write(json.dumps(meta, default=_plain) + "\n")


def _plain(value: Any) -> str:
    return value.isoformat()


def _tables(reading: Reading, windows: list[list[str]], nonce: str | None) -> Iterator[Row]:
    for row in _rows(reading, Client.__table__):
        yield {"table": "client", "id": row["id"]}
    for row in _rows(reading, Account.__table__):
        limits = {kind: {"day": row[f"{budget}_per_day"]} for budget, kind in _KIND_OF.items()}
        limits["invite"] |= {"week": row["invites_per_week"], "pending": row["pending_invites"]}
        about = {name: row[name] for name in ("id", "client_id", "unipile_account_id", "timezone")}
        yield {"table": "account", **about, "status": row["status"].upper(), "limits": limits}
    yield from _campaigns(reading, windows, has_nonce=nonce is not None)
    for row in _rows(reading, Lead.__table__):
        about = {name: row[name] for name in ("id", "client_id", "provider_id")}
        yield {"table": "lead", **about, "nonce": row[nonce] if nonce else None}
    for row in _rows(reading, Enrollment.__table__):
        about = {name: row[name] for name in ("id", "campaign_id", "lead_id", "account_id", "status", "reason")}
        yield {"table": "enrollment", **about, "next_due_at": row["next_at"]}
    for row in _rows(reading, Action.__table__):
        yield _action(row)
    yield from _usage(reading)
    for row in _rows(reading, Event.__table__):
        data = row["data"] or {}
        told = {"client_id": row["client_id"], "seq": row["seq"], "type": row["type"]}
        yield {"table": "event", **told, "action_id": data.get("action_id")}


def _campaigns(reading: Reading, windows: list[list[str]], *, has_nonce: bool) -> Iterator[Row]:
    for row in _rows(reading, Campaign.__table__):
        active = row["state"] == CampaignState.ACTIVE.value
        yield {
            "table": "campaign",
            "id": row["id"],
            "status": "active" if active else row["state"],
            "timezone": "UTC",
            "windows": dict.fromkeys(_DAYS, windows),
            "sends_on_weekend": True,
            "dates_off": [],
        }
        for step in sequences_of(reading, row["id"])[0].steps:
            expects = has_nonce and bool(step.variants)
            yield {"table": "step", "id": _step(row["id"], step.key), "expects_nonce": expects}


def _step(campaign_id: str, key: str) -> str:
    return f"{campaign_id}/{key}"


def _action(row: Row) -> Row:
    names = ("id", "enrollment_id", "campaign_id", "account_id", "lead_id", "kind", "claimed_at")
    step_id = _step(row["campaign_id"], row["step_key"]) if row["step_key"] else None
    more = {"status": row["state"], "reason": row["code"], "text": row["body"], "called_at": row["calling_at"]}
    return {"table": "action", **{name: row[name] for name in names}, "step_id": step_id, **more}


def _usage(reading: Reading) -> Iterator[Row]:
    used: Counter[tuple[str, str, str]] = Counter()
    reads: Counter[tuple[str, str, str]] = Counter()
    for row in _rows(reading, AccountUsage.__table__):
        if row["budget"] in _KIND_OF:
            key = (row["account_id"], _KIND_OF[row["budget"]], row["on_day"].isoformat())
            used[key] += 1
            reads[key] += row["action_id"] is None
    for key, count in used.items():
        account_id, kind, day = key
        about = {"account_id": account_id, "kind": kind, "day": day}
        yield {"table": "usage", **about, "used": count, "reads": reads[key]}


def _rows(reading: Reading, table: Table) -> Iterator[Row]:
    statement: Select[Any] = select(table)
    for row in reading.session.connection().execute(statement, execution_options={"rapport_scoped": True}):
        yield dict(row._mapping)


def instant(text: str) -> datetime:
    """An instant of the ledger."""
    return datetime.fromisoformat(text).astimezone(UTC)
