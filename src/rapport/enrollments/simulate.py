"""A campaign's run on a virtual clock under assumptions: what is sent by whom on which day, and when it ends.

It writes nothing but its result. A small one is answered at once; a large one is a job.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from rapport.campaigns.queries import kept
from rapport.enrollments import events
from rapport.enrollments.facts import snapshot
from rapport.enrollments.models import Enrollment, Simulation
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading, Tx
from rapport.rules.assumptions import Rates
from rapport.rules.draws import Chance
from rapport.rules.simulating import Simulated, Spread, simulate

_E = Enrollment.__table__
AT_ONCE = 20_000
"""Leads times runs that are answered while the caller waits; more is a job."""
MOST_SENDS_SHOWN = 500


def work(reading: Reading, campaign_id: str, *, runs: int) -> int:
    """How much there is to simulate: leads times runs."""
    statement = select(func.count()).where(_E.c.campaign_id == campaign_id, within(reading.scope, _E.c.client_id))
    return int(reading.rows(statement).scalar_one()) * runs


def order(tx: Tx, campaign: Mapping[str, Any], assumptions: dict[str, Any], *, by: str | None) -> Simulation:
    """Write down that a simulation is wanted."""
    row = Simulation(
        id=tx.new_id(),
        client_id=campaign["client_id"],
        campaign_id=campaign["id"],
        assumptions=assumptions,
        created_by=by,
        created_at=tx.now,
    )
    tx.session.add(row)
    return row


def finish(tx: Tx, row: Simulation, result: dict[str, Any]) -> None:
    """Keep a result."""
    row.result = result
    row.finished_at = tx.now
    campaign = kept(tx, row.campaign_id)
    tx.emit(
        events.SIMULATED,
        client_id=row.client_id,
        data={"campaign": campaign["name"], "days": row.assumptions["days"], "simulation_id": row.id},
        campaign_id=row.campaign_id,
    )


def run(reading: Reading, campaign_id: str, assumptions: dict[str, Any], chance: Chance) -> dict[str, Any]:
    """What is to be expected of the campaign as it stands."""
    start = snapshot(reading, campaign_id)
    rates = Rates(
        acceptance=assumptions["acceptance"],
        acceptance_after=timedelta(hours=assumptions["acceptance_after_hours"]),
        reply=assumptions["reply"],
        reply_after=timedelta(hours=assumptions["reply_after_hours"]),
    )
    found = simulate(start, rates, chance, days=assumptions["days"], runs=assumptions["runs"])
    return _shown(found, names={key: sender.name for key, sender in start.senders.items()})


def _shown(found: Simulated, *, names: dict[str, str]) -> dict[str, Any]:
    return {
        "runs": found.runs,
        "ends_at": dict(zip(("low", "middle", "high"), map(_instant, found.ends_at), strict=True)),
        "accepted": _spread(found.accepted),
        "replied": _spread(found.replied),
        "by_kind": {kind.value: _spread(spread) for kind, spread in found.by_kind.items()},
        "by_status": {status.value: _spread(spread) for status, spread in found.by_status.items()},
        "days": [
            {
                "day": each.day.isoformat(),
                "account_id": each.sender_id,
                "account": names.get(each.sender_id),
                "kind": each.kind.value,
                "sends": _spread(each.count),
            }
            for each in found.days
        ],
        "limits": [
            {
                "day": each.day.isoformat(),
                "account_id": each.sender_id,
                "account": names.get(each.sender_id),
                "reason": each.reason.value,
                "runs": each.runs,
            }
            for each in found.bounds
        ],
        "held": {reason.value: count for reason, count in found.held.items()},
        "sends": [
            {
                "at": _instant(send.at),
                "enrollment_id": send.enrollment_id,
                "account_id": send.sender_id,
                "step": send.step,
                "kind": send.kind.value,
                "variant": send.variant,
            }
            for send in found.sends[:MOST_SENDS_SHOWN]
        ],
        "sends_total": len(found.sends),
        "sends_for_other_campaigns": _spread(found.beside),
    }


def _spread(spread: Spread) -> dict[str, float]:
    return {"low": spread.low, "middle": spread.middle, "high": spread.high}


def _instant(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
