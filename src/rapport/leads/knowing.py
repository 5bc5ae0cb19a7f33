"""What is learned of leads by talking with them: further identities, and that they replied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import insert, select, update

from rapport.kernel import locks
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Reading, Tx
from rapport.leads import events, persons
from rapport.leads.arriving import owners_of
from rapport.leads.erased import erased_among
from rapport.leads.models import Lead, LeadIdentity
from rapport.rules import identity
from rapport.rules.said import said

PROVIDER = "unipile"
"""Who says what the provider says."""
_I = LeadIdentity.__table__


def learn(tx: Tx, lead_id: str, identities: Mapping[str, str]) -> tuple[str, ...]:
    """Give a lead the identities it is now known by; answers the kinds. What is another lead's stays theirs."""
    lead = tx.session.execute(select(Lead).where(Lead.id == lead_id)).scalar()
    if lead is None or lead.erased_at is not None or not identities:
        return ()
    known = owners_of(tx, lead.client_id, identities)
    if all((kind, value) in known for kind, value in identities.items()):
        return ()
    locks.take(tx, "leads", lead.client_id)
    known = owners_of(tx, lead.client_id, identities)
    gone = erased_among(tx, lead.client_id, list(identities.items()))
    fresh = {kind: value for kind, value in identities.items() if not {(kind, value)} & {*known, *gone}}
    if not fresh:
        return ()
    lead = persons.get(tx, lead_id)
    rows = [{"client_id": lead.client_id, "kind": k, "value": v, "lead_id": lead.id} for k, v in fresh.items()]
    tx.session.execute(insert(_I), rows, execution_options={SCOPED: True})
    for kind, value in fresh.items():
        if getattr(lead, kind) is None:
            persons.show(lead, kind, value, at=tx.now)
            lead.field_sources = lead.field_sources | {kind: said(PROVIDER, tx.now)}
    lead.updated_at = tx.now
    persons.tell(tx, events.CHANGED, lead, fields=", ".join(sorted(fresh)))
    return tuple(sorted(fresh))


def contradicts(reading: Reading, lead_id: str, identities: Mapping[str, str]) -> bool:
    """Whether the lead is known by another provider id than this one: then it is somebody else."""
    given = identities.get(identity.PROVIDER_ID)
    if given is None:
        return False
    known = select(_I.c.value).where(
        _I.c.lead_id == lead_id, _I.c.kind == identity.PROVIDER_ID, within(reading.scope, _I.c.client_id)
    )
    values = set(reading.rows(known).scalars())
    return bool(values) and given not in values


def replied(tx: Tx, lead_id: str, at: datetime) -> None:
    """Note the newest reply of a person to anything of the client."""
    newer = Lead.replied_at.is_(None) | (Lead.replied_at < at)
    client_id = tx.session.execute(
        update(Lead).where(Lead.id == lead_id, newer).values(replied_at=at).returning(Lead.client_id)
    ).scalar()
    if client_id is not None:
        tx.touch(client_id)
