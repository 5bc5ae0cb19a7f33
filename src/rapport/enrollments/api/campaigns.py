"""What is asked of a campaign as a whole: its leads, its queue, its simulation, how it stands."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from rapport.campaigns import drafts
from rapport.campaigns.queries import LISTING as CAMPAIGNS
from rapport.campaigns.queries import id_by_name, kept
from rapport.enrollments import queries, simulate, status
from rapport.enrollments.enroll import enroll, refuse_if_closed
from rapport.enrollments.queue import queue
from rapport.enrollments.schemas.coming import QueueOut, QueueQuery, SimulateIn, SimulationOut, SimulationRowOut
from rapport.enrollments.schemas.enrolling import EnrolledOut, EnrollIn, EnrollingOut, EnrollManyIn
from rapport.enrollments.schemas.running import AutomationOut, ByNameQuery, ProgressOut, SnapshotOut
from rapport.enrollments.tasks import ENROLL, SIMULATE
from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.http.transaction import reading
from rapport.jobs.enqueue import enqueue
from rapport.kernel.errors import CAMPAIGN_STATE, NOT_FOUND, RapportError
from rapport.kernel.listing import Page, page
from rapport.kernel.principal import Principal
from rapport.kernel.schema import page_of
from rapport.leads.bulk import conditions_of
from rapport.rules.permissions import Permission

room = Room("campaign-runs", "/campaigns", "What a campaign does: its leads, its queue, its simulation, its state.")


def _user(principal: Principal) -> str | None:
    return principal.actor.id if principal.actor.type == "user" else None


@room.post(
    "/<id:campaign_id>/enrollments",
    may=Permission.WRITE,
    body=EnrollIn,
    out=EnrolledOut,
    status=200,
    errors=[NOT_FOUND, CAMPAIGN_STATE],
)
def enroll_leads(call: Call, campaign_id: str) -> dict[str, Any]:
    """Enroll leads. Who cannot be is named with the reason; the others are in."""
    campaign = kept(call.tx, campaign_id)
    result = enroll(call.tx, campaign, call.body["lead_ids"], by=_user(call.principal))
    return {
        "enrolled": len(result.enrollment_ids),
        "enrollment_ids": list(result.enrollment_ids),
        "refused": [
            {"lead_id": refusal.lead_id, "reason": refusal.reason, "detail": refusal.detail}
            for refusal in result.refused
        ],
    }


@room.post(
    "/<id:campaign_id>/enrollments/count",
    may=Permission.READ,
    body=EnrollManyIn,
    out=EnrollingOut,
    status=200,
    once=False,
    errors=[NOT_FOUND],
)
def count_leads_to_enroll(call: Call, campaign_id: str) -> dict[str, Any]:
    """Count the leads that a filter would enroll."""
    client_id = kept(call.tx, campaign_id)["client_id"]
    return {"count": queries.count_leads(call.tx, client_id, conditions_of(call.body["filter"])), "job_id": None}


@room.post(
    "/<id:campaign_id>/enrollments/by-filter",
    may=Permission.WRITE,
    body=EnrollManyIn,
    out=EnrollingOut,
    status=202,
    errors=[NOT_FOUND, CAMPAIGN_STATE],
)
def enroll_leads_by_filter(call: Call, campaign_id: str) -> dict[str, Any]:
    """Enroll every lead that a filter picks, by a job that shows its progress."""
    campaign = kept(call.tx, campaign_id)
    refuse_if_closed(campaign)
    count = queries.count_leads(call.tx, campaign["client_id"], conditions_of(call.body["filter"]))
    payload = {"campaign_id": campaign_id, "filter": call.body["filter"], "by": _user(call.principal)}
    whole = ("campaign", campaign_id)
    job, _ = enqueue(call.tx, ENROLL, client_id=campaign["client_id"], payload=payload, entity=whole)
    return {"count": count, "job_id": job.id}


@room.get(
    "/progress",
    may=Permission.READ,
    out=page_of(ProgressOut),
    listing=replace(CAMPAIGNS, name="campaign_progress"),
)
def list_progress(call: Call) -> Page:
    """List where the leads of each campaign stand, by the filters of the list of campaigns."""
    found = page(call.reading, CAMPAIGNS, call.asked)
    counted = queries.by_campaign(call.reading, [each["id"] for each in found.items])
    items = [
        {
            "campaign_id": each["id"],
            "name": each["name"],
            "state": each["state"],
            "leads": sum(counted[each["id"]].values()),
            "by_status": counted[each["id"]],
        }
        for each in found.items
    ]
    return replace(found, items=items)


@room.get("/<id:campaign_id>/queue", may=Permission.READ, out=QueueOut, query=QueueQuery, errors=[NOT_FOUND])
def show_queue(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show the next sends with sender and time, as they come if nobody accepts or answers before."""
    kept(call.reading, campaign_id)
    return {"items": queue(call.reading, campaign_id, limit=call.query["limit"])}


