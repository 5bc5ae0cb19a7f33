"""Claiming a delivery: one that is due, at the pace its channel takes, under a lease that nobody else holds.

The claim counts as an attempt and writes it down before anything leaves, so that a delivery which kills its worker
runs out of attempts like any other. One receiver has at most two at a time: who hangs does not hold up the others.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from sqlalchemy import ColumnElement, bindparam, case, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from rapport.kernel.crypto import Keys
from rapport.kernel.db import is_one_of
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Reading, Tx
from rapport.outbox import pacing, stops
from rapport.outbox.ending import connection_of, dead, end
from rapport.outbox.models import Connection, Delivery, DeliveryAttempt, Pace
from rapport.outbox.words import OPEN, AttemptOutcome, Channel, DeliveryStatus
from rapport.ports.carriers import Letter
from rapport.rules.delivering import Schedule, waits_of

_D = Delivery.__table__
_P = Pace.__table__
_AT_ONCE = 2
_PACES = {Channel.SLACK: timedelta(seconds=1), Channel.TELEGRAM: timedelta(seconds=1)}
"""Between two messages to one channel or chat."""
INTERRUPTED = "interrupted"
_SURE_FOR = timedelta(hours=23)
"""How long a repetition of the same email is recognised by its key: the provider says 24 hours."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery under a lease, and what is needed to carry it."""

    delivery_id: str
    token: str
    channel: Channel
    letter: Letter
    n: int
    look_up_since: datetime | None
    """It may have arrived so long ago that it must be looked up before it is sent again."""


def soonest(reading: Reading) -> datetime | None:
    """When the next delivery is due, or the next that waits for its channel."""
    found = reading.rows(_SOONEST, now=reading.now).one()
    return min(filter(None, (found.at, found.free_at)), default=None)


_NOW: ColumnElement[datetime] = bindparam("now", type_=_P.c.free_at.type)
_WAITS = (is_one_of(_D.c.status, *OPEN), _D.c.digest_at.is_(None))
_HELD_BACK = select(_P.c.key).where(_P.c.key == _D.c.pace_key, _P.c.free_at > _NOW).exists()
_NEXT_DUE = (
    select(_D.c.next_attempt_at).where(*_WAITS, ~_HELD_BACK).order_by(_D.c.next_attempt_at).limit(1).scalar_subquery()
)
_NEXT_FREE = (
    select(func.min(_P.c.free_at, type_=_P.c.free_at.type))
    .select_from(_P)
    .join(_D, _D.c.pace_key == _P.c.key)
    .where(_P.c.free_at > _NOW, *_WAITS)
    .scalar_subquery()
)
_UNLESS_DUE: ColumnElement[datetime] = case((_NEXT_DUE <= _NOW, None), else_=_NEXT_FREE)
_SOONEST = Prepared(
    select(_NEXT_DUE.label("at"), type_coerce(_UNLESS_DUE, _P.c.free_at.type).label("free_at")), owner=None
)
"""Of all clients. While anything is due, what waits for its channel is not asked for."""


def claim(tx: Tx, *, lease: timedelta, mail_interval: timedelta, keys: Keys) -> Claimed | None:
    """The delivery that is longest due, or None."""
    row = tx.session.execute(
        select(Delivery)
        .where(*_waiting(tx.now), Delivery.next_attempt_at <= tx.now, _has_room(tx.now))
        .order_by(Delivery.next_attempt_at, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    ).scalar()
    if row is None or _is_stopped(tx, row) or not _take_pace(tx, row, mail_interval):
        return None
    if row.lease_token is not None and not _goes_on(tx, row):
        return None
    row.attempts += 1
    row.tries += 1
    row.lease_token = secrets.token_urlsafe(24)
    row.next_attempt_at = tx.now + lease
    attempt = DeliveryAttempt(delivery_id=row.id, n=row.tries, client_id=row.client_id, started_at=tx.now)
    tx.session.add(attempt)
    since = row.uncertain_since
    look_up = since if since is not None and since + _SURE_FOR <= tx.now else None
    letter = Letter(row.id, row.recipient, row.headers, row.body, _secret(tx, row, keys))
    return Claimed(row.id, row.lease_token, Channel(row.channel), letter, row.tries, look_up)


def open_secret(connection: Connection, keys: Keys, now: datetime) -> dict[str, str]:
    """What opens a connection; the secret before only for as long as it still signs."""
    if connection.sealed is None:
        return {}
    found: dict[str, str] = orjson.loads(keys.open(connection.sealed, purpose=purpose_of(connection.id)))
    if connection.previous_until is None or connection.previous_until <= now:
        found.pop("previous", None)
    return found


def purpose_of(connection_id: str) -> str:
    """What the secret of a connection is sealed for: that of another does not open it."""
    return f"connection:{connection_id}"


def _waiting(now: datetime) -> list[ColumnElement[bool]]:
    held_back = select(Pace.key).where(Pace.key == Delivery.pace_key, Pace.free_at > now).exists()
    return [is_one_of(Delivery.status, *OPEN), Delivery.digest_at.is_(None), ~held_back]


def _has_room(now: datetime) -> ColumnElement[bool]:
    other = aliased(Delivery)
    at_it = (
        select(func.count())
        .where(
            other.connection_id == Delivery.connection_id, other.lease_token.is_not(None), other.next_attempt_at > now
        )
        .scalar_subquery()
    )
    return or_(Delivery.connection_id.is_(None), at_it < _AT_ONCE)


def _is_stopped(tx: Tx, row: Delivery) -> bool:
    """Whether whoever a mail goes to has wanted no more, or can get none, since it was written: then it is skipped."""
    if row.channel != Channel.EMAIL.value:
        return False
    against = stops.against(tx, row.client_id, row.recipient, row.event_type)
    if against is not None:
        end(tx, row, DeliveryStatus.SKIPPED, against)
    return against is not None


def _take_pace(tx: Tx, row: Delivery, mail_interval: timedelta) -> bool:
    """Take the next place in the channel's pace; False when another took it just now."""
    channel = Channel(row.channel)
    interval = mail_interval if channel is Channel.EMAIL else _PACES.get(channel)
    if interval is None:
        return True
    return pacing.take(tx, row.pace_key, interval)


def _goes_on(tx: Tx, row: Delivery) -> bool:
    """Whoever was at it is gone, and nobody knows how far they came; whether it may be tried once more."""
    attempt = tx.session.get_one(DeliveryAttempt, (row.id, row.tries))
    attempt.ended_at, attempt.outcome, attempt.error = tx.now, AttemptOutcome.INTERRUPTED.value, INTERRUPTED
    row.uncertain_since = row.uncertain_since or attempt.started_at
    if row.attempts <= len(waits_of(Schedule(row.schedule))):
        return True
    dead(tx, row, connection_of(tx, row), INTERRUPTED)
    return False


def _secret(tx: Tx, row: Delivery, keys: Keys) -> dict[str, str]:
    if row.connection_id is None:
        return {}
    return open_secret(tx.session.get_one(Connection, row.connection_id), keys, tx.now)
