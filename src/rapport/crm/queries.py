"""Reading connections to CRMs, links, notes, and what a push is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from rapport.conversations.models import Message
from rapport.crm.models import CrmLink, CrmNote, CrmTerms
from rapport.crm.words import LinkStatus, NoteStatus
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead
from rapport.leads.naming import shown_name
from rapport.leads.queries.register import merged_into
from rapport.offerings.models import MessageOffering, Offering
from rapport.outbox.models import Connection
from rapport.outbox.queries import CONNECTION_COLUMNS, NOT_REMOVED
from rapport.outbox.words import ConnectionStatus, CrmKind
from rapport.ports.crm import FIELDS
from rapport.rules import crm_contacts, identity
from rapport.scoring.models import LeadScore

_T, _K, _N = CrmTerms.__table__, CrmLink.__table__, CrmNote.__table__
_C, _L, _M, _S = Connection.__table__, Lead.__table__, Message.__table__, LeadScore.__table__
_B, _O = MessageOffering.__table__, Offering.__table__
MARK = "[outreach:{}]"
"""What a note is found again by: it holds the id of the event it tells of."""
_BELIEVED = ("auto", "confirmed")
_CHUNK = 400
_WITH_TERMS = (_T.c.connection_id == _C.c.id) & (_T.c.client_id == _C.c.client_id)
_OF_TERMS = ("object", "field", "overwrite", "unknown_names", "push_when", "free_at", "free_reason")
_OF_LINKS = [column for column in _K.c if column.name not in {"last_hash", "force", "recreate", "intent", "intent_at"}]

_OF_DELIVERIES = {"previous_until", "event_types", "schedule", "dead_in_a_row", "failing_since"}
"""What a connection says of deliveries, of which a CRM gets none."""
_COLUMNS = [
    *(column for column in CONNECTION_COLUMNS if column.name not in _OF_DELIVERIES),
    *(_T.c[name] for name in _OF_TERMS),
]

CRM_CONNECTIONS = Listing(
    name="crm_connections",
    columns=_COLUMNS,
    fields={
        "client_id": Field(_C.c.client_id, "id"),
        "kind": Field(_C.c.kind, "word", tuple(each.value for each in CrmKind)),
        "status": Field(_C.c.status, "word", tuple(each.value for each in ConnectionStatus)),
        "name": Field(_C.c.name, "text"),
    },
    sorts={"created_at": _C.c.created_at},
    default_sort="created_at",
    owner=_C.c.client_id,
    key=_C.c.id,
    base=lambda: select(*_COLUMNS).join_from(_C, _T, _WITH_TERMS),
    dump=lambda row: dict(row._mapping),
)
LINKS = Listing(
    name="crm_links",
    columns=_OF_LINKS,
    fields={
        "client_id": Field(_K.c.client_id, "id"),
        "connection_id": Field(_K.c.connection_id, "id"),
        "lead_id": Field(_K.c.lead_id, "id"),
        "external_id": Field(_K.c.external_id, "text"),
        "status": Field(_K.c.status, "word", tuple(each.value for each in LinkStatus)),
        "error": Field(_K.c.error, "text"),
        "synced_at": Field(_K.c.synced_at, "instant"),
        "updated_at": Field(_K.c.updated_at, "instant"),
    },
    sorts={"updated_at": _K.c.updated_at, "created_at": _K.c.created_at},
    default_sort="updated_at",
    owner=_K.c.client_id,
    key=_K.c.id,
)


@dataclass(frozen=True, slots=True)
class Target:
    """A connection to a CRM, as far as asking goes by it."""

    connection_id: str
    client_id: str
    kind: str
    name: str
    push_when: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A note that waits."""

    event_id: str
    message_id: str
    at: datetime
    intent: str | None
    intent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Subject:
    """All that a push goes by, as of one reading."""

    link: Mapping[str, Any]
    terms: Mapping[str, Any]
    connection: Any
    facts: Mapping[str, str | None]
    lead_ids: tuple[str, ...]
    """The lead and every other that became it: by any of them the CRM may know it."""
    is_gone: str | None
    """Why the lead is none any more."""
    notes: tuple[Note, ...]


