"""Keeping do-not-contact lists: persons, companies, domains, for one client or for all of them.

An entry of the agency holds for every client. Whom the entries forbid to contact is told in `forbidden.py`, how an
erased person stays on the list in `erased.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import and_, insert, select
from sqlalchemy.exc import IntegrityError

from rapport.kernel import locks
from rapport.kernel.errors import NOT_FOUND, SUPPRESSION_ALREADY_EXISTS, RapportError, field_error
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads import events
from rapport.leads.forbidden import chunks, entries_with
from rapport.leads.models import ERASED, Lead, LeadIdentity, Suppression, SuppressionKind
from rapport.rules import identity

_S = Suppression.__table__
_L = Lead.__table__
_IDENTITY = LeadIdentity.__table__


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
    entry = entry_row(tx, client_id, kind, key, shown=value.strip()[:400], reason=reason, created_by=created_by)
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
    known = set(entries_with(tx, {client_id}, wanted))
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
                entry_row(tx, client_id, line.kind, key, shown=shown, reason=line.reason, created_by=created_by)
            )
            found.append(Listed.ADDED)
    write(tx, entries)
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
    known = {key for _, key in entries_with(tx, {lead.client_id}, {(kind.value, key) for key in keys})}
    entries = [
        entry_row(tx, lead.client_id, kind, key, shown=value, reason=reason, created_by=created_by)
        for key, value in sorted(keys.items())
        if key not in known
    ]
    write(tx, entries)
    _tell(tx, entries[:1])
    return bool(entries)


def entry_row(
    tx: Tx,
    client_id: str,
    kind: SuppressionKind,
    key: str,
    *,
    shown: str | None,
    reason: str | None,
    created_by: str | None,
) -> dict[str, object]:
    """The row of an entry."""
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


def write(tx: Tx, entries: list[dict[str, object]]) -> None:
    """Put entries into their table, and tell nobody."""
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
    for some in chunks([str(entry["key"]) for entry in persons]):
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
    entry = tx.session.execute(
        select(Suppression).where(Suppression.id == entry_id).with_for_update(key_share=True)
    ).scalar()
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
