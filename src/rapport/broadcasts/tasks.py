"""What broadcasts do by themselves: leave, and hear who wants no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from rapport.broadcasts import hearing, keeping
from rapport.broadcasts.sending import Came, Result, Way, call, step
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.crypto import Keys
from rapport.kernel.settings import Settings
from rapport.kernel.tx import Reading, Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into
from rapport.outbox.events import MAIL_STOPPED
from rapport.outbox.words import MailTopic, StopReason
from rapport.ports.carriers import Bulk


def types(bulk: Bulk | None, keys: Keys, settings: Settings) -> list[JobType]:
    """Sending a broadcast. `bulk` takes mails to the provider; None where none is set up."""
    interval = timedelta(seconds=1 / settings.resend_per_second)
    way = Way(bulk, keys, settings.mail_from, settings.webhook_base, interval, settings.off)

    def at_the_provider(reading: Reading, job: Job) -> Came:
        return call(reading, job.payload["broadcast_id"], dict(job.progress or {}), way=way)

    def settled(tx: Tx, job: Job, came: Came) -> Result:
        return step(tx, job.payload["broadcast_id"], came, way=way)

    return [replace(keeping.SEND, before=at_the_provider, handler=settled)]


def _hear(tx: Tx, event: Event) -> None:
    data: dict[str, Any] = event.data
    if event.type == lead_events.ERASED and event.lead_id is not None:
        hearing.forget(tx, event.client_id, [*merged_into(tx, event.lead_id), event.lead_id])
    elif data.get("topic") == MailTopic.BROADCASTS.value and data["reason"] == StopReason.OPTED_OUT.value:
        hearing.opted_out(tx, event.client_id, data["email"], event.occurred_at)


FOLLOWER = Consumer("broadcasts.follow", frozenset({MAIL_STOPPED, lead_events.ERASED}), _hear)
