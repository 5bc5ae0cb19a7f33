"""Do-not-contact lists: persons, companies, domains, for one client or for all of them.

An entry acts at once, because nothing copies it: whoever wants to contact somebody asks `entries_against`. An entry of
the agency holds for every client. An erased person stays here as a salted hash and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import and_, delete, insert, select
from sqlalchemy.exc import IntegrityError

from rapport.kernel import locks
from rapport.kernel.errors import NOT_FOUND, SUPPRESSION_ALREADY_EXISTS, RapportError, field_error
from rapport.kernel.ids import AGENCY
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Reading, Tx
from rapport.leads import events
from rapport.leads.models import ERASED, Lead, LeadIdentity, Suppression, SuppressionKind
from rapport.people.queries import erasure_salt
from rapport.rules import identity

_S = Suppression.__table__
_L = Lead.__table__
_IDENTITY = LeadIdentity.__table__
_CHUNK = 400
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Target:
    """What of a lead a do-not-contact list can name."""

    lead_id: str
    client_id: str
    company_key: str | None
    domain: str | None


class Listed(StrEnum):
    """What became of one line that was to be put on a list."""

    ADDED = "added"
    KNOWN = "known"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to be put on a list."""

    kind: SuppressionKind
    value: str
    reason: str | None


def add(
    tx: Tx, client_id: str, *, kind: SuppressionKind, value: str, reason: str | None, created_by: str | None
) -> Suppression:
    """Put a person, a company or a domain on a list. With the agency as client it holds for all."""
    key = key_of(kind, value)
    if key is None:
        raise field_error("value", UNREADABLE[kind])
    entry = _entry(tx, client_id, kind, key, shown=value.strip()[:400], reason=reason, created_by=created_by)
    row = Suppression(**entry)
    try:
        with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError:
        raise RapportError(SUPPRESSION_ALREADY_EXISTS) from None
    _tell(tx, [entry])
    return row


def add_many(tx: Tx, client_id: str, lines: Sequence[Line], *, created_by: str | None) -> list[Listed]:
    """Put many on a list at once; answers line by line what became of each. A bad line keeps no other back."""
    locks.take(tx, "do-not-contact", client_id)
    keys = [key_of(line.kind, line.value) for line in lines]
    wanted = {(line.kind.value, key) for line, key in zip(lines, keys, strict=True) if key is not None}
    known = set(_entries(tx, {client_id}, wanted))
    entries = []
    found = []
    for line, key in zip(lines, keys, strict=True):
        if key is None:
            found.append(Listed.UNREADABLE)
        elif (line.kind.value, key) in known:
            found.append(Listed.KNOWN)
        else:
            known.add((line.kind.value, key))
            shown = line.value.strip()[:400]
            entries.append(
                _entry(tx, client_id, line.kind, key, shown=shown, reason=line.reason, created_by=created_by)
            )
            found.append(Listed.ADDED)
    _write(tx, entries)
    _tell(tx, entries)
    return found


def add_lead(tx: Tx, lead: Lead, *, reason: str | None, created_by: str | None) -> bool:
    """Put a lead on its client's list by everything that identifies it; answers whether anything was new."""
    locks.take(tx, "do-not-contact", lead.client_id)
    kind = SuppressionKind.PERSON
    rows = tx.rows(
        select(_IDENTITY.c.kind, _IDENTITY.c.value).where(
            _IDENTITY.c.lead_id == lead.id, _IDENTITY.c.client_id == lead.client_id
        )
    )
    keys = {f"{row.kind}:{row.value}": row.value for row in rows}
    known = {key for _, key in _entries(tx, {lead.client_id}, {(kind.value, key) for key in keys})}
    entries = [
        _entry(tx, lead.client_id, kind, key, shown=value, reason=reason, created_by=created_by)
        for key, value in sorted(keys.items())
        if key not in known
    ]
    _write(tx, entries)
    _tell(tx, entries[:1])
    return bool(entries)


def _entry(
    tx: Tx,
    client_id: str,
    kind: SuppressionKind,
    key: str,
    *,
    shown: str | None,
    reason: str | None,
    created_by: str | None,
) -> dict[str, object]:
    return {
        "id": tx.new_id(),
        "client_id": client_id,
        "kind": kind.value,
        "key": key,
        "shown": shown,
        "reason": reason,
        "created_by": created_by,
        "created_at": tx.now,
    }


def _write(tx: Tx, entries: list[dict[str, object]]) -> None:
    if entries:
        tx.session.execute(insert(_S), entries, execution_options={SCOPED: True})


