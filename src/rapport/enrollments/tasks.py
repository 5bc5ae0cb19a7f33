"""What runs by itself for enrollments: filtered enrolling, large simulations, and placing after something changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from rapport.accounts import health, holding, senders
from rapport.campaigns import drafts, lifecycle
from rapport.campaigns import events as campaign_events
from rapport.campaigns.queries import kept
from rapport.enrollments import joining, lines, queries, simulate
from rapport.enrollments.carrying import carry
from rapport.enrollments.enroll import enroll, give_senders
from rapport.enrollments.models import Enrollment, Simulation
from rapport.enrollments.placing import place
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.chance import Chance
from rapport.kernel.ids import AGENCY
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading, Tx
from rapport.leads import bulk
from rapport.leads import events as lead_events
from rapport.rules.occurrences import Every

_E = Enrollment.__table__
_STEP = 400


def _enroll_next(tx: Tx, job: Job) -> Again | dict[str, Any]:
    """Enroll the next leads of a filter, in the order of their ids.

    How far it came is kept with what the job was told, so that no attempt begins anew.
    """
    payload = job.payload
    went = payload.get("went", {"enrolled": 0, "refused": {}, "after": ""})
    conditions = bulk.conditions_of(payload["filter"])
    lead_ids = queries.next_leads(tx, job.client_id, conditions, after=went["after"], limit=_STEP)
    result = enroll(tx, kept(tx, payload["campaign_id"]), lead_ids, by=payload.get("by"))
    refused = dict(went["refused"])
    for refusal in result.refused:
        refused[refusal.reason] = refused.get(refusal.reason, 0) + 1
    done = {"enrolled": went["enrolled"] + len(result.enrollment_ids), "refused": refused}
    if len(lead_ids) < _STEP:
        return done
    job.payload = {**payload, "went": {**done, "after": lead_ids[-1]}}
    return Again(done)


def _place_next(tx: Tx, job: Job) -> Again | dict[str, Any]:
    """Put the next enrollments of a campaign or of a sender where they stand."""
    done = job.payload.get("went", {"placed": 0, "after": ""})
    column, value = next((name, job.payload[name]) for name in _WHOSE if name in job.payload)
    ids = queries.under_way(tx, _E.c[column] == value, after=done["after"], limit=_STEP)
    if column == "campaign_id":
        carry(tx, value, ids)
        give_senders(tx, value, ids)
    place(tx, ids)
    placed = done["placed"] + len(ids)
    if len(ids) < _STEP:
        return {"placed": placed}
    job.payload = {**job.payload, "went": {"placed": placed, "after": ids[-1]}}
    return Again({"placed": placed})


_WHOSE = ("campaign_id", "account_id", "client_id")
PLACE = JobType("enrollments.place", "Puts leads under way where they stand now.", handler=_place_next)
ENROLL = JobType("enrollments.enroll", "Enrolls every lead of a filter in a campaign.", handler=_enroll_next)
SIMULATE = "campaigns.simulate"


def _finish(tx: Tx, _job: Job) -> dict[str, Any]:
    """Complete the campaigns whose leads have all been at their end for so long that none was just taken out."""
    finished = queries.finished_campaigns(tx, before=tx.now - _QUIET, limit=_STEP)
    for campaign_id in finished:
        lifecycle.complete(tx, drafts.get(tx, campaign_id), reason="Every lead is at its end.")
    return {"completed": len(finished)}


_QUIET = timedelta(days=1)
FINISH = JobType(
    "campaigns.finish",
    "Completes campaigns whose leads have all been at their end for a day.",
    handler=_finish,
    on_request=True,
    agency=True,
    every=Every(timedelta(hours=1), offset=timedelta(minutes=20)),
)


def types(chance: Chance) -> list[JobType]:
    """Enrolling by filter, placing anew, simulating, and completing what is finished."""

    def imagine(reading: Reading, job: Job) -> dict[str, Any]:
        wanted = queries.simulation(reading, job.payload["simulation_id"])
        return simulate.run(reading, wanted["campaign_id"], wanted["assumptions"], chance)

    def keep(tx: Tx, job: Job, result: dict[str, Any]) -> dict[str, Any]:
        simulate.finish(tx, tx.session.get_one(Simulation, job.payload["simulation_id"]), result)
        return {"simulation_id": job.payload["simulation_id"]}

    simulating = JobType(SIMULATE, "Runs a campaign on a virtual clock.", before=imagine, handler=keep)
    return [ENROLL, PLACE, FINISH, simulating]


_OF_CAMPAIGN = frozenset(
    {
        *(campaign_events.STARTED, campaign_events.PAUSED, campaign_events.RESUMED, campaign_events.COMPLETED),
        *(campaign_events.ARCHIVED, campaign_events.CHANGED, campaign_events.SEQUENCE_CHANGED),
        *(campaign_events.SENDER_ADDED, campaign_events.SENDER_REMOVED),
    }
)
_OF_ACCOUNT = frozenset({senders.PAUSED, senders.RESUMED, senders.CHANGED, health.STATUS_CHANGED})
_OF_ALL = frozenset({holding.HELD, holding.LIFTED})
_OF_CLIENT = frozenset({lead_events.SUPPRESSED, lead_events.UNSUPPRESSED})
_OF_TWO_LEADS = frozenset({lead_events.MERGED, lead_events.UNMERGED})
_OF_LEAD = frozenset({lead_events.CHANGED, lead_events.TAGGED, lead_events.UNTAGGED})


def _follow(tx: Tx, event: Event) -> None:
    """Something changed that decisions ask about: place whom it concerns anew."""
    if event.type in _OF_TWO_LEADS and event.lead_id is not None:
        follow = joining.join if event.type == lead_events.MERGED else joining.part
        follow(tx, event.lead_id, event.data["merged_id"], merge_id=event.data["merge_id"])
        return
    if event.type in _OF_LEAD and event.lead_id is not None:
        place(tx, queries.under_way(tx, _E.c.lead_id == event.lead_id, after="", limit=_STEP))
        return
    payload = {"client_id": event.client_id}
    if event.type in _OF_CAMPAIGN and event.campaign_id is not None:
        payload = {"campaign_id": event.campaign_id}
        lines.reopen(tx, lines.of_campaign(event.campaign_id))
    elif event.type in _OF_ACCOUNT and event.account_id is not None:
        payload = {"account_id": event.account_id}
        lines.reopen(tx, lines.of_account(event.account_id))
    clients = [event.client_id] if event.client_id != AGENCY else _clients_with_leads_under_way(tx)
    for client_id in clients:
        whose = {"client_id": client_id} if event.client_id == AGENCY else payload
        enqueue(tx, PLACE, client_id=client_id, payload=whose)


def _clients_with_leads_under_way(tx: Tx) -> list[str]:
    """Whom an entry for all clients concerns."""
    concerned = select(_E.c.client_id).where(_E.c.ended_at.is_(None), within(tx.scope, _E.c.client_id)).distinct()
    return list(tx.rows(concerned).scalars())


FOLLOWER = Consumer(
    "enrollments.follow", _OF_CAMPAIGN | _OF_ACCOUNT | _OF_CLIENT | _OF_LEAD | _OF_TWO_LEADS | _OF_ALL, _follow
)
