"""Persons arrive: one by one, or by the thousand. Who is known is recognised, who is new is added.

Whoever arrives names themselves by identities; the first kind that is known, in the order of belief, says who it is.
All arrivals of a client take turns, so that two imports of one file at once make one lead of each person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.kernel import locks
from rapport.kernel.bulk import insert_rows
from rapport.kernel.tenancy import SCOPED, ScopeError
from rapport.kernel.tx import Reading, Tx
from rapport.leads import events
from rapport.leads.erased import erased_among
from rapport.leads.models import Lead, LeadIdentity, LeadSource, LeadTag
from rapport.leads.naming import shown_name
from rapport.rules import identity
from rapport.rules.lead_fields import Person
from rapport.rules.said import OPERATOR, said, who

_LEAD = Lead.__table__
_IDENTITY = LeadIdentity.__table__
_TAG = LeadTag.__table__
_CHUNK = 2_000


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    ERASED = "erased"
    """The person asked to be erased: nothing is kept of them."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of one arrival."""

    outcome: Outcome
    lead_id: str | None
    others: tuple[str, ...] = ()
    """Other leads that its further identities belong to: perhaps the same person twice."""


def arrive(
    tx: Tx,
    client_id: str,
    persons: Sequence[Person],
    *,
    source: LeadSource,
    said_by: str,
    source_detail: str | None = None,
    overwrite: bool = False,
) -> list[Arrived]:
    """Take persons in, in order; a person named twice is one lead.

    A known lead gets what it lacks; with `overwrite` also what no operator said. `said_by` goes on record as the
    origin of each field, with the instant.
    """
    if not tx.scope.allows(client_id):
        raise ScopeError("persons arrive at a client outside the scope")
    locks.take(tx, "leads", client_id)
    owners = known(tx, client_id, persons)
    erased = erased_among(tx, client_id, [key for person in persons for key in person.identities.items()])
    leads = _rows(tx, client_id, set(owners.values()))
    batch = _Batch(tx, client_id, source=source, said_by=said_by, source_detail=source_detail, overwrite=overwrite)
    found = [batch.take(person, owners, leads, erased) for person in persons]
    batch.write()
    return found


Key = tuple[str, str]


def known(reading: Reading, client_id: str, persons: Sequence[Person]) -> dict[Key, str]:
    """Whose the identities of persons are, as far as they are somebody's."""
    wanted: dict[str, list[str]] = {}
    for person in persons:
        for kind, value in person.identities.items():
            wanted.setdefault(kind, []).append(value)
    found: dict[Key, str] = {}
    for kind, values in wanted.items():
        for some in _chunks(list(dict.fromkeys(values))):
            rows = reading.rows(
                select(_IDENTITY.c.kind, _IDENTITY.c.value, _IDENTITY.c.lead_id).where(
                    _IDENTITY.c.client_id == client_id, _IDENTITY.c.kind == kind, _IDENTITY.c.value.in_(some)
                )
            )
            found.update({(row.kind, row.value): row.lead_id for row in rows})
    return found


def _rows(tx: Tx, client_id: str, lead_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for some in _chunks(sorted(lead_ids)):
        statement = (
            select(_LEAD).where(_LEAD.c.client_id == client_id, _LEAD.c.id.in_(some)).with_for_update(key_share=True)
        )
        found.update({row.id: dict(row._mapping) for row in tx.rows(statement)})
    return found


def _chunks(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + _CHUNK] for start in range(0, len(values), _CHUNK))