def _tell(tx: Tx, entries: list[dict[str, object]]) -> None:
    """Tell of new entries. The log names a person by their lead only, so that it can forget them with it."""
    owners = _owners(tx, entries)
    for entry in entries:
        data = {"kind": entry["kind"], "entry_id": entry["id"], "reason": entry["reason"] or "no reason given"}
        lead_id, name = owners.get(str(entry["id"]), (None, "A person"))
        shown = name if entry["kind"] == SuppressionKind.PERSON.value else entry["shown"]
        tx.emit(events.SUPPRESSED, client_id=str(entry["client_id"]), data={"shown": shown, **data}, lead_id=lead_id)


def _owners(tx: Tx, entries: list[dict[str, object]]) -> dict[str, tuple[str, str]]:
    """Which lead of the list's client a person's entry names, and how that lead is called."""
    persons = [entry for entry in entries if entry["kind"] == SuppressionKind.PERSON.value]
    found: dict[str, tuple[str, str]] = {}
    for some in _chunks([str(entry["key"]) for entry in persons]):
        key = _IDENTITY.c.kind.concat(":").concat(_IDENTITY.c.value)
        kinds = sorted({each.partition(":")[0] for each in some})
        rows = tx.rows(
            select(key.label("key"), _IDENTITY.c.client_id, _L.c.id, _L.c.first_name, _L.c.last_name)
            .join_from(_IDENTITY, _L, and_(_L.c.id == _IDENTITY.c.lead_id, _L.c.client_id == _IDENTITY.c.client_id))
            .where(_IDENTITY.c.client_id.in_(sorted({str(entry["client_id"]) for entry in persons})))
            .where(_IDENTITY.c.kind.in_(kinds), _IDENTITY.c.value.in_([each.partition(":")[2] for each in some]))
        ).all()
        by_key = {(row.client_id, row.key): row for row in rows}
        for entry in persons:
            row = by_key.get((entry["client_id"], entry["key"]))
            if row is not None:
                name = " ".join(part for part in (row.first_name, row.last_name) if part)
                found[str(entry["id"])] = (row.id, name or "A person")
    return found


def remove(tx: Tx, entry_id: str) -> None:
    """Take an entry off its list. What keeps an erased person from being contacted stays."""
    entry = tx.session.execute(select(Suppression).where(Suppression.id == entry_id).with_for_update()).scalar()
    if entry is None:
        raise RapportError(NOT_FOUND)
    if entry.key.startswith(ERASED):
        raise field_error("id", "An erased person stays on the list.")
    row = {name: getattr(entry, name) for name in ("id", "client_id", "kind", "key")}
    lead_id, name = _owners(tx, [row]).get(entry.id, (None, "A person"))
    shown = name if entry.kind == SuppressionKind.PERSON.value else entry.shown
    data = {"kind": entry.kind, "entry_id": entry.id, "shown": shown}
    tx.emit(events.UNSUPPRESSED, client_id=entry.client_id, data=data, lead_id=lead_id)
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


UNREADABLE = {
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
            select(_IDENTITY.c.lead_id, _IDENTITY.c.kind, _IDENTITY.c.value).where(
                _IDENTITY.c.lead_id.in_(some), within(reading.scope, _IDENTITY.c.client_id)
            )
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
    """Keep of an erased person what recognises them when they arrive again, and nothing that tells who they are.

    The client's own entries that name the person go with them: the hashes say the same without a name.
    """
    locks.take(tx, "do-not-contact", client_id)
    salt = erasure_salt(tx, client_id)
    kind = SuppressionKind.PERSON
    keys = sorted(set(identities))
    plain = [f"{each[0]}:{each[1]}" for each in keys]
    tx.session.execute(
        delete(_S).where(_S.c.client_id == client_id, _S.c.kind == kind.value, _S.c.key.in_(plain)),
        execution_options={SCOPED: True},
    )
    hashes = [_hashed(salt, key) for key in keys]
    known = _erased_of(tx, client_id, hashes)
    _write(
        tx,
        [
            _entry(tx, client_id, kind, each, shown=None, reason="erased", created_by=created_by)
            for each in hashes
            if each not in known
        ],
    )


def erased_among(tx: Tx, client_id: str, identities: Sequence[Key]) -> frozenset[Key]:
    """Which of these identities belong to persons that were erased."""
    anybody = tx.rows(
        select(_S.c.id)
        .where(_S.c.client_id == client_id, _S.c.kind == SuppressionKind.PERSON.value)
        .where(_S.c.key.startswith(ERASED))
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
    return f"{ERASED}{digest.hexdigest()}"
