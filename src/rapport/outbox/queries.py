"""Reading connections, deliveries and their attempts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from rapport.kernel.db import is_one_of
from rapport.kernel.ids import shown_owner
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.outbox.models import Connection, Delivery, DeliveryAttempt, MailStop, MailTrace
from rapport.outbox.words import (
    KINDS,
    OPEN,
    Channel,
    ConnectionStatus,
    DeliveryStatus,
    MailTopic,
    StopReason,
)

_C, _D, _A = Connection.__table__, Delivery.__table__, DeliveryAttempt.__table__
_S, _T = MailStop.__table__, MailTrace.__table__
TRACED = tuple(column.name for column in _T.c if column.name.endswith("_at"))
"""What the provider tells of a mail, from the first to the last that may be said of it."""
_HIDDEN_OF_CONNECTION = {"sealed", "removed_at"}
_HIDDEN = {"body", "headers", "lease_token", "dedupe_key", "pace_key", "digest_key", "queued_at"}
CONNECTION_COLUMNS = [column for column in _C.c if column.name not in _HIDDEN_OF_CONNECTION]
COLUMNS = [column for column in _D.c if column.name not in _HIDDEN]
ATTEMPT_COLUMNS = [column for column in _A.c if column.name not in {"client_id", "delivery_id"}]
NOT_REMOVED: ColumnElement[bool] = _C.c.removed_at.is_(None)


def _shown(row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    shown["client_id"] = shown_owner(shown["client_id"])
    return shown


CONNECTIONS = Listing(
    name="connections",
    columns=CONNECTION_COLUMNS,
    fields={
        "client_id": Field(_C.c.client_id, "id"),
        "kind": Field(_C.c.kind, "word", tuple(each.value for each in KINDS)),
        "status": Field(_C.c.status, "word", tuple(each.value for each in ConnectionStatus)),
        "name": Field(_C.c.name, "text"),
    },
    sorts={"created_at": _C.c.created_at},
    default_sort="created_at",
    owner=_C.c.client_id,
    key=_C.c.id,
    dump=_shown,
)

DELIVERIES = Listing(
    name="outgoing",
    columns=COLUMNS,
    fields={
        "client_id": Field(_D.c.client_id, "id"),
        "channel": Field(_D.c.channel, "word", tuple(each.value for each in Channel)),
        "status": Field(_D.c.status, "word", tuple(each.value for each in DeliveryStatus)),
        "connection_id": Field(_D.c.connection_id, "id"),
        "rule_id": Field(_D.c.rule_id, "id"),
        "event_id": Field(_D.c.event_id, "id"),
        "event_type": Field(_D.c.event_type, "text"),
        "conversation_id": Field(_D.c.conversation_id, "id"),
        "recipient": Field(_D.c.recipient, "text"),
        "reason": Field(_D.c.reason, "text"),
        "created_at": Field(_D.c.created_at, "instant"),
        "settled_at": Field(_D.c.settled_at, "instant"),
    },
    sorts={"created_at": _D.c.created_at},
    default_sort="created_at",
    owner=_D.c.client_id,
    key=_D.c.id,
    dump=_shown,
)

STOPS = Listing(
    name="mail_stops",
    columns=list(_S.c),
    fields={
        "client_id": Field(_S.c.client_id, "id"),
        "email": Field(_S.c.email, "text"),
        "topic": Field(_S.c.topic, "word", tuple(each.value for each in MailTopic)),
        "reason": Field(_S.c.reason, "word", tuple(each.value for each in StopReason)),
    },
    sorts={"created_at": _S.c.created_at},
    default_sort="created_at",
    owner=_S.c.client_id,
    key=_S.c.id,
)

DEAD: ColumnElement[bool] = _D.c.status == DeliveryStatus.DEAD.value
OF_RULES: ColumnElement[bool] = _D.c.digest_key.is_not(None)


def connection(reading: Reading, connection_id: str) -> dict[str, Any]:
    """One connection as the API shows it."""
    row = reading.one(
        select(*CONNECTION_COLUMNS).where(_C.c.id == connection_id, NOT_REMOVED, within(reading.scope, _C.c.client_id))
    )
    return _shown(row)


def address_of(reading: Reading, connection_id: str) -> str:
    """Where a connection is, or was: what is written for a removed one is kept as skipped."""
    found = reading.rows(select(_C.c.address).where(_C.c.id == connection_id, within(reading.scope, _C.c.client_id)))
    return str(found.scalar_one())


def delivery(reading: Reading, delivery_id: str) -> dict[str, Any]:
    """One delivery with its text and every attempt."""
    row = reading.one(select(*COLUMNS, _D.c.body).where(_D.c.id == delivery_id, within(reading.scope, _D.c.client_id)))
    shown = _shown(row)
    shown["body"] = shown["body"].decode("utf-8", "replace")
    shown["attempts_made"] = attempts(reading, delivery_id)
    return shown


def attempts(reading: Reading, delivery_id: str) -> list[dict[str, Any]]:
    """Every attempt of a delivery, the first one first."""
    rows = reading.rows(
        select(*ATTEMPT_COLUMNS)
        .where(_A.c.delivery_id == delivery_id, within(reading.scope, _A.c.client_id))
        .order_by(_A.c.n)
    )
    return [dict(row._mapping) for row in rows]


def mails(reading: Reading, ids: Sequence[str]) -> list[dict[str, Any]]:
    """To whom mails went, where they stand, and when each thing that the provider tells of them happened first."""
    traced = [_T.c[name] for name in TRACED]
    statement = (
        select(_D.c.id, _D.c.recipient, _D.c.status, _D.c.reason, _D.c.settled_at, *traced)
        .outerjoin(_T, (_T.c.delivery_id == _D.c.id) & (_T.c.client_id == _D.c.client_id))
        .where(_D.c.id.in_(ids), within(reading.scope, _D.c.client_id))
        .order_by(_D.c.recipient, _D.c.id)
    )
    return [dict(row._mapping) for row in reading.rows(statement)]


def counts(reading: Reading, client_id: str | None) -> dict[str, int]:
    """How many deliveries stand where, of one client or of all in reach."""
    mine = [_D.c.client_id == client_id] if client_id is not None else []
    rows = reading.rows(
        select(_D.c.status, func.count()).where(*mine, within(reading.scope, _D.c.client_id)).group_by(_D.c.status)
    )
    return dict.fromkeys((each.value for each in DeliveryStatus), 0) | {row[0]: row[1] for row in rows}


def told_lately(reading: Reading, key: str, since: datetime) -> tuple[list[datetime], datetime | None]:
    """When deliveries of a key left lately, and when those leave together that wait for it."""
    rows = reading.rows(
        select(_D.c.queued_at, _D.c.digest_at)
        .where(
            _D.c.digest_key == key,
            _D.c.created_at > since,
            _D.c.status != DeliveryStatus.SKIPPED.value,
            within(reading.scope, _D.c.client_id),
        )
        .order_by(_D.c.queued_at)
    ).all()
    waiting = [row.digest_at for row in rows if row.digest_at is not None]
    return [row.queued_at for row in rows if row.digest_at is None], min(waiting, default=None)


def waiting_together(reading: Reading, now: Any) -> list[tuple[str, str]]:
    """Client and key of the groups whose time has come to be told together."""
    rows = reading.rows(
        select(_D.c.client_id, _D.c.digest_key)
        .where(is_one_of(_D.c.status, *OPEN), _D.c.digest_at <= now, within(reading.scope, _D.c.client_id))
        .distinct()
        .order_by(_D.c.client_id, _D.c.digest_key)
    )
    return [(row.client_id, row.digest_key) for row in rows]
