"""Do-not-contact lists: persons, companies, domains, for one client or for all of them.

An entry acts at once, because nothing copies it: whoever wants to contact somebody asks `entries_against`. An entry of
the agency holds for every client. An erased person stays here as a salted hash and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapport.kernel.errors import NOT_FOUND, SUPPRESSION_ALREADY_EXISTS, RapportError, field_error
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Reading, Tx
from rapport.leads import events
from rapport.leads.models import LeadIdentity, Suppression, SuppressionKind
from rapport.people.queries import erasure_salt
from rapport.rules import identity

_S = Suppression.__table__
_IDENTITY = LeadIdentity.__table__
_CHUNK = 400
_ERASED = "erased:"
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """What of a lead a do-not-contact list can name."""

    lead_id: str
    client_id: str
    company_key: str | None
    domain: str | None


def add(
    tx: Tx, client_id: str, *, kind: SuppressionKind, value: str, reason: str | None, created_by: str | None
) -> Suppression:
    """Put a person, a company or a domain on a list. With the agency as client it holds for all."""
    key = key_of(kind, value)
    if key is None:
        raise field_error("value", _NOT_READABLE[kind])
    return _add(tx, client_id, kind=kind, key=key, shown=value.strip()[:400], reason=reason, created_by=created_by)


def _add(
    tx: Tx,
    client_id: str,
    *,
    kind: SuppressionKind,
    key: str,
    shown: str | None,
    reason: str | None,
    created_by: str | None,
) -> Suppression:
    entry = Suppression(
        id=tx.new_id(),
        client_id=client_id,
        kind=kind.value,
        key=key,
        shown=shown,
        reason=reason,
        created_by=created_by,
        created_at=tx.now,
    )
    try:
        with tx.session.begin_nested():
            tx.session.add(entry)
    except IntegrityError:
        raise RapportError(SUPPRESSION_ALREADY_EXISTS) from None
    data = {"kind": kind.value, "shown": shown or "An erased person", "reason": reason or "no reason given"}
    tx.emit(events.SUPPRESSED, client_id=client_id, data=data)
    return entry


def remove(tx: Tx, entry_id: str) -> None:
    """Take an entry off its list. What keeps an erased person from being contacted stays."""
    entry = tx.session.execute(select(Suppression).where(Suppression.id == entry_id).with_for_update()).scalar()
    if entry is None:
        raise RapportError(NOT_FOUND)
    if entry.key.startswith(_ERASED):
        raise field_error("id", "An erased person stays on the list.")
    tx.emit(events.UNSUPPRESSED, client_id=entry.client_id, data={"kind": entry.kind, "shown": entry.shown})
    tx.session.delete(entry)


def key_of(kind: SuppressionKind, value: str) -> str | None:
    """What is compared; None for a value that names nothing of the kind."""
    match kind:
        case SuppressionKind.PERSON:
            found = identity.email(value) or identity.profile(value)
            return f"{found.kind}:{found.value}" if found else None
        case SuppressionKind.COMPANY:
            return identity.company_key(value) or None
        case SuppressionKind.DOMAIN:
            return identity.domain(value)


_NOT_READABLE = {
    SuppressionKind.PERSON: "Must be a LinkedIn profile, an id of one, or an email address.",
    SuppressionKind.COMPANY: "Must be a company's name.",
    SuppressionKind.DOMAIN: "Must be a domain, such as example.com.",
}


def entries_against(reading: Reading, targets: Sequence[Target]) -> dict[str, str]:
    """Lead → the entry that forbids to contact them, as an operator reads it. Who is not in it may be contacted."""
    if not targets:
        return {}
    keys = _keys_of(reading, targets)
    found = _entries(reading, {AGENCY, *(target.client_id for target in targets)}, keys)
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
    for some in _chunks(list(by_id)):
        rows = reading.rows(
            select(_IDENTITY.c.lead_id, _IDENTITY.c.kind, _IDENTITY.c.value).where(_IDENTITY.c.lead_id.in_(some))
        )
        for row in rows:
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


def _entries(reading: Reading, owners: set[str], keys: Iterable[Key]) -> dict[Key, list[tuple[str, str]]]:
    """Entries of these owners with these keys: each with its owner and how it reads."""
    by_kind: dict[str, list[str]] = {}
    for kind, key in keys:
        by_kind.setdefault(kind, []).append(key)
    found: dict[Key, list[tuple[str, str]]] = {}
    for kind, values in by_kind.items():
        for some in _chunks(values):
            rows = reading.rows(
                select(_S.c.client_id, _S.c.key, _S.c.shown).where(
                    _S.c.client_id.in_(sorted(owners)), _S.c.kind == kind, _S.c.key.in_(some)
                )
            )
            for row in rows:
                found.setdefault((kind, row.key), []).append((row.client_id, f"{kind} {row.shown or row.key}"))
    return found


def _chunks(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


def remember_erased(tx: Tx, client_id: str, identities: Iterable[Key], *, created_by: str | None) -> None:
    """Keep of an erased person what recognises them when they arrive again, and nothing that tells who they are."""
    salt = erasure_salt(tx, client_id)
    for key in identities:
        hashed = _hashed(salt, key)
        if not _erased_of(tx, client_id, [hashed]):
            _add(
                tx,
                client_id,
                kind=SuppressionKind.PERSON,
                key=hashed,
                shown=None,
                reason="erased",
                created_by=created_by,
            )


def erased_among(tx: Tx, client_id: str, identities: Sequence[Key]) -> frozenset[Key]:
    """Which of these identities belong to persons that were erased."""
    anybody = tx.rows(
        select(_S.c.id)
        .where(_S.c.client_id == client_id, _S.c.kind == SuppressionKind.PERSON.value)
        .where(_S.c.key >= _ERASED, _S.c.key < f"{_ERASED[:-1]};")
        .limit(1)
    ).first()
    if anybody is None:
        return frozenset()
    salt = erasure_salt(tx, client_id)
    hashes = {_hashed(salt, key): key for key in identities}
    return frozenset(hashes[found] for found in _erased_of(tx, client_id, list(hashes)))


def _erased_of(tx: Tx, client_id: str, hashes: list[str]) -> set[str]:
    found: set[str] = set()
    for some in _chunks(hashes):
        rows = tx.rows(
            select(_S.c.key).where(
                _S.c.client_id == client_id, _S.c.kind == SuppressionKind.PERSON.value, _S.c.key.in_(some)
            )
        )
        found.update(row.key for row in rows)
    return found


def _hashed(salt: str, key: Key) -> str:
    digest = hashlib.blake2b(f"{key[0]}:{key[1]}".encode(), key=salt.encode(), digest_size=32)
    return f"{_ERASED}{digest.hexdigest()}"


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as the API shows it."""
    return {
        "id": row["id"],
        "client_id": None if row["client_id"] == AGENCY else row["client_id"],
        "kind": row["kind"],
        "value": row["shown"],
        "erased": row["key"].startswith(_ERASED),
        "reason": row["reason"],
        "created_by": row["created_by"],
        "created_at": row["created_at"],
    }
