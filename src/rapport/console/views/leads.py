"""Leads: the table with its filters in the address, bulk acts that count first, and one person understood."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.campaigns.api.campaigns import list_campaigns
from rapport.console import lead_table, words
from rapport.console.visits import Pages, Visit
from rapport.enrollments.api.campaigns import enroll_leads
from rapport.enrollments.api.enrollments import explain_enrollment, list_enrollments
from rapport.inbox.api.conversations import list_conversations
from rapport.kernel.errors import LEAD_MERGED, RapportError, field_error
from rapport.leads.api.bulk import preview_bulk, run_bulk
from rapport.leads.api.leads import (
    add_lead,
    add_note,
    change_lead,
    change_tags,
    erase_lead,
    list_lead_timeline,
    list_leads,
    list_notes,
    list_tags,
    remove_note,
    show_lead,
    suppress_lead,
)
from rapport.leads.api.views import list_lead_views
from rapport.leads.queries.register import LEADS
from rapport.leads.words import LeadColumn
from rapport.rules.lead_fields import LONGEST
from rapport.scoring.api.scores import list_lead_scores, score_lead, set_lead_temperature, show_lead_score

pages = Pages("leads")
_ONE = "/leads/<id:lead_id>"
_A_PAGE = "50"
_EDITED = ("first_name", "last_name", "title", "company", "headline", "location", "email", "phone", "website")
_MOST_TICKED = 100
_MOST_TAGS = 200


@pages.get("/leads")
def leads(visit: Visit) -> Response:
    """The table."""
    of_client = {"client_id": visit.client["id"]} if visit.client else {}
    views = visit.ask.read(list_lead_views, visit.of_client(limit="200"))["items"]
    table = lead_table.asked(request.args, views)
    found = visit.ask.read(list_leads, visit.of_client(**table.query, limit=_A_PAGE, **_cursor()))
    ids = [each["id"] for each in found["items"]] if "score" in table.columns else []
    return visit.show(
        "leads/list.html",
        found=found,
        table=table,
        views=views,
        scores=_scores(visit, ids),
        tags=visit.ask.read(list_tags, of_client)["items"][:_MOST_TAGS],
        campaigns=visit.ask.read(list_campaigns, visit.of_client(limit="100", sort="name", order="asc"))["items"],
        sources=LEADS.fields["source"].choices,
        columns=[each.value for each in LeadColumn],
        later=lead_table.LATER,
    )


@pages.post("/leads")
def add(visit: Visit) -> Response:
    """Add one person."""
    form = request.form
    if not form.get("client_id"):
        raise field_error("client", "Choose whose lead it is.")
    given = {name: form[name].strip() for name in (*_EDITED, "profile_url") if form.get(name, "").strip()}
    made = visit.ask.write(add_lead, {"client_id": form["client_id"], "tags": _tags(form.get("tags", "")), **given})
    return visit.go(f"/leads/{made['id']}", "Added.")


@pages.post("/leads/bulk/count")
def count(visit: Visit) -> Response:
    """How many an act would touch, and some of them; nothing is done."""
    client_id = request.form.get("client_id", "")
    if not client_id:
        raise field_error("client", "Choose a client first: one thing is done with the leads of one client.")
    ticked = request.form.getlist("id")[:_MOST_TICKED]
    picked = {"id.in": ",".join(ticked)} if ticked else lead_table.asked(request.form, ()).state["filter"]
    action = _action(request.form.get("act", ""))
    body = {"client_id": client_id, "filter": picked, "action": action}
    looked = visit.ask.write(preview_bulk, body)
    return visit.part("leads/counted.html", looked=looked, action=action, all_of_them=not ticked)


@pages.post("/leads/bulk")
def bulk(visit: Visit) -> Response:
    """Do what was counted."""
    done = visit.ask.write(run_bulk, {"token": request.form.get("token", "")})
    back = visit.back("/leads")
    if done["job_id"] is not None:
        return visit.go(back, f"{done['count']:,} leads are being worked on by a job.")
    refused = f", {done['refused']} refused" if done["refused"] else ""
    return visit.go(back, f"Done: {done['changed']:,} of {done['count']:,} changed{refused}.")


@pages.get(_ONE)
def lead(visit: Visit, lead_id: str) -> Response:
    """One person: what is known, what happened, why they wait."""
    try:
        shown = visit.ask.read(show_lead, lead_id=lead_id)
    except RapportError as refusal:
        if refusal.code is not LEAD_MERGED or not isinstance(refusal.details, dict):
            raise
        return visit.go(f"/leads/{refusal.details['kept_id']}", "This lead was merged into another: this is who stays.")
    enrollments = visit.ask.read(list_enrollments, {"filter[lead_id]": lead_id, "limit": "10"})["items"]
    mine = {"filter[client_id]": shown["client_id"], "limit": "50"}
    return visit.show(
        "leads/lead.html",
        lead=shown,
        enrollments=enrollments,
        timeline=_timeline(visit, lead_id),
        notes=visit.ask.read(list_notes, {"limit": "20"}, lead_id=lead_id)["items"],
        campaigns=visit.ask.read(list_campaigns, {**mine, "filter[state][in]": "draft,active,paused"})["items"],
        score=visit.ask.read(show_lead_score, lead_id=lead_id),
        talks=visit.ask.read(list_conversations, {"filter[lead_id]": lead_id, "limit": "5"})["items"],
        edited=_EDITED,
        longest=LONGEST,
    )


@pages.get(f"{_ONE}/why")
def why(visit: Visit, lead_id: str) -> Response:
    """Why this lead waits, in each campaign it is in."""
    visit.ask.read(show_lead, lead_id=lead_id)
    query = {"filter[lead_id]": lead_id, "filter[ended_at][is_null]": "true", "limit": "3"}
    found = [
        (each, visit.ask.read(explain_enrollment, enrollment_id=each["id"]))
        for each in visit.ask.read(list_enrollments, query)["items"]
    ]
    return visit.part("leads/why.html", found=found)


@pages.get(f"{_ONE}/timeline")
def timeline(visit: Visit, lead_id: str) -> Response:
    """Further back in the timeline."""
    return visit.part("leads/timeline.html", timeline=_timeline(visit, lead_id), lead_id=lead_id)


@pages.post(_ONE)
def change(visit: Visit, lead_id: str) -> Response:
    """Change what is known."""
    body = {name: request.form[name].strip() or None for name in _EDITED if name in request.form}
    visit.ask.write(change_lead, body, lead_id=lead_id)
    return visit.go(f"/leads/{lead_id}", "Saved. No import overwrites what you said.")


@pages.post(f"{_ONE}/enroll")
def enroll(visit: Visit, lead_id: str) -> Response:
    """Put the lead into a campaign."""
    visit.ask.read(show_lead, lead_id=lead_id)
    campaign_id = request.form.get("campaign_id", "")
    done = visit.ask.write(enroll_leads, {"lead_ids": [lead_id]}, campaign_id=campaign_id)
    if done["refused"]:
        return visit.go(f"/leads/{lead_id}", f"Not enrolled: {words.plain(done['refused'][0]['reason'])}.", tone="warn")
    return visit.go(f"/leads/{lead_id}", "Enrolled.")


@pages.post(f"{_ONE}/score")
def score(visit: Visit, lead_id: str) -> Response:
    """Say how warm they are, take that back, or count the points anew."""
    match request.form.get("temperature", ""):
        case "anew":
            visit.ask.write(score_lead, lead_id=lead_id)
        case "":
            visit.ask.write(set_lead_temperature, {"temperature": None}, lead_id=lead_id)
        case word:
            visit.ask.write(set_lead_temperature, {"temperature": word}, lead_id=lead_id)
    return visit.go(f"/leads/{lead_id}", "Noted.")


@pages.post(f"{_ONE}/tags")
def tag(visit: Visit, lead_id: str) -> Response:
    """Put tags on, take one off."""
    form = request.form
    body = {"add": _tags(form.get("add", "")), "remove": form.getlist("remove")}
    visit.ask.write(change_tags, body, lead_id=lead_id)
    return visit.go(f"/leads/{lead_id}")


@pages.post(f"{_ONE}/notes")
def note(visit: Visit, lead_id: str) -> Response:
    """Write something down."""
    visit.ask.write(add_note, {"text": request.form.get("text", "")}, lead_id=lead_id)
    return visit.go(f"/leads/{lead_id}")


@pages.post("/leads/notes/<id:note_id>/remove")
def unnote(visit: Visit, note_id: str) -> Response:
    """Take a note away."""
    visit.ask.write(remove_note, note_id=note_id)
    return visit.go(visit.back("/leads"))


@pages.post(f"{_ONE}/do-not-contact")
def suppress(visit: Visit, lead_id: str) -> Response:
    """Never contact this person again."""
    visit.ask.write(suppress_lead, {"reason": request.form.get("reason") or None}, lead_id=lead_id)
    return visit.go(f"/leads/{lead_id}", "On the do-not-contact list. Nothing reaches them any more.")


@pages.post(f"{_ONE}/erase")
def erase(visit: Visit, lead_id: str) -> Response:
    """Erase the person for good."""
    done = visit.ask.write(erase_lead, {"confirm": lead_id}, lead_id=lead_id)
    return visit.go("/leads", f"Erased, with {done['identities']} identities. Only hashes stay, to keep them away.")


def _timeline(visit: Visit, lead_id: str) -> dict[str, Any]:
    return visit.ask.read(list_lead_timeline, {"limit": "30", **_cursor()}, lead_id=lead_id)


def _scores(visit: Visit, ids: list[str]) -> dict[str, Any]:
    if not ids:
        return {}
    found = visit.ask.read(list_lead_scores, {"filter[lead_id][in]": ",".join(ids), "limit": _A_PAGE})["items"]
    return {each["lead_id"]: each for each in found}


def _cursor() -> dict[str, str]:
    return {"cursor": request.args["cursor"]} if request.args.get("cursor") else {}


def _tags(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _action(kind: str) -> dict[str, Any]:
    match kind:
        case "tag" | "untag":
            return {"kind": kind, "tags": _tags(request.form.get("tags", ""))}
        case "suppress":
            return {"kind": kind, "reason": request.form.get("reason") or None}
        case "delete":
            return {"kind": kind}
        case other:
            raise field_error("act", f"{words.plain(other) or 'Nothing'} cannot be done with leads.")
