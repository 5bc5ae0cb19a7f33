"""Jobs over HTTP: for people who look after them, and for n8n that works on them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rapport.events.queries import TIMELINE
from rapport.events.schemas import EventOut
from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.jobs import claim as claiming
from rapport.jobs import dismiss as dismissing
from rapport.jobs import executors, queries, settle
from rapport.jobs import retry as retrying
from rapport.jobs.enqueue import enqueue
from rapport.jobs.models import Executor, Job, JobStatus
from rapport.jobs.schemas import (
    CallbackIn,
    ClaimedJobOut,
    ClaimedJobsOut,
    ClaimIn,
    CountsOut,
    DismissIn,
    ExecutorIn,
    ExecutorsOut,
    ExecutorsQuery,
    JobIn,
    JobOut,
    JobTypesOut,
    NextQuery,
    ReportIn,
    RetriedOut,
    RetryManyIn,
)
from rapport.kernel.errors import (
    ALREADY_SETTLED,
    JOB_DISMISSED,
    JOB_NOT_DISMISSABLE,
    JOB_NOT_RETRYABLE,
    JOB_TYPE_UNKNOWN,
    LEASE_LOST,
    NOT_FOUND,
    RapportError,
    field_error,
)
from rapport.kernel.ids import AGENCY
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.rules.permissions import Permission

room = Room("jobs", "/jobs", "Background work: ask for it, work on it, mend it.")

_SEE = (Permission.WRITE, Permission.JOBS)


@room.get("", may=_SEE, out=page_of(JobOut), listing=queries.LISTING)
def list_jobs(call: Call) -> Page:
    """List jobs. Agents see the jobs they asked for, admins and keys all in their clients."""
    return page(call.reading, queries.LISTING, call.asked, *_own(call))


@room.post(
    "",
    may=Permission.WRITE,
    body=JobIn,
    out=JobOut,
    status=202,
    also={200: "The job of this dedupe key is open already: this is it."},
    errors=[JOB_TYPE_UNKNOWN, NOT_FOUND],
)
def create_job(call: Call) -> Reply:
    """Ask for work."""
    body = call.body
    job_type = call.service.job_types.get(body["type"])
    if not job_type.on_request:
        raise field_error("type", "This work is never asked for; it comes about by itself.")
    if job_type.agency != (body["client_id"] is None):
        raise field_error("client_id", "Must be null for the agency's upkeep and a client's id for all else.")
    client_id = body["client_id"] or AGENCY
    if not call.principal.scope.allows(client_id) or not call.service.client_exists(call.tx, client_id):
        raise RapportError(NOT_FOUND)
    entity = (body["entity_type"] or "", body["entity_id"] or "")
    if bool(entity[0]) != bool(entity[1]):
        raise field_error("entity_id", "entity_type and entity_id go together.")
    job, new = enqueue(
        call.tx,
        job_type,
        client_id=client_id,
        payload=body["payload"],
        entity=entity if entity[0] else None,
        entity_label=body["entity_label"],
        dedupe_key=body["dedupe_key"],
        run_at=body["run_at"],
        priority=body["priority"],
    )
    return Reply(queries.seen(call.tx, job.id), status=202 if new else 200)


@room.get(
    "/next",
    may=Permission.JOBS,
    out=ClaimedJobOut,
    query=NextQuery,
    reads_only=False,
    no_store=True,
    also={204: "Nothing is due."},
)
def claim_next_job(call: Call) -> Reply:
    """Claim the next due job: for pollers such as n8n."""
    types = [each for each in call.query.get("types", "").split(",") if each] or None
    jobs = _claim(call, types, 1, call.query["lease_s"])
    return Reply(jobs[0]) if jobs else Reply(None, status=204)


@room.post("/claim", may=Permission.JOBS, body=ClaimIn, out=ClaimedJobsOut, status=200, once=False, no_store=True)
def claim_jobs(call: Call) -> dict[str, Any]:
    """Claim up to 20 due jobs, each under a lease."""
    return {"items": _claim(call, call.body["types"], call.body["limit"], call.body["lease_s"])}


@room.get("/attention", may=_SEE, out=page_of(JobOut), listing=queries.LISTING)
def list_jobs_needing_attention(call: Call) -> Page:
    """List failed jobs that nobody dismissed, archived or not."""
    return page(call.reading, queries.LISTING, call.asked, *queries.NEEDS_ATTENTION, *_own(call))


@room.get("/counts", may=_SEE, out=CountsOut)
def count_jobs(call: Call) -> dict[str, int]:
    """Count jobs by status."""
    return queries.counts(call.reading, *_own(call))


@room.get("/types", may=_SEE, out=JobTypesOut)
def list_job_types(call: Call) -> dict[str, Any]:
    """List the kinds of job."""
    return {
        "items": [
            {
                "name": each.name,
                "summary": each.summary,
                "executor": each.executor.value,
                "max_retries": each.max_retries,
                "on_request": each.on_request,
                "agency": each.agency,
            }
            for each in call.service.job_types.all()
        ]
    }


@room.get("/executors", may=Permission.READ, out=ExecutorsOut, query=ExecutorsQuery, errors=[NOT_FOUND])
def list_executors(call: Call) -> dict[str, Any]:
    """List the work of which a client may choose who does it: a worker here, or the client's n8n."""
    client_id = call.query["client_id"]
    if not call.principal.scope.allows(client_id) or not call.service.client_exists(call.reading, client_id):
        raise RapportError(NOT_FOUND)
    return {"items": executors.shown(call.reading, call.service.job_types, client_id)}


