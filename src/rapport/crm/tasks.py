"""What CRMs have done by themselves: pushes as jobs, and what in the log asks for one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from rapport.conversations import events as conversation_events
from rapport.crm import asking, connecting, queries, resolving
from rapport.crm.pushing import Pushed, access_to, push
from rapport.crm.settling import Result, end, hold, settle
from rapport.crm.words import LinkStatus, PushWhen
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs import settle as job_events
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.crypto import Keys
from rapport.kernel.tx import Reading, Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into
from rapport.ports.crm import CrmError, Crms
from rapport.rules.scoring import Warmth
from rapport.scoring import events as scoring_events

NAME = "crm.follow"


def types(crms: Crms, keys: Keys, *, off: Collection[str]) -> list[JobType]:
    """Pushing a lead, having n8n do so, and trying a connection out."""

    def at_the_crm(reading: Reading, job: Job) -> Pushed:
        return push(reading, job.payload["link_id"], dict(job.progress or {}), crms=crms, keys=keys, off=off)

    def settled(tx: Tx, job: Job, pushed: Pushed) -> Result:
        return settle(tx, job.payload["link_id"], pushed)

    def let_in(reading: Reading, job: Job) -> tuple[str | None, str | None]:
        found = queries.opening(reading, job.payload["connection_id"])
        if found is None:
            return None, "connection_removed"
        access = access_to(*found, keys, reading.now)
        try:
            return crms.open(access, now=reading.now).prepare(), None
        except CrmError as trouble:
            return None, str(trouble)

    def tested(tx: Tx, job: Job, answer: tuple[str | None, str | None]) -> dict[str, Any]:
        return connecting.tested(tx, job.payload["connection_id"], *answer)

    return [
        replace(asking.UPSERT, before=at_the_crm, handler=settled),
        replace(connecting.TEST, before=let_in, handler=tested),
        asking.BY_WORKFLOW,
    ]


_OF_JOBS = frozenset({job_events.FAILED, job_events.RETRY})
_OF_LEADS = {
    lead_events.CREATED: PushWhen.CREATED,
    lead_events.CHANGED: PushWhen.CHANGED,
    scoring_events.WARMED: PushWhen.HOT,
    conversation_events.RECEIVED: PushWhen.REPLIED,
}


def _hear(tx: Tx, event: Event) -> None:
    if event.type in _OF_JOBS:
        if event.data.get("type") == asking.UPSERT.name and event.job_id is not None:
            _job(tx, event, event.job_id)
        return
    if event.lead_id is None:
        return
    if event.type == lead_events.ERASED:
        resolving.forget(tx, event.client_id, [*merged_into(tx, event.lead_id), event.lead_id])
    elif event.type == lead_events.MERGED:
        resolving.merged(tx, event.client_id, kept_id=event.lead_id, merged_id=event.data["merged_id"])
    else:
        _push(tx, event, event.lead_id, _OF_LEADS[event.type])


def _push(tx: Tx, event: Event, lead_id: str, when: PushWhen) -> None:
    """Ask for a push wherever the client wants one of what happened."""
    for target in _targets(tx, event.client_id):
        if when.value not in target.push_when or not queries.live_leads(tx, event.client_id, [lead_id]):
            continue
        if when is PushWhen.CHANGED and not queries.has_link(tx, target.connection_id, lead_id):
            continue
        if when is PushWhen.HOT and event.data.get("temperature") != Warmth.HOT.value:
            continue
        if when is PushWhen.REPLIED:
            asking.note(tx, target, lead_id, event_id=event.id, message_id=event.data["message_id"])
        asking.ask(tx, target, [lead_id])


def _job(tx: Tx, event: Event, job_id: str) -> None:
    """A push that failed is tried again, or it is over: the link says which and why."""
    link_id = queries.link_of_job(tx, job_id)
    link = hold(tx, link_id) if link_id is not None else None
    if link is None or link.status != LinkStatus.PENDING.value:
        return
    error = str(event.data.get("error") or event.data["error_code"])[:200]
    if event.type == job_events.FAILED:
        end(tx, link, LinkStatus.FAILED, error)
    else:
        link.error, link.updated_at = error, tx.now


def _targets(tx: Tx, client_id: str) -> list[queries.Target]:
    """The CRMs of a client, read once for all events of a batch."""
    read: dict[str, list[queries.Target]] = tx.session.info.setdefault("crm.targets", {})
    if client_id not in read:
        read[client_id] = queries.targets(tx, client_id)
    return read[client_id]


FOLLOWER = Consumer(NAME, frozenset({*_OF_JOBS, *_OF_LEADS, lead_events.ERASED, lead_events.MERGED}), _hear)
