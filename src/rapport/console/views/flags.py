"""Settings of features: which are on, for whom, and whose word that is."""

from __future__ import annotations

from flask import Response, request

from rapport.console.visits import Pages, Visit
from rapport.flags.api import list_flags, set_flag
from rapport.rules.permissions import Permission

pages = Pages("flags")


@pages.get("/settings/flags", may=Permission.MANAGE)
def flags(visit: Visit) -> Response:
    """Which features are on, and whose word that is."""
    of = {"client_id": visit.client["id"]} if visit.client is not None else {}
    return visit.show("settings/flags.html", found=visit.ask.read(list_flags, of)["items"])


@pages.post("/settings/flags", may=Permission.MANAGE)
def flag(visit: Visit) -> Response:
    """Turn one on or off, or take the word back."""
    form = request.form
    enabled = {"on": True, "off": False}.get(form.get("wanted", ""))
    body = {"name": form.get("name", ""), "client_id": form.get("client_id") or None, "enabled": enabled}
    visit.ask.write(set_flag, body)
    return visit.go("/settings/flags", "It holds at once.")