def targets(reading: Reading, client_id: str, connection_ids: Sequence[str] | None = None) -> list[Target]:
    """The CRMs that a client's leads go to; those named, or all. One that is not there is refused."""
    mine = [_C.c.client_id == client_id, NOT_REMOVED, within(reading.scope, _C.c.client_id)]
    if connection_ids is not None:
        mine.append(_C.c.id.in_(list(connection_ids)))
    rows = reading.rows(
        select(_C.c.id, _C.c.client_id, _C.c.kind, _C.c.name, _T.c.push_when)
        .join(_T, _WITH_TERMS)
        .where(*mine)
        .order_by(_C.c.created_at, _C.c.id)
    )
    found = [Target(row.id, row.client_id, row.kind, row.name, tuple(row.push_when)) for row in rows]
    if connection_ids is not None and {each.connection_id for each in found} != set(connection_ids):
        raise RapportError(NOT_FOUND)
    return found


def target_of(reading: Reading, link_id: str) -> tuple[Target, str]:
    """Where a link leads, and whose it is."""
    mine = (_K.c.id == link_id, within(reading.scope, _K.c.client_id))
    row = reading.one(select(_K.c.connection_id, _K.c.client_id, _K.c.lead_id).where(*mine))
    (found,) = targets(reading, row.client_id, [row.connection_id])
    return found, row.lead_id


def connection(reading: Reading, connection_id: str) -> dict[str, Any]:
    """One connection to a CRM as the API shows it."""
    statement = CRM_CONNECTIONS.base() if CRM_CONNECTIONS.base else select(_C)
    mine = (_C.c.id == connection_id, NOT_REMOVED, within(reading.scope, _C.c.client_id))
    return dict(reading.one(statement.where(*mine))._mapping)


def name_of(reading: Reading, connection_id: str) -> str:
    """What a connection is, or was, called."""
    mine = (_C.c.id == connection_id, within(reading.scope, _C.c.client_id))
    return str(reading.one(select(_C.c.name).where(*mine)).name)


def opening(reading: Reading, connection_id: str) -> tuple[Any, Mapping[str, Any]] | None:
    """A connection and how leads go there; None when it is not there any more."""
    there = (_C.c.id == connection_id, NOT_REMOVED, within(reading.scope, _C.c.client_id))
    connected = reading.rows(select(_C).where(*there)).first()
    if connected is None:
        return None
    terms = reading.one(select(_T).where(_T.c.connection_id == connection_id, within(reading.scope, _T.c.client_id)))
    return connected, dict(terms._mapping)


def link_of_job(reading: Reading, job_id: str) -> str | None:
    """The link that a job is at."""
    mine = (_K.c.job_id == job_id, within(reading.scope, _K.c.client_id))
    found: str | None = reading.rows(select(_K.c.id).where(*mine)).scalar()
    return found


def link(reading: Reading, link_id: str) -> dict[str, Any]:
    """One link as the API shows it, with its notes."""
    row = reading.one(select(*_OF_LINKS).where(_K.c.id == link_id, within(reading.scope, _K.c.client_id)))
    notes = reading.rows(
        select(_N.c.event_id, _N.c.status, _N.c.at, _N.c.synced_at)
        .where(_N.c.link_id == link_id, within(reading.scope, _N.c.client_id))
        .order_by(_N.c.at, _N.c.event_id)
    )
    return {**row._mapping, "notes": [dict(each._mapping) for each in notes]}


def has_link(reading: Reading, connection_id: str, lead_id: str) -> bool:
    """Whether a lead goes to a CRM already."""
    mine = (_K.c.connection_id == connection_id, _K.c.lead_id == lead_id, within(reading.scope, _K.c.client_id))
    return reading.rows(select(_K.c.id).where(*mine)).first() is not None


def names_of(reading: Reading, lead_ids: Sequence[str]) -> dict[str, str]:
    """Leads by their names; one that is not the caller's, or none any more, is refused."""
    found: dict[str, str] = {}
    for start in range(0, len(lead_ids), _CHUNK):
        some = list(lead_ids[start : start + _CHUNK])
        rows = reading.rows(select(_L).where(_L.c.id.in_(some), within(reading.scope, _L.c.client_id)))
        found.update({row.id: shown_name(row._mapping) for row in rows})
    if set(found) != set(lead_ids):
        raise RapportError(NOT_FOUND)
    return found


