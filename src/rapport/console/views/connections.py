"""Settings of endpoints and channels: who is told, how each does, and what mends it."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.console.forms import words
from rapport.console.visits import Pages, Visit
from rapport.kernel.errors import field_error
from rapport.outbox.api.connections import (
    add_connection,
    change_connection,
    list_connections,
    recover_connection,
    remove_connection,
    rotate_secret,
    show_connection,
    test_connection,
)
from rapport.outbox.words import CONNECTED
from rapport.rules.delivering import Schedule

pages = Pages("connections")
_CONNECTION = "/settings/connections/<id:connection_id>"
_KINDS = [each.value for each in CONNECTED]
_SECRETS = ("url", "token", "chat_id")


@pages.get("/settings/connections")
def connections(visit: Visit) -> Response:
    """Who is told, and how each does."""
    found = visit.ask.read(list_connections, visit.of_client(limit="100"))
    schedules = [each.value for each in Schedule]
    return visit.show("settings/connections.html", found=found, kinds=_KINDS, schedules=schedules)


@pages.post("/settings/connections")
def connect(visit: Visit) -> Response:
    """Add one; a webhook's secret is shown here and never again."""
    form = request.form
    body: dict[str, Any] = {name: form.get(name, "") for name in ("client_id", "kind", "name", "schedule")}
    body |= {name: form[name].strip() for name in _SECRETS if form.get(name, "").strip()}
    made = visit.ask.write(add_connection, body | {"event_types": words("event_types")})
    if made["secret"] is None:
        return visit.go("/settings/connections", "Added. Send it a test.")
    return visit.part("settings/connection_made.html", made=made)


@pages.post(_CONNECTION)
def change_one(visit: Visit, connection_id: str) -> Response:
    """Change what it is called, where it is, and what it is told."""
    form = request.form
    body: dict[str, Any] = {"name": form.get("name", ""), "event_types": words("event_types")}
    body |= {name: form[name].strip() for name in (*_SECRETS, "schedule") if form.get(name, "").strip()}
    visit.ask.write(change_connection, body, connection_id=connection_id)
    return visit.go("/settings/connections", "Saved. It holds from the next delivery on.")


@pages.post(f"{_CONNECTION}/act")
def act_on_connection(visit: Visit, connection_id: str) -> Response:
    """Send it a test, change its secret, switch it off and on, say that it is well again, remove it."""
    said, path = "Done.", {"connection_id": connection_id}
    match request.form.get("act", ""):
        case "test":
            sent = visit.ask.write(test_connection, **path)
            return visit.go(f"/work/outgoing/{sent['id']}", "A test is on its way; here is how it fares.")
        case "rotate":
            return visit.part("settings/connection_made.html", made=visit.ask.write(rotate_secret, **path))
        case "off":
            visit.ask.write(change_connection, {"enabled": False}, **path)
            said = "Switched off. What would have gone to it is kept as skipped."
        case "on":
            visit.ask.write(change_connection, {"enabled": True}, **path)
            said = "Switched on."
        case "recover":
            since = visit.ask.read(show_connection, **path)["failing_since"]
            body = {"since": since.isoformat() if since is not None else None}
            done = visit.ask.write(recover_connection, body, **path)
            said = f"It is told again, and {done['replayed']:,} dead letters are sent again."
        case "remove":
            visit.ask.write(remove_connection, **path)
            said = "Removed. Its deliveries stay to be read."
        case _:
            raise field_error("act", "There is no such act.")
    return visit.go("/settings/connections", said)
