"""One lead at a time: added, changed, removed by somebody whose word counts most.

An identity belongs to one lead of a client. Who is to get one that another has is refused, and told whose it is: the
two may be one person, and merging says so better than moving an address about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from rapport.kernel import locks
from rapport.kernel.errors import (
    LEAD_ACTIVE,
    LEAD_ALREADY_EXISTS,
    LEAD_ERASED,
    NOT_FOUND,
    VALIDATION_FAILED,
    RapportError,
    field_error,
)
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads import arriving, events
from rapport.leads.arriving import Outcome
from rapport.leads.erased import erased_among
from rapport.leads.models import Lead, LeadIdentity, LeadSource
from rapport.leads.queries import register
from rapport.rules import identity
from rapport.rules.lead_fields import LONGEST, Person, Refusal, cleaned, read
from rapport.rules.said import OPERATOR, said

_I = LeadIdentity.__table__
_OPTIONS = {SCOPED: True}


def get(tx: Tx, lead_id: str, *, in_turn: bool = False) -> Lead:
    """A lead to be changed, locked. Who was merged away or erased is refused.

    Whoever changes what identifies a lead comes `in_turn` with the persons that arrive, before any row is locked.
    """
    if in_turn:
        client_id = tx.session.execute(select(Lead.client_id).where(Lead.id == lead_id)).scalar()
        if client_id is not None:
            locks.take(tx, "leads", client_id)
    return alive(
        tx, tx.session.execute(select(Lead).where(Lead.id == lead_id).with_for_update(key_share=True)).scalar()
    )


def alive(tx: Tx, lead: Lead | None) -> Lead:
    """A lead that was found, or a refusal of nobody, of who was erased and of who was merged away."""
    if lead is None or lead.erased_at is not None:
        raise RapportError(NOT_FOUND)
    if lead.merged_into_id is not None:
        raise register.merged(register.kept_of(tx, lead.merged_into_id))
    return lead


def shown_name(lead: Lead) -> str:
    """The lead as the timeline names it."""
    return arriving.shown_name({name: getattr(lead, name) for name in _NAMING})


_NAMING = ("first_name", "last_name", "public_identifier", "email", "provider_id")


def add(
    tx: Tx,
    client_id: str,
    *,
    given: Mapping[str, str | None],
    custom: Mapping[str, str | None],
    tags: Sequence[str],
) -> str:
    """Add one person; answers the lead. Who is known already is refused, with whom and by what."""
    person = _good(read(given, custom, tuple(tags)))
    locks.take(tx, "leads", client_id)
    _refuse_owned(tx, client_id, person.identities)
    arrived = arriving.arrive(tx, client_id, [person], source=LeadSource.MANUAL, said_by=OPERATOR)[0]
    if arrived.outcome is Outcome.ERASED or arrived.lead_id is None:
        raise RapportError(LEAD_ERASED)
    return arrived.lead_id


def _good(found: Person | tuple[Refusal, ...]) -> Person:
    if isinstance(found, Person):
        return found
    details: dict[str, list[str]] = {}
    for refusal in found:
        details.setdefault(refusal.column or "body", []).append(refusal.reason)
    raise RapportError(VALIDATION_FAILED, details=details)


def _refuse_owned(tx: Tx, client_id: str, identities: Mapping[str, str], but: str | None = None) -> None:
    owned = {key: lead_id for key, lead_id in arriving.owners_of(tx, client_id, identities).items() if lead_id != but}
    if owned:
        first = min(owned, key=lambda key: identity.ORDER.index(key[0]))
        matched = [{"kind": kind, "value": value, "lead_id": lead_id} for (kind, value), lead_id in owned.items()]
        raise RapportError(LEAD_ALREADY_EXISTS, details={"lead_id": owned[first], "matched": matched})


def change(tx: Tx, lead: Lead, *, given: Mapping[str, str | None], custom: Mapping[str, str | None]) -> bool:
    """Change what is named; an empty value takes what is there away. Custom fields are merged one by one.

    An identity that is given takes the place of the one that is shown; the lead must keep at least one. Answers whether
    anything changed. Whoever changes identities got the lead `in_turn`.
    """
    person = _good(cleaned(given, custom))
    told = {name for name in LONGEST if name in given and _set(lead, name, person.fields.get(name))}
    told |= _customize(lead, custom, person)
    told |= _identify(tx, lead, given, person)
    if not told:
        return False
    note = said(OPERATOR, tx.now)
    kept = {name: each for name, each in lead.field_sources.items() if name not in told}
    lead.field_sources = kept | {name: note for name in told if _value(lead, name) is not None}
    derive(lead)
    lead.updated_at = tx.now
    tell(tx, events.CHANGED, lead, fields=", ".join(sorted(told)))
    return True


def _set(lead: Lead, name: str, value: str | None) -> bool:
    if getattr(lead, name) == value:
        return False
    setattr(lead, name, value)
    return True


def _customize(lead: Lead, custom: Mapping[str, str | None], person: Person) -> set[str]:
    wanted = {name: value for name, value in lead.custom.items() if name not in custom} | dict(person.custom)
    told = {f"custom.{name}" for name in {*wanted, *lead.custom} if wanted.get(name) != lead.custom.get(name)}
    if told:
        _good(cleaned({}, wanted))  # together they may be too many
        lead.custom = wanted
    return told


def _identify(tx: Tx, lead: Lead, given: Mapping[str, str | None], person: Person) -> set[str]:
    """Give a lead the identities it is to have from now on."""
    wanted: dict[str, str | None] = {kind: None for kind in identity.ORDER if kind in given}
    if "profile_url" in given and not {identity.PROVIDER_ID, identity.PUBLIC_IDENTIFIER} & set(person.identities):
        wanted.setdefault(identity.PUBLIC_IDENTIFIER, None)
    wanted |= person.identities
    changed = {kind: value for kind, value in wanted.items() if getattr(lead, kind) != value}
    if not changed:
        return set()
    new = {kind: value for kind, value in changed.items() if value is not None}
    _refuse_owned(tx, lead.client_id, new, but=lead.id)
    if erased_among(tx, lead.client_id, list(new.items())):
        raise RapportError(LEAD_ERASED)
    for kind, value in changed.items():
        _replace(tx, lead, kind, value)
    if not tx.rows(select(_I.c.kind).where(*_mine(lead)).limit(1)).first():
        raise field_error("body", "Would name nobody: a lead keeps a LinkedIn profile or an email address.")
    return set(changed)


def _mine(lead: Lead) -> tuple[Any, ...]:
    return (_I.c.lead_id == lead.id, _I.c.client_id == lead.client_id)


def _replace(tx: Tx, lead: Lead, kind: str, value: str | None) -> None:
    """Let the shown identity of a kind go and show another: the one given, or one that is left."""
    session = tx.session
    mine = (*_mine(lead), _I.c.kind == kind)
    session.execute(delete(_I).where(*mine, _I.c.value == getattr(lead, kind)), execution_options=_OPTIONS)
    left = list(tx.rows(select(_I.c.value).where(*mine).order_by(_I.c.value)).scalars())
    if value is not None and value not in left:
        row = {"client_id": lead.client_id, "kind": kind, "value": value, "lead_id": lead.id}
        session.execute(insert(_I), [row], execution_options=_OPTIONS)
    show(lead, kind, value or next(iter(left), None), at=tx.now)


def show(lead: Lead, kind: str, value: str | None, *, at: Any) -> None:
    """Show this identity of a kind."""
    setattr(lead, kind, value)
    if kind == identity.EMAIL:
        lead.email_domain = identity.email_domain(value) if value else None
        lead.email_at = (lead.email_at or at) if value else None


def _value(lead: Lead, name: str) -> Any:
    return lead.custom.get(name.removeprefix("custom.")) if name.startswith("custom.") else getattr(lead, name)


def derive(lead: Lead) -> None:
    """Set what follows from other columns."""
    lead.name_key = identity.name_key(lead.first_name, lead.last_name)
    lead.company_key = identity.company_key(lead.company) if lead.company else None


def remove(tx: Tx, lead: Lead) -> None:
    """Let a lead go, with everybody who was merged into it.

    Who has a history in a campaign stays: rooms above hold on to the lead by a foreign key, and the database's
    refusal is the answer. So it holds for rooms that do not exist yet.
    """
    ids = [*reversed(register.merged_into(tx, lead.id)), lead.id]
    try:
        with tx.session.begin_nested():
            for each in ids:
                gone = delete(Lead).where(Lead.id == each).execution_options(synchronize_session=False)
                tx.session.execute(gone)
    except IntegrityError:
        raise RapportError(LEAD_ACTIVE, "The lead is or was in a campaign; it can be erased, not deleted.") from None
    tx.session.expunge(lead)
    tell(tx, events.DELETED, lead)


def tell(tx: Tx, event_type: str, lead: Lead, **data: Any) -> None:
    """Write a line into the lead's timeline."""
    tx.emit(event_type, client_id=lead.client_id, data={"name": shown_name(lead), **data}, lead_id=lead.id)


def author(tx: Tx) -> str | None:
    """The user on whose word this transaction acts, if it is one."""
    return tx.actor.id if tx.actor.type == "user" else None
