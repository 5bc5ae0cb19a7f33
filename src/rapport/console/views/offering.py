"""Settings of what a client offers: what messages are looked at for, and how many were found."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.campaigns.api.campaigns import list_campaigns
from rapport.console.forms import lines, text
from rapport.console.visits import Pages, Visit
from rapport.offerings.api.offerings import change_offering, create_offering, list_offerings, show_offering

pages = Pages("offerings")
_ONE = "/settings/offerings/<id:offering_id>"
_A_PAGE = "50"


@pages.get("/settings/offerings")
def offerings(visit: Visit) -> Response:
    """What is offered; with `archived`, what no longer is."""
    put_away = request.args.get("archived") == "true"
    query = {"limit": _A_PAGE, "sort": "name", "order": "asc"}
    query["filter[archived_at][is_null]"] = "false" if put_away else "true"
    if request.args.get("cursor"):
        query["cursor"] = request.args["cursor"]
    found = visit.ask.read(list_offerings, visit.of_client(**query))
    return visit.show("settings/offerings.html", found=found, put_away=put_away)


@pages.post("/settings/offerings")
def add(visit: Visit) -> Response:
    """Add one; messages that come from now on are looked at for it."""
    made = visit.ask.write(create_offering, {"client_id": request.form.get("client_id", ""), **_given()})
    return visit.go(f"/settings/offerings/{made['id']}", "Added. Messages that come from now on are looked at for it.")


@pages.get(_ONE)
def offering(visit: Visit, offering_id: str) -> Response:
    """One, with how many messages are about it."""
    shown = visit.ask.read(show_offering, offering_id=offering_id)
    mine = {"filter[client_id]": shown["client_id"], "limit": "100", "sort": "name", "order": "asc"}
    campaigns = visit.ask.read(list_campaigns, mine)["items"]
    return visit.show("settings/offering.html", shown=shown, campaigns=campaigns)


@pages.post(_ONE)
def change(visit: Visit, offering_id: str) -> Response:
    """Change it, put it away, or take it back."""
    there = f"/settings/offerings/{offering_id}"
    match request.form.get("act", ""):
        case "archive":
            visit.ask.write(change_offering, {"archived": True}, offering_id=offering_id)
            return visit.go(there, "Put away. Messages are not looked at for it any more; what was found stays.")
        case "restore":
            visit.ask.write(change_offering, {"archived": False}, offering_id=offering_id)
            return visit.go(there, "It is offered again.")
        case _:
            body = {**_given(), "campaign_ids": request.form.getlist("campaign_ids")}
            visit.ask.write(change_offering, body, offering_id=offering_id)
            return visit.go(there, "Saved. It holds for messages that come from now on.")


def _given() -> dict[str, Any]:
    form = request.form
    return {
        "name": form.get("name", ""),
        "code": form.get("code", "").strip() or None,
        "external_ref": form.get("external_ref", "").strip() or None,
        "urls": lines("urls"),
        "aliases": lines("aliases"),
        "description": text("description"),
    }