def live_leads(reading: Reading, client_id: str, lead_ids: Sequence[str]) -> list[str]:
    """Those of the leads that are the client's and still are somebody."""
    mine = (_L.c.client_id == client_id, _L.c.id.in_(list(lead_ids)), within(reading.scope, _L.c.client_id))
    live = (_L.c.erased_at.is_(None), _L.c.merged_into_id.is_(None))
    return list(reading.rows(select(_L.c.id).where(*mine, *live).order_by(_L.c.id)).scalars())


def subject(reading: Reading, link_id: str) -> Subject | None:
    """What a push of this link is about; None when its connection is not there any more."""
    mine = (_K.c.id == link_id, within(reading.scope, _K.c.client_id))
    row = reading.rows(select(_K).where(*mine)).first()
    if row is None:
        return None
    found = opening(reading, row.connection_id)
    if found is None:
        return None
    connected, terms = found
    lead = reading.one(select(_L).where(_L.c.id == row.lead_id, within(reading.scope, _L.c.client_id)))._mapping
    gone = "lead_erased" if lead["erased_at"] is not None else "lead_merged" if lead["merged_into_id"] else None
    return Subject(
        dict(row._mapping),
        terms,
        connected,
        _facts(lead),
        (row.lead_id, *merged_into(reading, row.lead_id)),
        gone,
        tuple(notes_of(reading, link_id)),
    )


def _facts(lead: Mapping[str, Any]) -> dict[str, str | None]:
    url = identity.profile_url(lead["public_identifier"], lead["provider_id"])
    return {name: lead[name] for name in FIELDS if name in lead} | {"profile_url": url}


def notes_of(reading: Reading, link_id: str) -> list[Note]:
    """The notes that wait for a link's contact, the oldest first."""
    mine = (_N.c.link_id == link_id, _N.c.status == NoteStatus.PENDING.value, within(reading.scope, _N.c.client_id))
    names = ("event_id", "message_id", "at", "intent", "intent_at")
    rows = reading.rows(select(*(_N.c[name] for name in names)).where(*mine).order_by(_N.c.at, _N.c.event_id))
    return [Note(**row._mapping) for row in rows]


def written(reading: Reading, message_id: str) -> str | None:
    """What a note says: the words, the score, what they are about; None when the words were taken back."""
    row = reading.rows(
        select(_M.c.text, _M.c.channel, _M.c.at, _M.c.lead_id).where(
            _M.c.id == message_id, _M.c.deleted_at.is_(None), within(reading.scope, _M.c.client_id)
        )
    ).first()
    if row is None or not row.text:
        return None
    lines = [f"Reply on {row.channel}, {row.at:%Y-%m-%d %H:%M} UTC:", row.text]
    score = reading.rows(
        select(_S.c.points, _S.c.temperature).where(_S.c.lead_id == row.lead_id, within(reading.scope, _S.c.client_id))
    ).first()
    if score is not None:
        lines.append(f"Score: {score.points} ({score.temperature})")
    about = reading.rows(
        select(_O.c.name)
        .join(_B, (_B.c.offering_id == _O.c.id) & (_B.c.client_id == _O.c.client_id))
        .where(_B.c.message_id == message_id, _B.c.status.in_(_BELIEVED), within(reading.scope, _B.c.client_id))
        .order_by(_O.c.name)
    ).scalars()
    if names := list(about):
        lines.append(f"About: {', '.join(names)}")
    return "\n\n".join(lines)


def for_n8n(reading: Reading, target: Target, link_id: str) -> tuple[dict[str, Any], str]:
    """What the client's n8n is given to push a lead by, and the fingerprint of it."""
    found = subject(reading, link_id)
    if found is None:
        raise RapportError(NOT_FOUND)
    values = crm_contacts.told(found.facts, holds=FIELDS, needs=(), unknown=False)
    notes = [
        {"event_id": each.event_id, "text": text, "mark": MARK.format(each.event_id), "at": each.at.isoformat()}
        for each in found.notes
        if (text := written(reading, each.message_id)) is not None
    ]
    payload = {
        "connection_id": target.connection_id,
        "link_id": link_id,
        "key": found.link["lead_id"],
        "external_id": found.link["external_id"],
        "fields": values,
        "notes": notes,
    }
    return payload, crm_contacts.fingerprint(values, overwrite=bool(found.terms["overwrite"]))
