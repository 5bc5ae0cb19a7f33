"""Bulk actions over HTTP: look first, then do it by the token of the look."""

from __future__ import annotations

from typing import Any

from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.http.transaction import reading
from rapport.jobs.enqueue import enqueue
from rapport.kernel.errors import CONFLICT, NOT_FOUND, RapportError
from rapport.leads import bulk
from rapport.leads.schemas.bulk import BulkIn, BulkOut, BulkPreviewIn, BulkPreviewOut
from rapport.leads.tasks import BULK
from rapport.rules.permissions import Permission

room = Room("leads-bulk", "/leads/bulk", "One thing done with many leads: counted first, then done.")


@room.post(
    "/preview",
    may=Permission.WRITE,
    body=BulkPreviewIn,
    out=BulkPreviewOut,
    status=200,
    once=False,
    own=True,
    errors=[NOT_FOUND],
)
def preview_bulk(call: Call) -> dict[str, Any]:
    """Count the leads that a filter picks, show some of them, and give the token by which it is done."""
    body = call.body
    with reading(call.service, call.principal) as read:
        if not call.service.client_exists(read, body["client_id"]):
            raise RapportError(NOT_FOUND)
        meant = bulk.preview(read, body["client_id"], body["filter"], body["action"])
        expires_at = read.now + bulk.GOOD_FOR
        return {
            "count": meant.count,
            "sample": bulk.sample(read, meant),
            "token": bulk.token_of(meant, call.service.keys, expires_at=expires_at),
            "expires_at": expires_at,
        }


@room.post(
    "",
    may=Permission.WRITE,
    body=BulkIn,
    out=BulkOut,
    status=200,
    also={202: "There are more than 500: a job does it, in steps, with its progress."},
    errors=[CONFLICT],
)
def run_bulk(call: Call) -> Reply:
    """Do what was previewed. When other leads match by now, or one has changed, nothing is done."""
    meant = bulk.recognised(call.tx, call.body["token"], call.service.keys)
    if meant.count <= bulk.AT_ONCE:
        done = bulk.at_once(call.tx, meant)
        return Reply({"count": meant.count, **done.shown(), "job_id": None})
    job, _ = enqueue(call.tx, BULK, client_id=meant.client_id, payload=bulk.payload_of(call.tx, meant))
    return Reply({"count": meant.count, **bulk.Done().shown(), "job_id": job.id}, status=202)
