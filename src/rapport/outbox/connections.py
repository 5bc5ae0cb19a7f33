"""Connections: added, changed, given another secret, removed, declared well again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import select, update

from rapport.kernel import signatures
from rapport.kernel.crypto import Keys
from rapport.kernel.errors import CONNECTION_STATE, NOT_FOUND, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.outbox import events, health
from rapport.outbox.claim import open_secret, purpose_of
from rapport.outbox.models import Connection, Delivery
from rapport.outbox.words import OPEN, Channel, ConnectionStatus, CrmKind, DeliveryStatus
from rapport.rules.addresses import problem_of
from rapport.rules.delivering import Schedule

OVERLAP = timedelta(hours=24)
"""How long the secret before signs as well."""
_REASON = "connection_removed"


def get(tx: Tx, connection_id: str) -> Connection:
    """A connection to be changed, locked."""
    found = find(tx, connection_id)
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def find(tx: Tx, connection_id: str) -> Connection | None:
    """The same, or None when it is not there any more."""
    return tx.session.execute(
        select(Connection)
        .where(Connection.id == connection_id, Connection.removed_at.is_(None))
        .with_for_update(key_share=True)
    ).scalar()


def add(
    tx: Tx, keys: Keys, *, client_id: str, kind: Channel, name: str, given: Mapping[str, Any], insecure: bool
) -> tuple[Connection, str | None]:
    """The connection and, of a webhook endpoint, its secret: nobody sees that again."""
    address, secret = _opened(kind, given, insecure=insecure)
    connection = connect(tx, keys, client_id=client_id, kind=kind, name=name, address=address, secret=secret)
    connection.event_types = list(given.get("event_types") or ())
    connection.schedule = given.get("schedule") or Schedule.STANDARD.value
    return connection, secret.get("secret")


def connect(
    tx: Tx, keys: Keys, *, client_id: str, kind: Channel | CrmKind, name: str, address: str, secret: Mapping[str, str]
) -> Connection:
    """A connection of any kind; what opens it is sealed. `address` is what of it may be shown."""
    connection = Connection(
        id=tx.new_id(),
        client_id=client_id,
        kind=kind.value,
        name=name,
        address=address,
        event_types=[],
        schedule=Schedule.STANDARD.value,
        status=ConnectionStatus.OK.value,
        dead_in_a_row=0,
        created_at=tx.now,
    )
    _seal(keys, connection, secret)
    tx.session.add(connection)
    tx.emit(events.CONNECTED, client_id=client_id, data={"name": name, "kind": kind.value, **_id(connection)})
    return connection


def reopen(keys: Keys, connection: Connection, *, address: str, secret: Mapping[str, str]) -> None:
    """It is somewhere else now, or opened by something else."""
    connection.address = address
    _seal(keys, connection, secret)


def change(tx: Tx, keys: Keys, connection: Connection, changes: Mapping[str, Any], *, insecure: bool) -> None:
    """Change what is named. Another address or key keeps everything else; a webhook's secret stays as it is."""
    told = sorted(changes)
    opening = {name: value for name, value in changes.items() if name in ("url", "token", "chat_id")}
    if opening:
        kind = channel_of(connection)
        before = open_secret(connection, keys, tx.now)
        known = {"chat_id": connection.address, "url": connection.address, **before}
        address, secret = _opened(kind, known | opening, insecure=insecure)
        kept = {name: before[name] for name in ("secret", "previous") if name in before}
        connection.address = address
        _seal(keys, connection, secret | kept)
    for name in ("name", "event_types", "schedule"):
        if name in changes:
            setattr(connection, name, changes[name])
    if "enabled" in changes:
        _switch(connection, enabled=changes["enabled"])
    if told:
        data = {"name": connection.name, "fields": ", ".join(told), **_id(connection)}
        tx.emit(events.CHANGED, client_id=connection.client_id, data=data)


