"""Work: jobs that failed, webhooks that are wrong, messages from nobody we know, the sending as a whole."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.admin.api.database import show_database
from rapport.console.visits import Pages, Visit
from rapport.jobs.api import (
    count_jobs,
    dismiss_job,
    list_job_log,
    list_jobs,
    list_jobs_needing_attention,
    retry_job,
    retry_jobs,
    show_job,
)
from rapport.jobs.queries import STATUSES as JOB_STATUSES
from rapport.kernel.errors import RapportError, field_error
from rapport.leads.api.leads import list_leads
from rapport.replies.api import list_unmatched_messages, match_message, show_listening
from rapport.rules.permissions import Permission
from rapport.sending.api.scheduler import drain_scheduler, show_scheduler, start_scheduler, stop_scheduler
from rapport.webhooks.api.deliveries import list_deliveries, reprocess_delivery, show_delivery
from rapport.webhooks.api.hygiene import repair_webhooks, show_webhooks_status
from rapport.webhooks.statuses import STATUSES

pages = Pages("work")
_JOB = "/work/jobs/<id:job_id>"
_DELIVERY = "/work/deliveries/<id:delivery_id>"
_A_PAGE = "40"
_MOST_MATCHES = "8"
_SCHEDULER = {"start": start_scheduler, "stop": stop_scheduler, "drain": drain_scheduler}


@pages.get("/work", may=Permission.WRITE)
def jobs(visit: Visit) -> Response:
    """Jobs: those that need somebody, or all of a status."""
    status = request.args.get("status", "")
    query = {"limit": _A_PAGE}
    for name, filtered in (("type", "filter[type]"), ("cursor", "cursor")):
        if request.args.get(name):
            query[filtered] = request.args[name]
    if status in JOB_STATUSES:
        found = visit.ask.read(list_jobs, visit.of_client(**query, **{"filter[status]": status}))
    else:
        found = visit.ask.read(list_jobs_needing_attention, visit.of_client(**query))
    return visit.show("work/jobs.html", found=found, counts=visit.ask.read(count_jobs), statuses=JOB_STATUSES)


@pages.post("/work/jobs/retry")
def retry_many(visit: Visit) -> Response:
    """Try many failed jobs again."""
    body: dict[str, Any] = {}
    if request.form.getlist("id"):
        body["ids"] = request.form.getlist("id")
    elif request.form.get("type"):
        body["type"] = request.form["type"]
    else:
        raise field_error("jobs", "Tick the jobs that are to be tried again.")
    if visit.client is not None:
        body["client_id"] = visit.client["id"]
    done = visit.ask.write(retry_jobs, body)
    more = " More match; do it again." if done["more"] else ""
    return visit.go("/work", f"{done['retried']} jobs are tried again.{more}")


@pages.get(_JOB, may=Permission.WRITE)
def job(visit: Visit, job_id: str) -> Response:
    """One job with its log."""
    shown = visit.ask.read(show_job, job_id=job_id)
    log = visit.ask.read(list_job_log, {"limit": "50"}, job_id=job_id)["items"]
    return visit.show("work/job.html", job=shown, log=log)


@pages.post(f"{_JOB}/retry")
def retry(visit: Visit, job_id: str) -> Response:
    """Try it again."""
    visit.ask.write(retry_job, job_id=job_id)
    return visit.go(visit.back(f"/work/jobs/{job_id}"), "It is tried again.")


@pages.post(f"{_JOB}/dismiss")
def dismiss(visit: Visit, job_id: str) -> Response:
    """It never runs again."""
    reason = request.form.get("reason") or "Dismissed in the console."
    visit.ask.write(dismiss_job, {"reason": reason}, job_id=job_id)
    return visit.go(visit.back("/work"), "Dismissed: it never runs again.")


@pages.get("/work/unmatched")
def unmatched(visit: Visit) -> Response:
    """Messages whose writer is nobody we know."""
    query = {"limit": "30"} | ({"cursor": request.args["cursor"]} if request.args.get("cursor") else {})
    return visit.show(
        "work/unmatched.html",
        found=visit.ask.read(list_unmatched_messages, visit.of_client(**query)),
        listening=visit.ask.read(show_listening)["items"],
    )


@pages.get("/work/unmatched/leads")
def who_wrote(visit: Visit) -> Response:
    """Leads who may have written it, by name."""
    query = {"filter[client_id]": request.args.get("of", ""), "limit": _MOST_MATCHES}
    if request.args.get("q", "").strip():
        query["filter[q]"] = request.args["q"].strip()
    found = visit.ask.read(list_leads, query)["items"]
    return visit.part("work/who_wrote.html", found=found, message_id=request.args.get("message", ""))


@pages.post("/work/unmatched/<id:message_id>/match")
def match(visit: Visit, message_id: str) -> Response:
    """Say who wrote it; what is automatic stops, as for any reply."""
    visit.ask.write(match_message, {"lead_id": request.form.get("lead_id", "")}, message_id=message_id)
    return visit.go("/work/unmatched", "Matched. Whatever was automatic for this person has stopped.")


@pages.get("/work/webhooks", may=Permission.MANAGE)
def webhooks(visit: Visit) -> Response:
    """How our webhooks are; the provider is asked by the page once it stands."""
    query = {"limit": "20"}
    if request.args.get("status") in STATUSES:
        query["filter[status]"] = request.args["status"]
    if request.args.get("cursor"):
        query["cursor"] = request.args["cursor"]
    return visit.show("work/webhooks.html", found=visit.ask.read(list_deliveries, query), statuses=STATUSES)


@pages.get("/work/webhooks/health", may=Permission.MANAGE)
def webhook_health(visit: Visit) -> Response:
    """What the provider has registered for us, and how well we were told."""
    try:
        found, trouble = visit.ask.read(show_webhooks_status), None
    except RapportError as refusal:
        found, trouble = None, refusal
    return visit.part("work/health.html", found=found, trouble=trouble)


@pages.post("/work/webhooks/repair/look", may=Permission.MANAGE)
def look_at_repair(visit: Visit) -> Response:
    """What a repair would do; nothing is changed."""
    return visit.part("work/repair.html", plan=visit.ask.write(repair_webhooks, {"dry_run": True}))


@pages.post("/work/webhooks/repair", may=Permission.MANAGE)
def repair(visit: Visit) -> Response:
    """Put them right."""
    done = visit.ask.write(repair_webhooks, {"dry_run": False})
    if done["refused"]:
        return visit.go("/work/webhooks", f"Not all of it: {', '.join(done['refused'])}.", tone="warn")
    said = ", ".join(done["done"]) or "everything was right already"
    return visit.go("/work/webhooks", f"Put right: {said}.")


@pages.get(_DELIVERY, may=Permission.MANAGE)
def delivery(visit: Visit, delivery_id: str) -> Response:
    """One delivery with its body and what was made of it."""
    return visit.show("work/delivery.html", delivery=visit.ask.read(show_delivery, delivery_id=delivery_id))


@pages.post(f"{_DELIVERY}/reprocess", may=Permission.MANAGE)
def reprocess(visit: Visit, delivery_id: str) -> Response:
    """Look at it again."""
    visit.ask.write(reprocess_delivery, delivery_id=delivery_id)
    return visit.go(f"/work/deliveries/{delivery_id}", "It is looked at again.")


@pages.get("/work/sending", may=Permission.MANAGE)
def sending(visit: Visit) -> Response:
    """The sending as a whole."""
    return visit.show("work/sending.html", scheduler=visit.ask.read(show_scheduler))


@pages.post("/work/sending", may=Permission.MANAGE)
def switch_sending(visit: Visit) -> Response:
    """Start, drain or stop it, for every process."""
    wanted = _SCHEDULER.get(request.form.get("wanted", ""))
    if wanted is None:
        raise field_error("wanted", "Start, drain or stop.")
    visit.ask.write(wanted, {"reason": request.form.get("reason") or "In the console."})
    return visit.go("/work/sending", "Noted: every process follows within seconds.")


@pages.get("/work/database", may=Permission.MANAGE)
def database(visit: Visit) -> Response:
    """How the database is."""
    return visit.show("work/database.html", found=visit.ask.read(show_database))