class _Batch:
    """What a batch of arrivals changes, gathered, to be written by a few statements."""

    def __init__(
        self,
        tx: Tx,
        client_id: str,
        *,
        source: LeadSource,
        said_by: str,
        source_detail: str | None,
        overwrite: bool,
    ) -> None:
        self._tx = tx
        self._client_id = client_id
        self._source = source
        self._said_by = said_by
        self._note = said(said_by, tx.now)
        self._source_detail = source_detail
        self._overwrite = overwrite
        self._created: dict[str, dict[str, Any]] = {}
        self._changed: dict[str, dict[str, Any]] = {}
        self._identities: list[dict[str, Any]] = []
        self._tags: list[dict[str, Any]] = []

    def take(
        self, person: Person, known: dict[Key, str], leads: dict[str, dict[str, Any]], erased: frozenset[Key]
    ) -> Arrived:
        keys = [(kind, person.identities[kind]) for kind in identity.ORDER if kind in person.identities]
        if any(key in erased for key in keys):
            return Arrived(Outcome.ERASED, None)
        owners = list(dict.fromkeys(known[key] for key in keys if key in known))
        lead_id = owners[0] if owners else self._create(person, leads)
        changed = self._merge_into(leads[lead_id], person) if owners else False
        for key in keys:
            if key not in known:
                known[key] = lead_id
                self._identify(leads[lead_id], key)
                changed = True
        self._tags += [
            {"lead_id": lead_id, "tag": tag, "client_id": self._client_id, "tagged_at": self._tx.now}
            for tag in person.tags
        ]
        others = tuple(owners[1:])
        if others:
            self._tell(events.DUPLICATE, leads[lead_id], others=list(others))
        if not owners:
            return Arrived(Outcome.CREATED, lead_id)
        return Arrived(Outcome.UPDATED if changed else Outcome.UNCHANGED, lead_id, others)

    def _create(self, person: Person, leads: dict[str, dict[str, Any]]) -> str:
        now = self._tx.now
        lead_id = self._tx.new_id()
        row: dict[str, Any] = dict.fromkeys(_COLUMNS)
        row |= {
            "id": lead_id,
            "client_id": self._client_id,
            "custom": dict(person.custom),
            "source": self._source.value,
            "source_detail": self._source_detail,
            "created_at": now,
            "updated_at": now,
            "version": 1,
            **person.fields,
        }
        told = [*person.fields, *(f"custom.{name}" for name in person.custom)]
        row["field_sources"] = dict.fromkeys(told, self._note)
        derive(row)
        leads[lead_id] = self._created[lead_id] = row
        self._tell(events.CREATED, row, source=self._source.value)
        return lead_id

    def _identify(self, row: dict[str, Any], key: Key) -> None:
        """Record an identity that nobody had; the first of its kind is the one that is shown."""
        kind, value = key
        self._identities.append({"client_id": self._client_id, "kind": kind, "value": value, "lead_id": row["id"]})
        if row[kind] is None:
            row[kind] = value
            row["field_sources"] = row["field_sources"] | {kind: self._note}
            if kind == identity.EMAIL:
                row["email_domain"] = identity.email_domain(value)
                row["email_at"] = self._tx.now
            self._note_change(row, {kind})

    def _merge_into(self, row: dict[str, Any], person: Person) -> bool:
        """Give a known lead what it lacks."""
        told: set[str] = set()
        for name, value in person.fields.items():
            if row[name] != value and self._may_say(row, name, row[name]):
                row[name] = value
                told.add(name)
        custom = dict(row["custom"])
        for name, value in person.custom.items():
            if custom.get(name) != value and self._may_say(row, f"custom.{name}", custom.get(name)):
                custom[name] = value
                told.add(f"custom.{name}")
        if not told:
            return False
        row["custom"] = custom
        row["field_sources"] = row["field_sources"] | dict.fromkeys(told, self._note)
        derive(row)
        self._note_change(row, told)
        return True

    def _may_say(self, row: Mapping[str, Any], name: str, current: str | None) -> bool:
        if current is None:
            return True
        return self._said_by == OPERATOR or (self._overwrite and who(row["field_sources"].get(name)) != OPERATOR)

    def _note_change(self, row: dict[str, Any], fields: set[str]) -> None:
        if row["id"] in self._created:
            return
        row["updated_at"] = self._tx.now
        first = row["id"] not in self._changed
        self._changed[row["id"]] = row
        if first:
            row["version"] += 1
        row.setdefault("_told", set()).update(fields)

    def _tell(self, event_type: str, row: Mapping[str, Any], **data: Any) -> None:
        self._tx.emit(
            event_type, client_id=self._client_id, data={"name": shown_name(row), **data}, lead_id=str(row["id"])
        )

    def write(self) -> None:
        """A statement for each kind of change."""
        session = self._tx.session
        if self._created:
            insert_rows(self._tx, _LEAD, list(self._created.values()))
        for row in self._changed.values():
            self._tell(events.CHANGED, row, fields=", ".join(sorted(row.pop("_told", ()))))
        if self._changed:
            statement = update(_LEAD).where(_LEAD.c.client_id == self._client_id, _LEAD.c.id == bindparam("_id"))
            changed = [{"_id": row["id"], **{name: row[name] for name in _CHANGING}} for row in self._changed.values()]
            session.connection().execute(statement.values({name: bindparam(name) for name in _CHANGING}), changed)
        insert_rows(self._tx, _IDENTITY, self._identities)
        if self._tags:
            make = postgresql_insert if session.connection().dialect.name == "postgresql" else sqlite_insert
            session.execute(make(_TAG).on_conflict_do_nothing(), self._tags, execution_options=_OPTIONS)
        self._tx.touch(self._client_id)


_OPTIONS = {SCOPED: True}
_COLUMNS = tuple(_LEAD.c.keys())
_CHANGING = tuple(name for name in _COLUMNS if name not in ("id", "client_id", "created_at", "source"))


def derive(row: dict[str, Any]) -> None:
    """Set what follows from other columns."""
    row["name_key"] = identity.name_key(row["first_name"], row["last_name"])
    row["company_key"] = identity.company_key(row["company"]) if row["company"] else None


def owners_of(tx: Tx, client_id: str, identities: Mapping[str, str]) -> dict[Key, str]:
    """Which leads of a client have any of these identities."""
    if not identities:
        return {}
    conditions = [and_(_IDENTITY.c.kind == kind, _IDENTITY.c.value == value) for kind, value in identities.items()]
    rows = tx.rows(
        select(_IDENTITY.c.kind, _IDENTITY.c.value, _IDENTITY.c.lead_id).where(
            _IDENTITY.c.client_id == client_id, or_(*conditions)
        )
    )
    return {(row.kind, row.value): row.lead_id for row in rows}
