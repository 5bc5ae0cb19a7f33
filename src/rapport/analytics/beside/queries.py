"""Reading what the rooms below say of this moment: what is on its way, who waits, how deliveries fare."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from rapport.analytics.queries import Numbers
from rapport.conversations.models import Conversation, ConversationCount
from rapport.events.models import Event, EventCursor, EventStream
from rapport.inbox.models import Wait
from rapport.jobs.models import Job, JobStatus
from rapport.kernel.db import is_one_of
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead
from rapport.outbox.models import Delivery
from rapport.outbox.words import Channel, DeliveryStatus
from rapport.sending.models import Action, in_states
from rapport.sending.states import State

_E, _STREAM, _CURSOR = Event.__table__, EventStream.__table__, EventCursor.__table__
_A, _N, _C, _W, _L, _D, _J = (
    each.__table__ for each in (Action, ConversationCount, Conversation, Wait, Lead, Delivery, Job)
)
_PIECE = 500
FORECAST = "analytics.forecast"
"""The type of the job whose result is a forecast."""


def since(reading: Reading, client_id: str, at: datetime, types: Sequence[str]) -> Numbers:
    """How often something of some types happened since an instant: the log is read from its end, as far as needed."""
    found = dict.fromkeys(types, 0)
    before = None
    while True:
        statement = select(_E.c.seq, _E.c.type, _E.c.occurred_at, _E.c.recorded_at).where(
            _E.c.client_id == client_id, within(reading.scope, _E.c.client_id)
        )
        if before is not None:
            statement = statement.where(_E.c.seq < before)
        rows = reading.rows(statement.order_by(_E.c.seq.desc()).limit(_PIECE)).all()
        for row in rows:
            if row.type in found and row.occurred_at >= at:
                found[row.type] += 1
        if len(rows) < _PIECE or rows[-1].recorded_at < at:
            return found
        before = rows[-1].seq


def on_their_way(reading: Reading, client_id: str) -> Numbers:
    """How many actions of a client have begun and not ended, by where they stand."""
    states = (State.CLAIMED, State.CALLING, State.UNCERTAIN)
    statement = (
        select(_A.c.state, func.count().label("many"))
        .where(in_states(*states), _A.c.client_id == client_id, within(reading.scope, _A.c.client_id))
        .group_by(_A.c.state)
    )
    return {state.value: 0 for state in states} | {row.state: row.many for row in reading.rows(statement)}


def behind(reading: Reading, consumer: str, client_id: str) -> tuple[int, datetime | None]:
    """How many events of a client are not counted yet, and when the oldest of them was told."""
    last = reading.rows(select(_STREAM.c.seq).where(_STREAM.c.client_id == client_id)).scalar() or 0
    cursor = select(_CURSOR.c.seq).where(_CURSOR.c.consumer == consumer, _CURSOR.c.client_id == client_id)
    counted = reading.rows(cursor).scalar() or 0
    if counted >= last:
        return 0, None
    oldest = select(_E.c.recorded_at).where(
        _E.c.client_id == client_id, _E.c.seq == counted + 1, within(reading.scope, _E.c.client_id)
    )
    return last - counted, reading.rows(oldest).scalar()


def threads(reading: Reading, client_id: str | None) -> Numbers:
    """How many conversations are open, unread and waiting for us."""
    names = ("open", "unread", "waiting")
    statement = select(*(func.coalesce(func.sum(_N.c[name]), 0).label(name) for name in names)).where(
        within(reading.scope, _N.c.client_id)
    )
    if client_id is not None:
        statement = statement.where(_N.c.client_id == client_id)
    row = reading.rows(statement).one()
    return {name: int(getattr(row, name)) for name in names}


def oldest_unread(reading: Reading, client_id: str) -> datetime | None:
    """When the word came that has been unread for longest, of the conversations with something unread."""
    statement = select(func.min(_C.c.last_inbound_at, type_=_C.c.last_inbound_at.type)).where(
        _C.c.client_id == client_id, _C.c.unread_count > 0, within(reading.scope, _C.c.client_id)
    )
    found: datetime | None = reading.rows(statement).scalar()
    return found


def waits(reading: Reading, client_id: str, since_at: datetime, until: datetime) -> list[Any]:
    """The waits for an answer that began in a period: since when, until when, and whether they took too long."""
    statement = select(_W.c.since, _W.c.ended_at, _W.c.due_at, _W.c.warned_at, _W.c.breached_at).where(
        _W.c.client_id == client_id,
        _W.c.since >= since_at,
        _W.c.since < until,
        within(reading.scope, _W.c.client_id),
    )
    return list(reading.rows(statement).all())


def leads(reading: Reading, client_id: str) -> int:
    """How many leads a client has."""
    statement = select(func.count()).where(
        _L.c.client_id == client_id,
        _L.c.erased_at.is_(None),
        _L.c.merged_into_id.is_(None),
        within(reading.scope, _L.c.client_id),
    )
    return int(reading.rows(statement).scalar_one())


def webhooks_since(reading: Reading, client_id: str, at: datetime) -> tuple[int, int]:
    """How many webhooks of a client arrived since an instant, and how many ended at all."""
    arrived, dead = (DeliveryStatus.SENT.value, DeliveryStatus.DELIVERED.value), DeliveryStatus.DEAD.value
    statement = (
        select(_D.c.status, func.count().label("many"))
        .where(
            _D.c.client_id == client_id,
            _D.c.channel == Channel.WEBHOOK.value,
            _D.c.settled_at >= at,
            is_one_of(_D.c.status, *arrived, dead),
            within(reading.scope, _D.c.client_id),
        )
        .group_by(_D.c.status)
    )
    found = {row.status: int(row.many) for row in reading.rows(statement)}
    return sum(found.get(word, 0) for word in arrived), sum(found.values())


def last_forecast(reading: Reading, campaign_id: str) -> dict[str, Any] | None:
    """What the last job that forecast a campaign found."""
    statement = (
        select(_J.c.result)
        .where(
            _J.c.entity_type == "campaign",
            _J.c.entity_id == campaign_id,
            _J.c.type == FORECAST,
            _J.c.status == JobStatus.COMPLETED.value,
            _J.c.archived_at.is_(None),
            within(reading.scope, _J.c.client_id),
        )
        .order_by(_J.c.completed_at.desc(), _J.c.id.desc())
        .limit(1)
    )
    found: dict[str, Any] | None = reading.rows(statement).scalar()
    return found
