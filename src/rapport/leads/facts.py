"""What a decision asks of leads: who they are to which sender, and what is known of them since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading
from rapport.leads.forbidden import Target, entries_against
from rapport.leads.models import Lead, LeadTag, Relation, RelationState

_L = Lead.__table__
_T = LeadTag.__table__
_R = Relation.__table__
CHUNK = 400
_OF_LEADS = bindparam("lead_ids", expanding=True)
_LEADS = Prepared(select(_L).where(_L.c.id.in_(_OF_LEADS)), owner=_L.c.client_id)
_TAGS = Prepared(
    select(_T.c.lead_id, _T.c.tag, _T.c.tagged_at).where(_T.c.lead_id.in_(_OF_LEADS)), owner=_T.c.client_id
)
_RELATIONS = Prepared(select(_R).where(_R.c.lead_id.in_(_OF_LEADS)), owner=_R.c.client_id)
_PENDING = Prepared(
    select(_R.c.account_id, func.count().label("pending"))
    .where(_R.c.account_id.in_(bindparam("account_ids", expanding=True)))
    .where(_R.c.state == RelationState.INVITED.value)
    .group_by(_R.c.account_id),
    owner=_R.c.client_id,
)


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
        rows.update({row.id: row._mapping for row in reading.rows(_LEADS, lead_ids=some)})
        for tag in reading.rows(_TAGS, lead_ids=some):
            tags.setdefault(tag.lead_id, {})[tag.tag] = tag.tagged_at
    targets = [Target(row["id"], row["client_id"], row["company_key"], row["email_domain"]) for row in rows.values()]
    against = entries_against(reading, targets)
    return {key: Known(row, tags.get(key, {}), against.get(key)) for key, row in rows.items()}


def standings(reading: Reading, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Standing]:
    """How leads stand to accounts, for those pairs of account and lead of which anything is known."""
    wanted = set(pairs)
    found: dict[tuple[str, str], Standing] = {}
    for some in chunks(lead_id for _, lead_id in pairs):
        for row in reading.rows(_RELATIONS, lead_ids=some):
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
    rows = reading.rows(_PENDING, account_ids=sorted(set(account_ids)))
    return {row.account_id: row.pending for row in rows}