@room.get("/<id:campaign_id>/snapshot", may=Permission.READ, out=SnapshotOut, errors=[NOT_FOUND])
def show_snapshot(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show where a campaign's leads stand and what its senders have used of their limits."""
    return status.snapshot(call.reading, campaign_id)


@room.get("/<id:campaign_id>/automation", may=Permission.READ, out=AutomationOut, errors=[NOT_FOUND])
def show_automation(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show whether a campaign runs by itself, when it sends next, and what is in the way."""
    return status.automation(call.reading, campaign_id)


@room.get("/by-name/snapshot", may=Permission.READ, out=SnapshotOut, query=ByNameQuery, errors=[NOT_FOUND])
def show_snapshot_by_name(call: Call) -> dict[str, Any]:
    """Show the snapshot of the campaign a client calls by this name."""
    return status.snapshot(call.reading, _named(call))


@room.get("/by-name/automation", may=Permission.READ, out=AutomationOut, query=ByNameQuery, errors=[NOT_FOUND])
def show_automation_by_name(call: Call) -> dict[str, Any]:
    """Show the automation status of the campaign a client calls by this name."""
    return status.automation(call.reading, _named(call))


def _named(call: Call) -> str:
    key = drafts.key_of(call.query["name"])
    return id_by_name(call.reading, client_id=call.query["client_id"], name_key=key)


def _imagine(call: Call, campaign_id: str) -> dict[str, Any] | None:
    """Before the transaction begins: the run of a campaign that is small enough to be answered at once."""
    with reading(call.service, call.principal) as opened:
        if simulate.work(opened, campaign_id, runs=call.body["runs"]) > simulate.AT_ONCE:
            return None
        with suppress(RapportError):  # there is no such campaign, which the transaction says
            return simulate.run(opened, campaign_id, call.body, call.service.chance)
    return None


@room.post(
    "/<id:campaign_id>/simulate",
    may=Permission.READ,
    body=SimulateIn,
    out=SimulationOut,
    status=200,
    before=_imagine,
    also={202: "It is large, so it runs as a job; ask for the simulation until it is finished."},
    errors=[NOT_FOUND],
)
def simulate_campaign(call: Call, campaign_id: str) -> Reply:
    """Run the campaign on a virtual clock under assumptions. Nothing is written but the result.

    A draft is simulated as if it were started. What is sent by whom on which day, when limits bind and when it
    ends, each from the 10th to the 90th percentile over the runs.
    """
    campaign = kept(call.tx, campaign_id)
    row = simulate.order(call.tx, campaign, call.body, by=_user(call.principal))
    large = call.prepared is None
    if large:
        job_type = call.service.job_types.get(SIMULATE)
        payload = {"simulation_id": row.id}
        job, _ = enqueue(
            call.tx, job_type, client_id=campaign["client_id"], payload=payload, entity=("campaign", campaign_id)
        )
        row.job_id = job.id
    else:
        simulate.finish(call.tx, row, call.prepared)
    call.tx.session.flush()  # it is shown from its row
    return Reply(queries.simulation(call.tx, row.id), 202 if large else 200)


@room.get(
    "/<id:campaign_id>/simulations",
    may=Permission.READ,
    out=page_of(SimulationRowOut),
    listing=queries.SIMULATIONS,
    errors=[NOT_FOUND],
)
def list_simulations(call: Call, campaign_id: str) -> Page:
    """List a campaign's simulations, newest first."""
    kept(call.reading, campaign_id)
    return page(call.reading, queries.SIMULATIONS, call.asked, queries.of_campaign(campaign_id))


@room.get("/simulations/<id:simulation_id>", may=Permission.READ, out=SimulationOut, errors=[NOT_FOUND])
def show_simulation(call: Call, simulation_id: str) -> dict[str, Any]:
    """Show a simulation; its result is null until it is finished."""
    return queries.simulation(call.reading, simulation_id)
