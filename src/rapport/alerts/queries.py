"""Measuring the service's work of the last minutes, and reading how alerts stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from rapport.alerts.models import Alert
from rapport.crm.models import CrmLink, CrmTerms
from rapport.crm.words import LinkStatus
from rapport.jobs.models import Job, JobStatus
from rapport.kernel.db import is_one_of
from rapport.kernel.ids import shown_owner
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.outbox.models import Connection, Delivery, DeliveryAttempt, Pace
from rapport.outbox.words import OPEN, AttemptOutcome, Channel
from rapport.rules.alerting import p95, share
from rapport.sending.models import Action
from rapport.sending.states import SettledBy, State
from rapport.webhooks.models import WebhookDelivery

_A, _D, _T = Alert.__table__, Delivery.__table__, DeliveryAttempt.__table__
_J, _W, _S, _C = Job.__table__, WebhookDelivery.__table__, Action.__table__, Connection.__table__
_K, _M, _P = CrmLink.__table__, CrmTerms.__table__, Pace.__table__
LEAST = 10
"""Of fewer nothing is said: one failure of two is no rate."""
MOST = 5000
_BAD = (AttemptOutcome.FAILED.value, AttemptOutcome.REFUSED.value, AttemptOutcome.INTERRUPTED.value)


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and by how many it was measured."""

    value: float | None
    of: int


def carried(reading: Reading, since: datetime) -> dict[str, tuple[int, int]]:
    """Channel → attempts that ended since then, and how many of them brought nothing there."""
    bad = func.sum(case((_T.c.outcome.in_(_BAD), 1), else_=0))
    rows = reading.rows(
        select(_D.c.channel, func.count(), bad)
        .join_from(_T, _D, (_D.c.id == _T.c.delivery_id) & (_D.c.client_id == _T.c.client_id))
        .where(_T.c.started_at >= since, _T.c.outcome.is_not(None), within(reading.scope, _T.c.client_id))
        .group_by(_D.c.channel)
    )
    return {row[0]: (row[1], int(row[2])) for row in rows}


def to_unipile(reading: Reading, since: datetime) -> tuple[int, int]:
    """Sends that were called since then, and how many of them ended without a clear answer."""
    unclear = (_S.c.state == State.UNCERTAIN.value) | (_S.c.settled_by == SettledBy.READING.value)
    mine = (_S.c.calling_at >= since, within(reading.scope, _S.c.client_id))
    row = reading.rows(select(func.count(), func.sum(case((unclear, 1), else_=0))).where(*mine)).one()
    return row[0], int(row[1] or 0)


def to_crms(reading: Reading, since: datetime) -> tuple[int, int]:
    """Pushes that got on since then, and how many of them did not get there."""
    bad = (_K.c.status == LinkStatus.FAILED.value) | (
        (_K.c.status == LinkStatus.PENDING.value) & _K.c.error.is_not(None)
    )
    went = _K.c.status.in_((LinkStatus.SYNCED.value, LinkStatus.FAILED.value)) | bad
    mine = (_K.c.updated_at >= since, went, within(reading.scope, _K.c.client_id))
    row = reading.rows(select(func.count(), func.sum(case((bad, 1), else_=0))).where(*mine)).one()
    return row[0], int(row[1] or 0)


def measured(reading: Reading, since: datetime) -> dict[str, Measured]:
    """Everything that is watched, of the time since then."""
    channels = carried(reading, since)
    parties = {
        "unipile": to_unipile(reading, since),
        "crm": to_crms(reading, since),
        **{each.value: channels.get(each.value, (0, 0)) for each in Channel if each is not Channel.WEBHOOK},
    }
    webhooks = channels.get(Channel.WEBHOOK.value, (0, 0))
    heard, left = _seconds_to_process(reading, since), _seconds_to_leave(reading, since)
    due = _due(reading)
    return {
        "webhook_failures": Measured(share(webhooks[1], webhooks[0], least=LEAST), webhooks[0]),
        "slow_processing": Measured(p95(heard, least=LEAST), len(heard)),
        "slow_deliveries": Measured(p95(left, least=LEAST), len(left)),
        "queue": Measured(float(due), due),
        **{
            f"outside_errors:{name}": Measured(share(bad, calls, least=LEAST), calls)
            for name, (calls, bad) in parties.items()
        },
    }


