"""Who must not be contacted, and by which entry of a do-not-contact list.

An entry acts at once, because nothing copies it: whoever wants to contact somebody asks here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from sqlalchemy import and_, bindparam, or_, select

from rapport.kernel.ids import AGENCY
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Reading
from rapport.leads.models import LeadIdentity, Suppression, SuppressionKind
from rapport.rules import identity

_S = Suppression.__table__
_IDENTITY = LeadIdentity.__table__
_CHUNK = 400
T = TypeVar("T")
Key = tuple[str, str]
"""A kind of entry and what is compared."""
_IDENTITIES = Prepared(
    select(_IDENTITY.c.lead_id, _IDENTITY.c.kind, _IDENTITY.c.value).where(
        _IDENTITY.c.lead_id.in_(bindparam("lead_ids", expanding=True))
    ),
    owner=_IDENTITY.c.client_id,
)
_ENTRIES = Prepared(
    select(_S.c.client_id, _S.c.kind, _S.c.key, _S.c.shown).where(
        _S.c.client_id.in_(bindparam("owners", expanding=True)),
        or_(
            *(
                and_(_S.c.kind == kind.value, _S.c.key.in_(bindparam(kind.value, expanding=True)))
                for kind in SuppressionKind
            )
        ),
    ),
    owner=None,
)
"""The agency's entries are beyond every scope, and hold within each."""


@dataclass(frozen=True, slots=True)
class Target:
    """What of a lead a do-not-contact list can name."""

    lead_id: str
    client_id: str
    company_key: str | None
    domain: str | None


Looked = Mapping[Target, str | None]
"""What a list said, a moment ago in this transaction, of some targets."""
NOTHING: Looked = MappingProxyType({})


def look_up(reading: Reading, targets: Sequence[Target]) -> Looked:
    """What lists say of several at once, for whoever asks of each of them soon."""
    against = entries_against(reading, targets)
    return {target: against.get(target.lead_id) for target in targets}


def entry_against(reading: Reading, target: Target, looked: Looked) -> str | None:
    """The entry that forbids to contact a lead; asked, unless it was looked up for what the lead is now."""
    return looked[target] if target in looked else entries_against(reading, [target]).get(target.lead_id)


def entries_against(reading: Reading, targets: Sequence[Target]) -> dict[str, str]:
    """Lead → the entry that forbids to contact them, as an operator reads it. Who is not in it may be contacted."""
    if not targets:
        return {}
    keys = _keys_of(reading, targets)
    found = entries_with(reading, {AGENCY, *(target.client_id for target in targets)}, keys)
    against: dict[str, str] = {}
    for (kind, key), owners in keys.items():
        for owner_client, shown in found.get((kind, key), ()):
            for target in owners:
                if owner_client in (AGENCY, target.client_id):
                    against.setdefault(target.lead_id, shown)
    return against


def _keys_of(reading: Reading, targets: Sequence[Target]) -> dict[Key, list[Target]]:
    """Everything a list could name of these leads."""
    keys: dict[Key, list[Target]] = {}
    by_id = {target.lead_id: target for target in targets}
    for some in chunks(list(by_id)):
        for row in reading.rows(_IDENTITIES, lead_ids=some):
            key = (SuppressionKind.PERSON.value, f"{row.kind}:{row.value}")
            keys.setdefault(key, []).append(by_id[row.lead_id])
            if row.kind == identity.EMAIL:
                domain = (SuppressionKind.DOMAIN.value, identity.email_domain(row.value))
                keys.setdefault(domain, []).append(by_id[row.lead_id])
    for target in targets:
        if target.company_key:
            keys.setdefault((SuppressionKind.COMPANY.value, target.company_key), []).append(target)
        if target.domain:
            keys.setdefault((SuppressionKind.DOMAIN.value, target.domain), []).append(target)
    return keys


def entries_with(reading: Reading, owners: set[str], keys: Iterable[Key]) -> dict[Key, list[tuple[str, str]]]:
    """Entries of these owners with these keys: each with its owner and how it reads."""
    found: dict[Key, list[tuple[str, str]]] = {}
    for some in chunks(list(keys)):
        by_kind: dict[str, list[str]] = {kind.value: [] for kind in SuppressionKind}
        for kind, key in some:
            by_kind[kind].append(key)
        for row in reading.rows(_ENTRIES, owners=sorted(owners), **by_kind):
            shown = f"{row.kind} {row.shown or row.key}"
            found.setdefault((row.kind, row.key), []).append((row.client_id, shown))
    return found


def chunks(values: list[T]) -> Iterable[list[T]]:
    """The values in pieces that fit into one statement."""
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))
