"""Connecting a client's CRM: what opens it is sealed, and how leads go there is kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.crm import events, queries
from rapport.crm.models import CrmTerms
from rapport.crm.words import PushWhen, SalesforceObject
from rapport.jobs.enqueue import enqueue
from rapport.jobs.registry import JobType
from rapport.kernel.crypto import Keys
from rapport.kernel.errors import CONNECTION_STATE, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.outbox import connections
from rapport.outbox.claim import open_secret
from rapport.outbox.words import CrmKind

TEST = JobType(
    "crm.test", "Asks a client's CRM whether it lets us in, and sees to the field of our key.", max_retries=0
)
_OPENS: Mapping[CrmKind, tuple[str, ...]] = {
    CrmKind.HUBSPOT: ("token",),
    CrmKind.PIPEDRIVE: ("token", "domain"),
    CrmKind.SALESFORCE: ("key", "key_secret", "domain"),
    CrmKind.N8N: (),
}
"""What opens a CRM of each kind; `domain` says where it is, and may be shown."""
_OPENING = ("token", "key", "key_secret", "domain")
_TERMS = ("object", "overwrite", "unknown_names", "push_when")


def connect(tx: Tx, keys: Keys, *, client_id: str, kind: CrmKind, name: str, given: Mapping[str, Any]) -> str:
    """The id of the connection; a job tries it out at once."""
    address, secret = _opened(kind, given)
    connection = connections.connect(
        tx, keys, client_id=client_id, kind=kind, name=name, address=address, secret=secret
    )
    tx.session.flush()
    terms = CrmTerms(
        connection_id=connection.id,
        client_id=client_id,
        object=_object(kind, given.get("object")),
        overwrite=bool(given.get("overwrite")),
        unknown_names=bool(given.get("unknown_names")),
        push_when=given.get("push_when", [each.value for each in PushWhen]),
    )
    tx.session.add(terms)
    tx.session.flush()
    if kind is not CrmKind.N8N:
        test(tx, connection.id)
    return connection.id


def change(tx: Tx, keys: Keys, connection_id: str, changes: Mapping[str, Any]) -> None:
    """Change what is named. Another CRM calls the field of our key by another name, perhaps."""
    terms = _terms(tx, connection_id)
    connection = connections.get(tx, connection_id)
    kind = CrmKind(connection.kind)
    opening = {name: changes[name] for name in _OPENING if name in changes}
    if opening:
        before = open_secret(connection, keys, tx.now)
        address, secret = _opened(kind, {**_shown_names(before), **opening})
        connections.reopen(keys, connection, address=address, secret=secret)
        terms.field = terms.free_at = terms.free_reason = None
    told = sorted(name for name in _TERMS if name in changes)
    for name in told:
        setattr(terms, name, _object(kind, changes[name]) if name == "object" else changes[name])
    connections.change(
        tx, keys, connection, {name: changes[name] for name in ("name", "enabled") if name in changes}, insecure=False
    )
    if told or opening:
        data = {"name": connection.name, "fields": ", ".join([*told, *sorted(opening)]), "connection_id": connection.id}
        tx.emit(events.TERMS, client_id=connection.client_id, data=data)


def remove(tx: Tx, connection_id: str) -> None:
    """Forget how it is opened. What its CRM knows of leads stays there, and the links stay to be read."""
    _terms(tx, connection_id)
    connections.remove(tx, connections.get(tx, connection_id))


def test(tx: Tx, connection_id: str) -> str:
    """The job that tries it out."""
    _terms(tx, connection_id)
    connection = connections.get(tx, connection_id)
    if connection.kind == CrmKind.N8N.value:
        raise RapportError(CONNECTION_STATE, "n8n asks for its work: there is nothing here to be let into.")
    job, _ = enqueue(
        tx,
        TEST,
        client_id=connection.client_id,
        payload={"connection_id": connection_id},
        entity=("connection", connection_id),
        entity_label=connection.name,
        dedupe_key=f"crm.test:{connection_id}",
    )
    return job.id


def tested(tx: Tx, connection_id: str, field: str | None, trouble: str | None) -> dict[str, Any]:
    """Write what the CRM said."""
    connection = connections.get(tx, connection_id)
    terms = _terms(tx, connection_id)
    connection.last_error = trouble[:200] if trouble is not None else None
    if field is not None:
        connection.last_ok_at = tx.now
        terms.field, terms.free_at, terms.free_reason = field, None, None
    return {"ok": field is not None, "field": field, "error": trouble}


def _terms(tx: Tx, connection_id: str) -> CrmTerms:
    queries.connection(tx, connection_id)  # refuses what is none, or is not there any more
    return tx.session.get_one(CrmTerms, connection_id)


def _opened(kind: CrmKind, given: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Where it is, as far as that may be shown, and what opens it."""
    for name in _OPENS[kind]:
        if not given.get(name):
            raise field_error(name, f"Is needed for {kind.value}.")
    secret = {_STORED.get(name, name): str(given[name]) for name in _OPENS[kind]}
    return str(given.get("domain") or kind.value), secret


_STORED = {"key": "client_id", "key_secret": "client_secret"}
"""What the CRM itself calls it; in a body of ours `client_id` is the client."""


def _shown_names(secret: Mapping[str, str]) -> dict[str, str]:
    back = {theirs: ours for ours, theirs in _STORED.items()}
    return {back.get(name, name): value for name, value in secret.items()}


def _object(kind: CrmKind, given: str | None) -> str | None:
    if kind is not CrmKind.SALESFORCE:
        return None
    return given or SalesforceObject.CONTACT.value