def rotate(tx: Tx, keys: Keys, connection: Connection) -> str:
    """A new secret for a webhook endpoint; for a day the one before signs as well."""
    if connection.kind != Channel.WEBHOOK.value:
        raise RapportError(CONNECTION_STATE, "Only webhook endpoints have a secret of ours.")
    before = open_secret(connection, keys, tx.now)
    secret = signatures.new_secret()
    _seal(keys, connection, {"secret": secret, "previous": before["secret"]})
    connection.previous_until = tx.now + OVERLAP
    tx.emit(events.ROTATED, client_id=connection.client_id, data={"name": connection.name, **_id(connection)})
    return secret


def remove(tx: Tx, connection: Connection) -> None:
    """Forget how it is opened; what still waits for it is kept as skipped, and what was is kept as it is."""
    connection.removed_at, connection.sealed, connection.previous_until = tx.now, None, None
    tx.session.execute(
        update(Delivery)
        .where(Delivery.connection_id == connection.id, Delivery.status.in_(OPEN))
        .values(
            status=DeliveryStatus.SKIPPED.value,
            reason=_REASON,
            settled_at=tx.now,
            next_attempt_at=None,
            lease_token=None,
            digest_at=None,
        )
        .execution_options(synchronize_session=False)
    )
    tx.emit(events.REMOVED, client_id=connection.client_id, data={"name": connection.name, **_id(connection)})


def channel_of(connection: Connection) -> Channel:
    """How deliveries go there; refused for what none goes to."""
    if connection.kind in set(CrmKind):
        raise RapportError(CONNECTION_STATE, "No delivery goes there: see to it at /crm/connections.")
    return Channel(connection.kind)


def recover(tx: Tx, connection: Connection) -> None:
    """Somebody says that it takes deliveries again."""
    health.recover(tx, connection)


def _switch(connection: Connection, *, enabled: bool) -> None:
    is_off = connection.status == ConnectionStatus.DISABLED.value
    if enabled and is_off:
        connection.status, connection.status_reason = ConnectionStatus.OK.value, None
        connection.dead_in_a_row, connection.failing_since = 0, None
    elif not enabled and not is_off:
        connection.status, connection.status_reason = ConnectionStatus.DISABLED.value, "switched_off"


def _opened(kind: Channel, given: Mapping[str, Any], *, insecure: bool) -> tuple[str, dict[str, str]]:
    """Where it is, as far as that may be shown, and what opens it."""
    match kind:
        case Channel.WEBHOOK:
            return _url(given, insecure=insecure), {"secret": signatures.new_secret()}
        case Channel.SLACK:
            url = _url(given, insecure=insecure)
            return _without_its_secret(url), {"url": url}
        case _:
            if not given.get("token") or not given.get("chat_id"):
                raise field_error("chat_id" if given.get("token") else "token", "Is needed for Telegram.")
            return str(given["chat_id"]), {"token": str(given["token"])}


def _url(given: Mapping[str, Any], *, insecure: bool) -> str:
    url = given.get("url")
    if not url:
        raise field_error("url", "Is needed for a connection of this kind.")
    if (problem := problem_of(str(url), insecure=insecure)) is not None:
        raise field_error("url", problem)
    return str(url)


def _without_its_secret(url: str) -> str:
    """Slack's address as it may be shown: whoever knows its end may post."""
    return f"{url.rpartition('/')[0]}/…"


def _seal(keys: Keys, connection: Connection, secret: Mapping[str, str]) -> None:
    connection.sealed = keys.seal(orjson.dumps(dict(secret)), purpose=purpose_of(connection.id))


def _id(connection: Connection) -> dict[str, str]:
    return {"connection_id": connection.id}


def renew_seals(tx: Tx, keys: Keys) -> int:
    """Seal every secret under the root there is now; answers how many were not yet."""
    renewed = 0
    for each in tx.session.execute(
        select(Connection).where(Connection.sealed.is_not(None)).with_for_update(key_share=True)
    ).scalars():
        found = keys.renewed(each.sealed or b"", purpose=purpose_of(each.id))
        if found is not None:
            each.sealed = found
            renewed += 1
    return renewed
