"""What a decision asks of leads: who they are to which sender, and what is known of them since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead, LeadTag, Relation, RelationState
from rapport.leads.suppression import Target, entries_against

_L = Lead.__table__
_T = LeadTag.__table__
_R = Relation.__table__
CHUNK = 400


@dataclass(frozen=True, slots=True)
class Known:
    """One lead: its row, its tags, and the entry that forbids to contact it."""

    row: Mapping[str, Any]
    tags: Mapping[str, datetime]
    do_not_contact: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a lead stands to one account."""

    invited_at: datetime | None = None
    connected_at: datetime | None = None
    withdrawn_at: datetime | None = None


STRANGER = Standing()


def chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    """The ids in pieces that fit into one statement."""
    ordered = sorted(set(ids))
    return (ordered[start : start + CHUNK] for start in range(0, len(ordered), CHUNK))


def leads(reading: Reading, lead_ids: Iterable[str]) -> dict[str, Known]:
    """Everything known of some leads."""
    rows: dict[str, Mapping[str, Any]] = {}
    tags: dict[str, dict[str, datetime]] = {}
    for some in chunks(lead_ids):
        found = reading.rows(select(_L).where(_L.c.id.in_(some), within(reading.scope, _L.c.client_id)))
        rows.update({row.id: row._mapping for row in found})
        put_on = select(_T.c.lead_id, _T.c.tag, _T.c.tagged_at).where(
            _T.c.lead_id.in_(some), within(reading.scope, _T.c.client_id)
        )
        for tag in reading.rows(put_on):
            tags.setdefault(tag.lead_id, {})[tag.tag] = tag.tagged_at
    targets = [Target(row["id"], row["client_id"], row["company_key"], row["email_domain"]) for row in rows.values()]
    against = entries_against(reading, targets)
    return {key: Known(row, tags.get(key, {}), against.get(key)) for key, row in rows.items()}


def standings(reading: Reading, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Standing]:
    """How leads stand to accounts, for those pairs of account and lead of which anything is known."""
    wanted = set(pairs)
    found: dict[tuple[str, str], Standing] = {}
    for some in chunks(lead_id for _, lead_id in pairs):
        statement = select(_R).where(_R.c.lead_id.in_(some), within(reading.scope, _R.c.client_id))
        for row in reading.rows(statement):
            if (row.account_id, row.lead_id) in wanted:
                found[row.account_id, row.lead_id] = standing(row)
    return found


def standing(row: Any) -> Standing:
    """What a relation says, as of its state: an accepted or withdrawn invitation is not pending."""
    state = RelationState(row.state)
    return Standing(
        invited_at=row.invited_at if state is RelationState.INVITED else None,
        connected_at=row.connected_at if state is RelationState.CONNECTED else None,
        withdrawn_at=row.withdrawn_at,
    )


def connected_with(reading: Reading, lead_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Lead → the accounts it is connected with."""
    found: dict[str, set[str]] = {}
    for some in chunks(lead_ids):
        statement = select(_R.c.lead_id, _R.c.account_id).where(
            _R.c.lead_id.in_(some),
            _R.c.state == RelationState.CONNECTED.value,
            within(reading.scope, _R.c.client_id),
        )
        for row in reading.rows(statement):
            found.setdefault(row.lead_id, set()).add(row.account_id)
    return {key: frozenset(accounts) for key, accounts in found.items()}


def pending(reading: Reading, account_ids: Iterable[str]) -> dict[str, int]:
    """Account → its invitations that were neither accepted nor withdrawn."""
    statement = (
        select(_R.c.account_id, func.count().label("pending"))
        .where(
            _R.c.account_id.in_(sorted(set(account_ids))),
            _R.c.state == RelationState.INVITED.value,
            within(reading.scope, _R.c.client_id),
        )
        .group_by(_R.c.account_id)
    )
    return {row.account_id: row.pending for row in reading.rows(statement)}
