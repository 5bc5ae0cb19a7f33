"""Reading what leads are known by, and the invitations that are pending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import (
    Lead,
    LeadIdentity,
    Relation,
    RelationState,
)
from rapport.leads.queries.register import LIVE
from rapport.rules import identity

_L, _I, _R = (each.__table__ for each in (Lead, LeadIdentity, Relation))
_IDS_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Pending:
    """An invitation that was neither accepted nor withdrawn, as far as is known."""

    lead_id: str
    invited_at: datetime | None
    invitation_id: str | None


def pending_invitations(reading: Reading, account_id: str) -> list[Pending]:
    """An account's pending invitations."""
    statement = (
        select(_R.c.lead_id, _R.c.invited_at, _R.c.invitation_id)
        .where(
            _R.c.account_id == account_id,
            _R.c.state == RelationState.INVITED.value,
            within(reading.scope, _R.c.client_id),
        )
        .order_by(_R.c.lead_id)
    )
    return [Pending(*row) for row in reading.rows(statement)]


def ids_of(reading: Reading, lead_ids: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Lead → everything it is known by, kind and value, what is believed most first."""
    found: dict[str, list[tuple[str, str]]] = {}
    for start in range(0, len(lead_ids), _IDS_AT_ONCE):
        some = list(lead_ids[start : start + _IDS_AT_ONCE])
        statement = select(_I.c.lead_id, _I.c.kind, _I.c.value).where(
            _I.c.lead_id.in_(some), within(reading.scope, _I.c.client_id)
        )
        for row in reading.rows(statement):
            found.setdefault(row.lead_id, []).append((row.kind, row.value))
    return {key: sorted(values, key=lambda each: identity.ORDER.index(each[0])) for key, values in found.items()}


def named_alike(reading: Reading, client_id: str, keys: Sequence[str]) -> set[str]:
    """Those of the folded names that some lead of the client bears."""
    statement = select(_L.c.name_key).where(
        _L.c.client_id == client_id, _L.c.name_key.in_(list(keys)), within(reading.scope, _L.c.client_id), *LIVE
    )
    return set(reading.rows(statement).scalars())