@room.put("/executors", may=Permission.WRITE, body=ExecutorIn, out=ExecutorsOut, errors=[NOT_FOUND, JOB_TYPE_UNKNOWN])
def choose_executor(call: Call) -> dict[str, Any]:
    """Choose who does a kind of work for a client from now on. Jobs that were asked for before stay as they are."""
    body = call.body
    client_id = body["client_id"]
    if not call.principal.scope.allows(client_id) or not call.service.client_exists(call.tx, client_id):
        raise RapportError(NOT_FOUND)
    executors.choose(call.tx, call.service.job_types.get(body["type"]), client_id, Executor(body["executor"]))
    return {"items": executors.shown(call.tx, call.service.job_types, client_id)}


@room.post("/retry", may=Permission.WRITE, body=RetryManyIn, out=RetriedOut, status=200)
def retry_jobs(call: Call) -> dict[str, Any]:
    """Try failed jobs again, up to 1,000 a call; says what was skipped and why."""
    body = call.body
    where = [
        getattr(Job, field) == body[field] for field in ("client_id", "type", "error_code") if body[field] is not None
    ]
    if body["ids"] is not None:
        where.append(Job.id.in_(body["ids"]))
    done = retrying.retry_many(call.tx, *where, *_own(call), most=retrying.MOST)
    return {"retried": done.retried, "skipped": dict(done.skipped), "more": done.more}


@room.get("/<id:job_id>", may=_SEE, out=JobOut, errors=[NOT_FOUND])
def show_job(call: Call, job_id: str) -> dict[str, Any]:
    """Show a job."""
    return queries.seen(call.reading, job_id, *_own(call))


@room.get("/<id:job_id>/log", may=_SEE, out=page_of(EventOut), listing=TIMELINE, errors=[NOT_FOUND])
def list_job_log(call: Call, job_id: str) -> Page:
    """List what happened to a job."""
    queries.seen(call.reading, job_id, *_own(call))
    return page(call.reading, TIMELINE, call.asked, TIMELINE.fields["job_id"].column == job_id)