def _seconds_to_process(reading: Reading, since: datetime) -> list[float]:
    rows = reading.rows(
        select(_W.c.received_at, _W.c.processed_at)
        .where(_W.c.received_at >= since, _W.c.processed_at.is_not(None))
        .where(within(reading.scope, _W.c.client_id))
        .limit(MOST)
    )
    return [(row.processed_at - row.received_at).total_seconds() for row in rows]


def _seconds_to_leave(reading: Reading, since: datetime) -> list[float]:
    rows = reading.rows(
        select(_D.c.created_at, _T.c.started_at)
        .join_from(_T, _D, (_D.c.id == _T.c.delivery_id) & (_D.c.client_id == _T.c.client_id))
        .where(_T.c.started_at >= since, _T.c.n == 1, _D.c.digest_key.is_(None))
        .where(within(reading.scope, _T.c.client_id))
        .limit(MOST)
    )
    return [(row.started_at - row.created_at).total_seconds() for row in rows]


def _due(reading: Reading) -> int:
    """The longest of the queues: how much in it should have been begun by now."""
    jobs = select(func.count()).where(
        is_one_of(_J.c.status, JobStatus.PENDING.value),
        _J.c.run_at <= reading.now,
        within(reading.scope, _J.c.client_id),
    )
    deliveries = select(func.count()).where(
        is_one_of(_D.c.status, *OPEN),
        _D.c.digest_at.is_(None),
        _D.c.next_attempt_at <= reading.now,
        within(reading.scope, _D.c.client_id),
    )
    return max(int(reading.rows(each).scalar_one()) for each in (jobs, deliveries))


def alerts(reading: Reading) -> list[dict[str, Any]]:
    """How every alert stands."""
    rows = reading.rows(select(_A).order_by(_A.c.key))
    return [{**row._mapping, "is_raised": row.raised_at is not None and row.cleared_at is None} for row in rows]


def outside(reading: Reading, since: datetime) -> dict[str, Any]:
    """How every outside party does: calls and errors of late, what is held back, which connections take nothing."""
    found = measured(reading, since)
    parties = [
        {"name": key.partition(":")[2], "calls": each.of, "errors": each.value}
        for key, each in found.items()
        if key.startswith("outside_errors:")
    ]
    held = reading.rows(
        select(_P.c.key, _P.c.free_at, _P.c.reason).where(_P.c.free_at > reading.now).order_by(_P.c.key)
    )
    parked = reading.rows(
        select(_M.c.connection_id, _M.c.free_at, _M.c.free_reason)
        .where(_M.c.free_at > reading.now, within(reading.scope, _M.c.client_id))
        .order_by(_M.c.connection_id)
    )
    shown = ("id", "client_id", "kind", "name", "status", "status_reason", "last_ok_at", "last_error")
    ailing = reading.rows(
        select(*(_C.c[name] for name in shown))
        .where(_C.c.removed_at.is_(None), within(reading.scope, _C.c.client_id))
        .where((_C.c.status != "ok") | _C.c.last_error.is_not(None))
        .order_by(_C.c.name, _C.c.id)
        .limit(200)
    )
    return {
        "parties": parties,
        "held_back": [
            *({"what": row.key, "until": row.free_at, "reason": row.reason} for row in held if row.reason),
            *({"what": row.connection_id, "until": row.free_at, "reason": row.free_reason} for row in parked),
        ],
        "connections": [{**row._mapping, "client_id": shown_owner(row.client_id)} for row in ailing],
    }
