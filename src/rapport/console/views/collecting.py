"""Settings of forms: what they ask, where they stand, and what people sent through them."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.campaigns.api.campaigns import list_campaigns
from rapport.capture.api.forms import (
    change_capture_form,
    create_capture_form,
    list_capture_forms,
    list_submissions,
    rotate_form_key,
    show_capture_form,
)
from rapport.capture.words import FIELDS, FormKind
from rapport.console.forms import lines, text, whole, words
from rapport.console.views.capturing import LABELS
from rapport.console.visits import Pages, Visit
from rapport.kernel.errors import field_error
from rapport.offerings.api.offerings import list_offerings

pages = Pages("forms")
_ONE = "/settings/forms/<id:form_id>"
_A_PAGE = "50"
_ASKED = {"full_name": "asked", "email": "required", "message": "asked"}
"""What a new form asks, unless its maker says otherwise."""
_HOLDS = "It holds at once, wherever the form stands."


@pages.get("/settings/forms")
def forms(visit: Visit) -> Response:
    """All forms, and one more."""
    query = {"limit": _A_PAGE, "sort": "name", "order": "asc"}
    if request.args.get("cursor"):
        query["cursor"] = request.args["cursor"]
    return visit.show(
        "settings/forms.html",
        found=visit.ask.read(list_capture_forms, visit.of_client(**query)),
        kinds=[each.value for each in FormKind],
        labels=_labels(),
        asked=_ASKED,
    )


@pages.post("/settings/forms")
def add(visit: Visit) -> Response:
    """Make one; its page and its snippet are shown next."""
    form = request.form
    body = {"client_id": form.get("client_id", ""), "kind": form.get("kind", ""), "name": form.get("name", "")}
    made = visit.ask.write(create_capture_form, {**body, "fields": _fields()})
    return visit.go(f"/settings/forms/{made['id']}", "Made. Put it on a page, or send people to the one we host.")


@pages.get(_ONE)
def one(visit: Visit, form_id: str) -> Response:
    """One form: where it stands, what it asks, what came through it."""
    shown = visit.ask.read(show_capture_form, form_id=form_id)
    mine = {"filter[client_id]": shown["client_id"], "limit": "100", "sort": "name", "order": "asc"}
    return visit.show(
        "settings/form.html",
        shown=shown,
        labels=_labels(),
        asked={each["name"]: "required" if each["is_required"] else "asked" for each in shown["fields"]},
        campaigns=visit.ask.read(list_campaigns, mine)["items"],
        offerings=visit.ask.read(list_offerings, {**mine, "filter[archived_at][is_null]": "true"})["items"],
        sent=visit.ask.read(list_submissions, {"filter[form_id]": form_id, "limit": "10"})["items"],
        address=(visit.service.settings.public_url or request.host_url).rstrip("/"),
    )


@pages.post(_ONE)
def change(visit: Visit, form_id: str) -> Response:
    """Change what it asks and says, and what becomes of who sends it."""
    form = request.form
    body: dict[str, Any] = {name: form.get(name, "") for name in ("name", "title", "thanks")}
    body |= {name: text(name).strip() or None for name in ("intro", "consent_text")}
    body |= {name: form.get(name) or None for name in ("campaign_id", "offering_id")}
    body |= {"fields": _fields(), "origins": lines("origins"), "tags": words("tags")}
    visit.ask.write(change_capture_form, body, form_id=form_id)
    return visit.go(f"/settings/forms/{form_id}", f"Saved. {_HOLDS}")


@pages.post(f"{_ONE}/act")
def act(visit: Visit, form_id: str) -> Response:
    """Turn it off and on, give it another key."""
    there = f"/settings/forms/{form_id}"
    match request.form.get("act", ""):
        case "off":
            visit.ask.write(change_capture_form, {"enabled": False}, form_id=form_id)
            return visit.go(there, "Turned off: its key opens nothing until it is on again.")
        case "on":
            visit.ask.write(change_capture_form, {"enabled": True}, form_id=form_id)
            return visit.go(there, f"Turned on. {_HOLDS}")
        case "rotate":
            keep = whole("keep_hours", request.form.get("keep_hours", ""))
            visit.ask.write(rotate_form_key, {"keep_hours": keep}, form_id=form_id)
            return visit.go(there, "It has another key. Change the pages that hold it while the one before is good.")
        case _:
            raise field_error("act", "There is no such act.")


def _fields() -> list[dict[str, Any]]:
    said = {name: request.form.get(f"asks-{name}", "") for name in FIELDS}
    return [{"name": name, "is_required": word == "required"} for name, word in said.items() if word]


def _labels() -> dict[str, str]:
    return {name: LABELS[name][0] for name in FIELDS}
