"""What runs by itself: the consumer that counts, and the rebuild of a client's figures from the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rapport.analytics import forecasting, queries, rebuild, rollups
from rapport.analytics.beside.queries import FORECAST
from rapport.analytics.rebuild import Counted
from rapport.campaigns import events as campaign_events
from rapport.events.consumers import Consumer
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.chance import Chance
from rapport.kernel.tx import Reading, Tx
from rapport.people import events as people_events
from rapport.rules.figures import TYPES

_AT_ONCE = 1_000
_ZONES = frozenset({campaign_events.CHANGED, people_events.CLIENT_CHANGED})
"""After these a zone may be another one."""


def _take(tx: Tx, client_id: str, events: Sequence[Any]) -> None:
    counted = [event for event in events if event.type in TYPES]
    if counted:
        rollups.apply(tx, client_id, counted)
    if any(event.type in _ZONES for event in events) and queries.moved_zones(tx, client_id):
        ask(tx, client_id)


def ask(tx: Tx, client_id: str) -> Job:
    """Have a client's figures made again; who asks twice gets the same job."""
    return enqueue(tx, REBUILD, client_id=client_id, dedupe_key=f"analytics.rebuild:{client_id}")[0]


CONSUMER = Consumer("analytics.rollups", TYPES | _ZONES, take=_take, batch=_AT_ONCE, again=ask)


def _count(reading: Reading, job: Job) -> Counted:
    return rebuild.count(reading, job.client_id, until=queries.read_so_far(reading, CONSUMER.name, job.client_id))


def _replace(tx: Tx, job: Job, counted: Counted) -> dict[str, Any]:
    return rebuild.replace(tx, CONSUMER, job.client_id, counted)


REBUILD = JobType(
    "analytics.rebuild",
    "Makes a client's figures again from the event log, and says how many had differed.",
    handler=_replace,
    before=_count,
    on_request=True,
)


def types(chance: Chance) -> list[JobType]:
    """Figures made again, and forecasts of campaigns that nobody would wait for."""

    def foretell(reading: Reading, job: Job) -> dict[str, Any]:
        return forecasting.expect_in_a_job(reading, queries.campaign(reading, job.payload["campaign_id"]), chance)

    def keep(_tx: Tx, _job: Job, found: dict[str, Any]) -> dict[str, Any]:
        return found

    summary = "Forecasts a campaign, however large it is; its result is the forecast."
    return [REBUILD, JobType(FORECAST, summary, before=foretell, handler=keep)]


def ask_forecast(tx: Tx, job_type: JobType, campaign: queries.Subject) -> Job:
    """Have a campaign forecast; who asks twice gets the same job."""
    return enqueue(
        tx,
        job_type,
        client_id=campaign.client_id,
        payload={"campaign_id": campaign.campaign_id},
        entity=("campaign", campaign.campaign_id),
        entity_label=campaign.name,
        dedupe_key=f"{FORECAST}:{campaign.campaign_id}",
    )[0]
