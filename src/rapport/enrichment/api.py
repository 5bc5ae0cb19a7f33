"""Finding out about leads, over HTTP."""

from __future__ import annotations

from typing import Any

from rapport.enrichment import queries, telling
from rapport.enrichment.schemas import EnrichmentIn, EnrichmentsOut, EnrichmentTakenOut
from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.jobs import queries as jobs
from rapport.jobs.enqueue import enqueue
from rapport.jobs.schemas import JobOut
from rapport.kernel.errors import NOT_FOUND
from rapport.leads.facts import leads
from rapport.leads.naming import shown_name
from rapport.rules.permissions import Permission

room = Room("enrichment", "", "What is found out about leads, and where it came from.")


@room.post(
    "/leads/<id:lead_id>/enrich",
    may=Permission.WRITE,
    out=JobOut,
    status=202,
    also={200: "Somebody is at it already: this is the job."},
    errors=[NOT_FOUND],
)
def enrich_lead(call: Call, lead_id: str) -> Reply:
    """Have somebody find out about a lead: by its LinkedIn profile, or by the client's n8n where that was chosen."""
    client_id = queries.client_of(call.tx, lead_id)
    job, new = enqueue(
        call.tx,
        call.service.job_types.get(queries.JOB),
        client_id=client_id,
        entity=("lead", lead_id),
        entity_label=shown_name(leads(call.tx, [lead_id])[lead_id].row)[:200],
        dedupe_key=f"{queries.JOB}:{lead_id}",
    )
    return Reply(jobs.seen(call.tx, job.id), status=202 if new else 200)


@room.get("/leads/<id:lead_id>/enrichments", may=Permission.READ, out=EnrichmentsOut, errors=[NOT_FOUND])
def list_enrichments(call: Call, lead_id: str) -> dict[str, Any]:
    """List what is known of a lead by each source, how old it is, and whether somebody is at it."""
    return queries.of_lead(call.reading, lead_id)


@room.post(
    "/callbacks/enrichment",
    may=Permission.CALLBACKS,
    body=EnrichmentIn,
    out=EnrichmentTakenOut,
    status=200,
    once=False,
    errors=[NOT_FOUND],
)
def take_enrichment(call: Call) -> dict[str, Any]:
    """Tell what was found out about a lead. What an operator typed stays; an older word than the last changes nothing.

    A brief is for people to read and is never part of what is sent.
    """
    body = call.body
    done = telling.take(
        call.tx,
        body["lead_id"],
        source=body["source"],
        fields=body["fields"],
        brief=body["brief"],
        said_at=body["last_updated"],
        job_id=body["job_id"],
    )
    return {"applied": done.applied, "reason": done.reason, "fields": list(done.fields)}
