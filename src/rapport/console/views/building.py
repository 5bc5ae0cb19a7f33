"""Building a campaign: its sequence with problems and previews as one types, its schedule, its senders."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, request

from rapport.accounts.api.accounts import list_accounts
from rapport.campaigns.api.calendars import list_countries
from rapport.campaigns.api.campaigns import (
    change_campaign,
    list_openings,
    list_senders,
    set_senders,
    show_campaign,
)
from rapport.campaigns.api.sequences import compare_sequence, preview_campaign, show_sequence, write_sequence
from rapport.console import branches, drawing, editing
from rapport.console.views.campaigns import frame
from rapport.console.visits import Pages, Visit
from rapport.kernel.errors import RapportError, field_error
from rapport.kernel.schema import zones
from rapport.leads.api.leads import list_leads
from rapport.rules.delays import Unit
from rapport.rules.sequences import Asked, StepKind
from rapport.rules.windows import WEEKDAYS

pages = Pages("building")
_ONE = "/campaigns/<id:campaign_id>"
_TO_CHOOSE = "30"
_HARDEST = 3


@pages.get(f"{_ONE}/build")
def build(visit: Visit, campaign_id: str) -> Response:
    """The sequence: to be read by those who may not write."""
    shown = visit.ask.read(show_campaign, campaign_id=campaign_id)
    sequence = visit.ask.read(show_sequence, campaign_id=campaign_id)
    steps = sequence["steps"]
    edits = visit.may_write and shown["state"] not in ("completed", "archived")
    leads = visit.ask.read(list_leads, {"filter[client_id]": shown["client_id"], "limit": _TO_CHOOSE})["items"]
    return visit.show(
        "campaigns/build.html",
        **frame(shown),
        **_editor(steps, None),
        **_looked(visit, campaign_id, steps, None),
        sequence=sequence,
        edits=edits,
        leads=leads,
    )


@pages.post(f"{_ONE}/build/edit")
def edit(visit: Visit, campaign_id: str) -> Response:
    """The editor after one act; nothing is written."""
    visit.ask.read(show_campaign, campaign_id=campaign_id)
    steps, about = editing.change(editing.read(request.form), request.form.get("act", ""))
    answer = visit.part("campaigns/editor.html", edits=True, campaign_id=campaign_id, **_editor(steps, about))
    answer.headers["HX-Trigger-After-Settle"] = "edited"
    return answer


@pages.post(f"{_ONE}/build/look")
def look(visit: Visit, campaign_id: str) -> Response:
    """What is wrong, and how it reads for somebody; nothing is written."""
    steps = editing.read(request.form)
    found = _looked(visit, campaign_id, steps, request.form.get("lead_id") or None)
    return visit.part("campaigns/looked.html", **found)


@pages.post(f"{_ONE}/build")
def save(visit: Visit, campaign_id: str) -> Response:
    """Write the sequence."""
    body = {"steps": editing.read(request.form), "accept": request.form.getlist("accept")}
    written = visit.ask.write(write_sequence, body, campaign_id=campaign_id)
    return visit.go(f"/campaigns/{campaign_id}/build", f"Saved. Version {written['number']} holds.")


@pages.get(f"{_ONE}/schedule")
def schedule(visit: Visit, campaign_id: str) -> Response:
    """When it works, and who sends."""
    shown = visit.ask.read(show_campaign, campaign_id=campaign_id)
    openings = visit.ask.read(list_openings, {"count": "60"}, campaign_id=campaign_id)
    query = {"filter[client_id]": shown["client_id"], "limit": "100", "sort": "name", "order": "asc"}
    return visit.show(
        "campaigns/schedule.html",
        **frame(shown),
        fortnight=drawing.fortnight(openings["openings"], openings["timezone"], visit.service.clock.now()),
        senders={each["account_id"] for each in visit.ask.read(list_senders, campaign_id=campaign_id)["senders"]},
        accounts=visit.ask.read(list_accounts, query)["items"],
        countries=visit.ask.read(list_countries)["countries"],
        zones=sorted(zones()),
        weekdays=WEEKDAYS,
        edits=visit.may_write and shown["state"] not in ("completed", "archived"),
    )


@pages.post(f"{_ONE}/schedule")
def set_schedule(visit: Visit, campaign_id: str) -> Response:
    """Change when it works."""
    form = request.form
    wanted = {
        "timezone": form.get("timezone", ""),
        "week": {day: _windows(day, form.get(day, "")) for day in WEEKDAYS},
        "weekend": form.getlist("weekend"),
        "holidays_country": form.get("holidays_country") or None,
        "holidays_region": form.get("holidays_region") or None,
        "days_off": [_day("days_off", each) for each in form.get("days_off", "").replace(",", " ").split()],
        "starts_on": _day("starts_on", form["starts_on"]) if form.get("starts_on") else None,
        "ends_on": _day("ends_on", form["ends_on"]) if form.get("ends_on") else None,
    }
    visit.ask.write(change_campaign, {"schedule": wanted}, campaign_id=campaign_id)
    return visit.go(f"/campaigns/{campaign_id}/schedule", "Saved. It holds from the next send on.")


@pages.post(f"{_ONE}/senders")
def choose_senders(visit: Visit, campaign_id: str) -> Response:
    """Change who sends."""
    visit.ask.write(set_senders, {"account_ids": request.form.getlist("account_ids")}, campaign_id=campaign_id)
    return visit.go(f"/campaigns/{campaign_id}/schedule", "Saved.")


def _windows(day: str, text: str) -> list[dict[str, str]]:
    """A day's windows from a text such as 09:00-12:00, 13:00-17:00, with a hyphen or a dash."""
    found = []
    for part in text.replace(";", ",").split(","):
        words = part.replace("\N{EN DASH}", "-").replace(" ", "")
        if not words:
            continue
        opens, dash, closes = words.partition("-")
        if not dash:
            raise field_error(day, f"“{part.strip()}” is no window. Write 09:00-12:00.")
        found.append({"opens": opens.zfill(5), "closes": closes.zfill(5)})
    return found


def _day(field: str, text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise field_error(field, f"“{text}” is no day. Write 2026-12-24.") from None


def _editor(steps: list[dict[str, Any]], about: str | None) -> dict[str, Any]:
    return {
        "steps": steps,
        "line": branches.draw(steps),
        "drawn_line": branches.draw(steps),
        "lost": branches.unreached(steps),
        "movable": {step["key"]: editing.movable(steps, step["key"]) for step in steps},
        "about": about,
        "step_kinds": [kind.value for kind in StepKind],
        "speaks": {kind.value for kind in StepKind if kind.speaks},
        "with_subject": {StepKind.INMAIL.value, StepKind.EMAIL.value},
        "units": [unit.value for unit in Unit],
        "asked": [asked.value for asked in Asked],
    }


def _looked(visit: Visit, campaign_id: str, steps: list[dict[str, Any]], lead_id: str | None) -> dict[str, Any]:
    """Problems and previews of steps that are not written."""
    compared = visit.ask.write(compare_sequence, {"steps": steps}, campaign_id=campaign_id)
    whom = {"lead_id": lead_id} if lead_id is not None else {"count": _HARDEST}
    try:
        read = visit.ask.write(preview_campaign, {"steps": steps, **whom}, campaign_id=campaign_id)["leads"]
        unread = None
    except RapportError as refusal:
        read, unread = [], refusal.message
    return {"compared": compared, "previews": read, "unread": unread, "chosen": lead_id}
