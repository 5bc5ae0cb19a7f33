"""A person asks to be forgotten: what names them goes, and what keeps them from being contacted again stays.

The row stays as a blank that enrollments and numbers may go on to point at. Rooms above hear `lead.erased` and take
the person out of what is theirs (messages, texts sent, conversations). What the person is recognised by when they
arrive again is a salted hash. See docs/adr/0010.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select, update

from rapport.events.forget import forget
from rapport.kernel.errors import field_error
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads import events, persons
from rapport.leads.erased import remember_erased
from rapport.leads.models import (
    ImportProblem,
    Lead,
    LeadIdentity,
    LeadMerge,
    LeadNote,
    LeadTag,
    Relation,
)
from rapport.leads.queries import register
from rapport.rules import identity
from rapport.rules.lead_fields import LONGEST
from rapport.webhooks import forget as deliveries

_I, _N, _T, _M, _R, _P = (
    each.__table__ for each in (LeadIdentity, LeadNote, LeadTag, LeadMerge, Relation, ImportProblem)
)
_OPTIONS = {SCOPED: True}
_SHORTEST_TRACE = 5
"""A shorter text stands in too many other people's rows."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What went."""

    identities: int
    events: int


def erase(tx: Tx, lead: Lead, *, confirm: str) -> Erased:
    """Forget a person, with every lead that was merged into them. The caller got the lead `in_turn`."""
    if confirm != lead.id:
        raise field_error("confirm", "Must be the id of the lead: nothing brings an erased person back.")
    ids = [*register.merged_into(tx, lead.id), lead.id]
    leads = list(tx.session.execute(select(Lead).where(Lead.id.in_(ids)).with_for_update(key_share=True)).scalars())
    keys = _identities(tx, leads)
    traces = _traces(leads, keys)
    remember_erased(tx, lead.client_id, keys, created_by=persons.author(tx))
    for each in leads:
        _blank(each, tx)
    for table in (_I, _N, _T):
        tx.session.execute(
            delete(table).where(table.c.lead_id.in_(ids), table.c.client_id == lead.client_id),
            execution_options=_OPTIONS,
        )
    tx.session.execute(
        delete(_M).where(or_(_M.c.kept_id.in_(ids), _M.c.merged_id.in_(ids)), _M.c.client_id == lead.client_id),
        execution_options=_OPTIONS,
    )
    # The tie itself still counts against the account's pending invitations; it only must not lead to the person.
    tx.session.execute(
        update(_R).where(_R.c.lead_id.in_(ids), _R.c.client_id == lead.client_id).values(invitation_id=None),
        execution_options=_OPTIONS,
    )
    _clean_problems(tx, lead.client_id, traces)
    told = forget(tx, lead.client_id, ids)
    deliveries.of_leads(tx, lead.client_id, ids)
    tx.emit(events.ERASED, client_id=lead.client_id, data={}, lead_id=lead.id)
    return Erased(len(keys), told)


def _identities(tx: Tx, leads: list[Lead]) -> set[tuple[str, str]]:
    """Everything these leads are or were shown to be known by."""
    mine = (_I.c.lead_id.in_([lead.id for lead in leads]), _I.c.client_id == leads[0].client_id)
    keys = {(row.kind, row.value) for row in tx.rows(select(_I.c.kind, _I.c.value).where(*mine))}
    for lead in leads:
        keys |= {(kind, value) for kind in identity.ORDER if (value := getattr(lead, kind)) is not None}
    return keys


def _traces(leads: list[Lead], keys: set[tuple[str, str]]) -> list[str]:
    """Texts by which a refused row of an import could be this person's."""
    found = {value for _, value in keys}
    for lead in leads:
        found |= {each for each in (lead.phone, lead.website, lead.last_name) if each}
    return sorted(each.lower() for each in found if len(each) >= _SHORTEST_TRACE)


def _blank(lead: Lead, tx: Tx) -> None:
    for name in (*LONGEST, *identity.ORDER, "email_domain", "company_key", "source_detail"):
        setattr(lead, name, None)
    lead.email_at = lead.open_inmail_at = None
    lead.custom = {}
    lead.field_sources = {}
    lead.name_key = ""
    lead.erased_at = lead.updated_at = tx.now


def _clean_problems(tx: Tx, client_id: str, traces: list[str]) -> None:
    """Take the values out of refused rows that may have been this person's; the reason stays."""
    for trace in traces:
        holds = func.lower(_P.c.value).contains(trace, autoescape=True)
        tx.session.execute(
            update(_P).where(_P.c.client_id == client_id, holds).values(value=None), execution_options=_OPTIONS
        )
