"""Reading deliveries: lists, one, whether any is due, and how well each source is heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, func, literal, select

from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.ids import shown_owner
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading, Tx
from rapport.webhooks.models import WebhookDelivery
from rapport.webhooks.statuses import STATUSES, DeliveryStatus

PROCESS = "webhooks.process"
UNMATCHED = "unmatched"
"""The word of a handler that found nobody whom a delivery is about."""
_D = WebhookDelivery.__table__
COLUMNS = [column for column in _D.c if column.name not in ("body", "due_at")]
HAS_BODY = _D.c.body.is_not(None)
_RECENT = 1000


def dump(row: Any) -> dict[str, Any]:
    """One delivery as the API lists it, without its body."""
    shown = dict(row._mapping)
    shown["client_id"] = shown_owner(shown["client_id"])
    return shown


LISTING = Listing(
    name="webhook_deliveries",
    columns=COLUMNS,
    fields={
        "client_id": Field(_D.c.client_id, "id"),
        "account_id": Field(_D.c.account_id, "id"),
        "lead_id": Field(_D.c.lead_id, "id"),
        "external_account_id": Field(_D.c.external_account_id, "text"),
        "external_chat_id": Field(_D.c.external_chat_id, "text"),
        "source": Field(_D.c.source, "text"),
        "kind": Field(_D.c.kind, "text"),
        "status": Field(_D.c.status, "word", STATUSES),
        "word": Field(_D.c.word, "text"),
        "sha256": Field(_D.c.sha256, "text"),
        "duplicate_of": Field(_D.c.duplicate_of, "id"),
        "received_at": Field(_D.c.received_at, "instant"),
        "processed_at": Field(_D.c.processed_at, "instant"),
    },
    sorts={"received_at": _D.c.received_at},
    default_sort="received_at",
    owner=_D.c.client_id,
    key=_D.c.id,
    dump=dump,
)


def seen(reading: Reading, delivery_id: str) -> dict[str, Any]:
    """One delivery with its body as text, whatever bytes it is of."""
    row = reading.one(select(*COLUMNS, _D.c.body).where(_D.c.id == delivery_id, within(reading.scope, _D.c.client_id)))
    shown = dump(row)
    body = shown["body"]
    shown["body"] = bytes(body).decode("utf-8", "replace").replace("\x00", "�") if body is not None else None
    return shown


def get(tx: Tx, delivery_id: str) -> WebhookDelivery:
    """One delivery to be changed, locked."""
    row = tx.session.execute(
        select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update(key_share=True)
    ).scalar()
    if row is None:
        raise RapportError(NOT_FOUND)
    return row


_DUE = Prepared(
    select(literal(1))
    .where(
        _D.c.status == DeliveryStatus.RECEIVED.value,
        _D.c.due_at <= bindparam("now", type_=_D.c.due_at.type),
    )
    .limit(1),
    owner=_D.c.client_id,
)


def any_due(reading: Reading) -> bool:
    """Whether there is a delivery to look at now."""
    return reading.rows(_DUE, now=reading.now).first() is not None


@dataclass(frozen=True, slots=True)
class Hearing:
    """How well one account is heard from one source over some time; without an account, how all are together."""

    source: str
    external_account_id: str | None
    account_id: str | None
    last_received_at: datetime
    deliveries: int
    failed: int
    unreadable: int
    unmatched: int
    duplicates: int
    astray: int
    """Deliveries of what belongs to another address."""


def hearing(reading: Reading, *, since: datetime, source_of: Mapping[str, str], by_account: bool) -> list[Hearing]:
    """What came from each source since then."""
    belongs = case(*((_D.c.kind == kind, literal(source)) for kind, source in source_of.items()), else_=_D.c.source)
    group = [_D.c.source, _D.c.external_account_id] if by_account else [_D.c.source]
    account = _D.c.external_account_id if by_account else literal(None)
    ours = func.max(_D.c.account_id) if by_account else literal(None)
    rows = reading.rows(
        select(
            _D.c.source,
            account,
            ours,
            func.max(_D.c.received_at, type_=_D.c.received_at.type),
            func.count(),
            _count(_D.c.status == DeliveryStatus.FAILED.value),
            _count(_D.c.status == DeliveryStatus.UNREADABLE.value),
            _count(_D.c.word == UNMATCHED),
            _count(_D.c.duplicate_of.is_not(None)),
            _count(belongs != _D.c.source),
        )
        .where(_D.c.received_at >= since, within(reading.scope, _D.c.client_id))
        .group_by(*group)
        .order_by(*group)
    )
    return [Hearing(*row) for row in rows]


def _count(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def lags(reading: Reading, *, since: datetime, source: str) -> Sequence[tuple[timedelta | None, timedelta | None]]:
    """Of the newest decided deliveries of a source: how long after its fact each came, and how long until decided."""
    rows = reading.rows(
        select(_D.c.happened_at, _D.c.received_at, _D.c.processed_at)
        .where(
            _D.c.source == source,
            _D.c.received_at >= since,
            _D.c.processed_at.is_not(None),
            _D.c.duplicate_of.is_(None),
            within(reading.scope, _D.c.client_id),
        )
        .order_by(_D.c.received_at.desc())
        .limit(_RECENT)
    )
    return [
        (row.received_at - row.happened_at if row.happened_at else None, row.processed_at - row.received_at)
        for row in rows
    ]


def last_received(reading: Reading, *, external_account_id: str, source: str) -> datetime | None:
    """When something last came from a source of one account."""
    found: datetime | None = reading.rows(
        select(func.max(_D.c.received_at, type_=_D.c.received_at.type)).where(
            _D.c.external_account_id == external_account_id,
            _D.c.source == source,
            within(reading.scope, _D.c.client_id),
        )
    ).scalar()
    return found


def waiting(reading: Reading) -> tuple[int, datetime | None]:
    """How many deliveries are not decided yet, and when the oldest of them came."""
    row = reading.rows(
        select(func.count(), func.min(_D.c.received_at, type_=_D.c.received_at.type)).where(
            _D.c.status == DeliveryStatus.RECEIVED.value, within(reading.scope, _D.c.client_id)
        )
    ).one()
    return row[0], row[1]
