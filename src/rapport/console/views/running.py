"""A campaign's leads, why each waits, and how the whole would run."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.campaigns.api.campaigns import list_senders, show_campaign
from rapport.console import drawing
from rapport.console.forms import whole
from rapport.console.views.campaigns import frame
from rapport.console.visits import Pages, Visit
from rapport.enrollments.api.campaigns import (
    count_leads_to_enroll,
    enroll_leads_by_filter,
    list_simulations,
    show_simulation,
    simulate_campaign,
)
from rapport.enrollments.api.enrollments import (
    explain_enrollment,
    give_enrollment,
    list_enrollments,
    override_enrollment,
    pause_enrollment,
    restart_enrollment,
    resume_enrollment,
    show_enrollment,
    skip_step,
    stop_enrollment,
    unskip_step,
)
from rapport.kernel.errors import field_error
from rapport.kernel.listing import instant
from rapport.leads.api.leads import list_tags
from rapport.rules.permissions import Permission
from rapport.rules.statuses import EnrollmentStatus

pages = Pages("running")
_ONE = "/campaigns/<id:campaign_id>"
_ENROLLED = "/enrollments/<id:enrollment_id>"
_A_PAGE = "50"
_WITHOUT_ZONE = len("2026-01-01T00:00")
_CHART = {"width": 720.0, "height": 220.0}
_ACTS = {
    "pause": (pause_enrollment, "Paused: nothing is sent to this lead until it is resumed."),
    "resume": (resume_enrollment, "The lead goes on."),
    "stop": (stop_enrollment, "Stopped for this lead."),
    "restart": (restart_enrollment, "The lead goes on where it stood."),
    "skip": (skip_step, "The step is left out for this lead."),
    "unskip": (unskip_step, "The skip is taken back."),
    "override": (override_enrollment, "Noted. Every other gate still holds."),
    "give": (give_enrollment, "Another sender goes on with this lead."),
}


@pages.get(f"{_ONE}/leads")
def leads(visit: Visit, campaign_id: str) -> Response:
    """The leads of a campaign and where each stands."""
    shown = visit.ask.read(show_campaign, campaign_id=campaign_id)
    query = {"filter[campaign_id]": campaign_id, "limit": _A_PAGE}
    for name, filtered in (("status", "filter[status]"), ("reason", "filter[reason]"), ("cursor", "cursor")):
        if request.args.get(name):
            query[filtered] = request.args[name]
    return visit.show(
        "campaigns/leads.html",
        **frame(shown),
        found=visit.ask.read(list_enrollments, query),
        tags=visit.ask.read(list_tags, {"client_id": shown["client_id"]})["items"],
        statuses=[status.value for status in EnrollmentStatus],
        enrolls=visit.may_write and shown["state"] not in ("completed", "archived"),
    )


@pages.post(f"{_ONE}/leads/count", may=Permission.READ)
def count(visit: Visit, campaign_id: str) -> Response:
    """How many leads would be enrolled, before anything is done."""
    chosen = _filter()
    found = visit.ask.write(count_leads_to_enroll, {"filter": chosen}, campaign_id=campaign_id)
    return visit.part("campaigns/count.html", count=found["count"], chosen=chosen, campaign_id=campaign_id)


@pages.post(f"{_ONE}/leads")
def enroll(visit: Visit, campaign_id: str) -> Response:
    """Enroll the leads that were counted."""
    back = visit.back(f"/campaigns/{campaign_id}/leads")
    started = visit.ask.write(enroll_leads_by_filter, {"filter": _filter()}, campaign_id=campaign_id)
    return visit.go(back, f"{started['count']:,} leads are being enrolled. Who cannot be is left out, with the reason.")


def _filter() -> dict[str, str]:
    tag = request.form.get("tag", "")
    return {"tag": tag} if tag else {}


@pages.get(f"{_ONE}/simulate")
def simulations(visit: Visit, campaign_id: str) -> Response:
    """The last simulation as a chart, and the form of the next."""
    shown = visit.ask.read(show_campaign, campaign_id=campaign_id)
    rows = visit.ask.read(list_simulations, {"limit": "6"}, campaign_id=campaign_id)["items"]
    wanted = request.args.get("simulation") or (rows[0]["id"] if rows else None)
    simulation = visit.ask.read(show_simulation, simulation_id=wanted) if wanted else None
    return visit.show("campaigns/simulate.html", **frame(shown), rows=rows, simulation=simulation, **_drawn(simulation))


@pages.get(f"{_ONE}/simulations/<id:simulation_id>")
def simulation(visit: Visit, campaign_id: str, simulation_id: str) -> Response:
    """One simulation as a part of the page, for whoever waits for it."""
    shown = visit.ask.read(show_campaign, campaign_id=campaign_id)
    found = visit.ask.read(show_simulation, simulation_id=simulation_id)
    return visit.part("campaigns/simulated.html", campaign=shown, simulation=found, **_drawn(found))


@pages.post(f"{_ONE}/simulate", may=Permission.READ)
def simulate(visit: Visit, campaign_id: str) -> Response:
    """Run it on a virtual clock."""
    form = request.form
    body = {
        "days": whole("days", form.get("days", "60")),
        "runs": whole("runs", form.get("runs", "10")),
        "acceptance": whole("acceptance", form.get("acceptance", "30")) / 100,
        "reply": whole("reply", form.get("reply", "15")) / 100,
    }
    made = visit.ask.write(simulate_campaign, body, campaign_id=campaign_id)
    return visit.go(f"/campaigns/{campaign_id}/simulate?simulation={made['id']}")


def _drawn(found: dict[str, Any] | None) -> dict[str, Any]:
    done = found is not None and found["result"] is not None
    return {"chart": drawing.per_day(found["result"]["days"], **_CHART) if found is not None and done else None}


@pages.get(_ENROLLED)
def enrollment(visit: Visit, enrollment_id: str) -> Response:
    """One lead in one campaign: why it waits, what is behind it, what may be done."""
    shown = visit.ask.read(show_enrollment, enrollment_id=enrollment_id)
    return visit.show(
        "campaigns/enrollment.html",
        enrollment=shown,
        why=visit.ask.read(explain_enrollment, enrollment_id=enrollment_id),
        senders=visit.ask.read(list_senders, campaign_id=shown["campaign_id"])["senders"],
    )


@pages.post(f"{_ENROLLED}/act")
def act(visit: Visit, enrollment_id: str) -> Response:
    """Pause, resume, stop, restart, skip, set when it is due, give to another sender."""
    form = request.form
    known = _ACTS.get(form.get("act", ""))
    if known is None:
        raise field_error("act", "There is no such act.")
    body: dict[str, Any] = {name: form[name] for name in ("reason", "step_key", "account_id") if name in form}
    if "due_at" in form:
        body["due_at"] = _instant(form["due_at"])
    visit.ask.write(known[0], body, enrollment_id=enrollment_id)
    return visit.go(visit.back(f"/enrollments/{enrollment_id}"), known[1])


def _instant(text: str) -> str | None:
    """An instant from a field of a form, which names no zone: it is UTC. Nothing lets the delay decide again."""
    if not text:
        return None
    return instant("due_at", f"{text}:00+00:00" if len(text) == _WITHOUT_ZONE else text).isoformat()
