"""Settings of texts that are written often."""

from __future__ import annotations

from flask import Response, request

from rapport.console.forms import text
from rapport.console.visits import Pages, Visit
from rapport.inbox.api.replies import (
    change_canned_reply,
    create_canned_reply,
    list_canned_replies,
    remove_canned_reply,
)

pages = Pages("texts")
_REPLY = "/settings/replies/<id:canned_reply_id>"


@pages.get("/settings/replies")
def replies(visit: Visit) -> Response:
    """Canned replies."""
    return visit.show("settings/replies.html", found=visit.ask.read(list_canned_replies, visit.of_client(limit="100")))


@pages.post("/settings/replies")
def add_reply(visit: Visit) -> Response:
    """Another text."""
    body = {"client_id": request.form.get("client_id", ""), "name": request.form.get("name", "")}
    visit.ask.write(create_canned_reply, body | {"body": text("body")})
    return visit.go("/settings/replies", "Added.")


@pages.post(_REPLY)
def change_reply(visit: Visit, canned_reply_id: str) -> Response:
    """Change a text, or remove it."""
    if request.form.get("act") == "remove":
        visit.ask.write(remove_canned_reply, canned_reply_id=canned_reply_id)
        return visit.go("/settings/replies", "Removed.")
    body = {"name": request.form.get("name", ""), "body": text("body")}
    visit.ask.write(change_canned_reply, body, canned_reply_id=canned_reply_id)
    return visit.go("/settings/replies", "Saved.")