@room.patch(
    "/<id:job_id>", may=Permission.JOBS, body=ReportIn, out=JobOut, errors=[NOT_FOUND, LEASE_LOST, ALREADY_SETTLED]
)
def report_on_job(call: Call, job_id: str) -> dict[str, Any]:
    """Report on a claimed job: heartbeat, progress, or its end.

    Every report with status `processing` holds the lease for `lease_s` more seconds.
    """
    body = call.body
    if body["status"] != JobStatus.PROCESSING.value:
        return _end(call, job_id)
    job = _held(call, job_id)
    job.lease_expires_at = call.tx.now + timedelta(seconds=body["lease_s"])
    if "progress" in body:
        job.progress = body["progress"]
    return queries.seen(call.tx, job_id)


@room.post(
    "/<id:job_id>/callback",
    may=(Permission.JOBS, Permission.CALLBACKS),
    body=CallbackIn,
    out=JobOut,
    status=200,
    once=False,
    errors=[NOT_FOUND, LEASE_LOST, ALREADY_SETTLED],
)
def call_back_job(call: Call, job_id: str) -> dict[str, Any]:
    """Say how a claimed job ended. The same word again is answered alike and changes nothing."""
    return _end(call, job_id)


@room.post(
    "/<id:job_id>/retry",
    may=Permission.WRITE,
    out=JobOut,
    status=200,
    errors=[NOT_FOUND, JOB_DISMISSED, JOB_NOT_RETRYABLE],
)
def retry_job(call: Call, job_id: str) -> dict[str, Any]:
    """Try a failed job again, with a full set of attempts."""
    retrying.retry(call.tx, queries.get(call.tx, job_id, *_own(call)))
    return queries.seen(call.tx, job_id)


@room.post(
    "/<id:job_id>/dismiss",
    may=Permission.WRITE,
    body=DismissIn,
    out=JobOut,
    status=200,
    errors=[NOT_FOUND, JOB_NOT_DISMISSABLE],
)
def dismiss_job(call: Call, job_id: str) -> dict[str, Any]:
    """Dismiss a job: it never runs again."""
    dismissing.dismiss(call.tx, queries.get(call.tx, job_id, *_own(call)), reason=call.body["reason"])
    return queries.seen(call.tx, job_id)


def _own(call: Call) -> tuple[Any, ...]:
    """An agent sees the jobs they asked for; admins and keys see all in their clients."""
    principal = call.principal
    if principal.is_admin or principal.actor.type != "user":
        return ()
    return (queries.created_by(_label(call)),)


def _label(call: Call) -> str:
    return f"{call.principal.actor.type}:{call.principal.actor.id}"


def _claim(call: Call, types: list[str] | None, limit: int, lease_s: int) -> list[dict[str, Any]]:
    jobs = claiming.claim(
        call.tx,
        executor=Executor.N8N,
        types=types,
        limit=limit,
        lease=timedelta(seconds=lease_s),
        by=_label(call),
    )
    tokens = {job.id: job.lease_token for job in jobs}
    return [{**queries.seen(call.tx, job_id), "lease_token": token} for job_id, token in tokens.items()]


def _held(call: Call, job_id: str) -> Job:
    """The job under the caller's lease.

    A caller of an older integration knows no token. It is believed only if the lease is its own and was the
    only one ever given, so that it cannot speak for a lease it lost.
    """
    job = queries.get(call.tx, job_id)
    token = call.body.get("lease_token")
    if token is None:
        if job.leased_by != _label(call) or job.attempts != 1 or job.lease_token is None:
            raise RapportError(LEASE_LOST)
        token = job.lease_token
    return settle.hold(call.tx, job_id, token, past_term=False)


def _end(call: Call, job_id: str) -> dict[str, Any]:
    body = call.body
    status = JobStatus(body["status"])
    job = queries.get(call.tx, job_id)
    if not settle.same_end(job, status, body["result"], body["error_code"]):
        job = _held(call, job_id)
        if status is JobStatus.COMPLETED:
            settle.complete(call.tx, job, body["result"])
        else:
            settle.fail(
                call.tx,
                job,
                code=body["error_code"],
                message=body["error_message"],
                retryable=body["retryable"],
                waits=call.service.job_types.waits_of(job.type),
            )
    return queries.seen(call.tx, job_id)
