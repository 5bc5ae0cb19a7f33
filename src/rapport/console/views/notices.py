"""Settings of notices: who of a client's people is told of what, how it reads, and a test of it."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.console.forms import whole, words
from rapport.console.visits import Pages, Visit
from rapport.conversations.words import Temperature
from rapport.kernel.errors import field_error
from rapport.notices.api.notices import (
    add_notice_rule,
    change_notice_rule,
    preview_notice,
    remove_notice_rule,
    send_test_notice,
    show_notice_settings,
)
from rapport.notices.words import CHANNELS
from rapport.outbox.api.connections import list_connections
from rapport.rules.permissions import Permission

pages = Pages("notices")
_RULE = "/settings/notices/<id:rule_id>"
_NUMBERS = ("batch_s", "max_per_hour")


@pages.get("/settings/notices")
def notices(visit: Visit) -> Response:
    """Who of a client's people is told of what."""
    shown, endpoints = None, []
    if visit.client is not None:
        shown = visit.ask.read(show_notice_settings, {"client_id": visit.client["id"]})
        endpoints = visit.ask.read(list_connections, visit.of_client(limit="100"))["items"]
    temperatures = [each.value for each in Temperature]
    return visit.show(
        "settings/notices.html", shown=shown, endpoints=endpoints, channels=CHANNELS, temperatures=temperatures
    )


@pages.post("/settings/notices")
def add_rule(visit: Visit) -> Response:
    """Another rule."""
    form = request.form
    channel, _, connection_id = form.get("to", "").partition(":")
    about = {"client_id": form.get("client_id", ""), "channel": channel, "connection_id": connection_id or None}
    visit.ask.write(add_notice_rule, about | _rule())
    return visit.go("/settings/notices", "Added.")


@pages.post(_RULE)
def change_rule(visit: Visit, rule_id: str) -> Response:
    """Change a rule."""
    visit.ask.write(change_notice_rule, _rule(), rule_id=rule_id)
    return visit.go("/settings/notices", "Saved.")


@pages.post(f"{_RULE}/act")
def act_on_rule(visit: Visit, rule_id: str) -> Response:
    """Switch a rule off and on, or remove it."""
    match request.form.get("act", ""):
        case "on" | "off" as wanted:
            visit.ask.write(change_notice_rule, {"enabled": wanted == "on"}, rule_id=rule_id)
        case "remove":
            visit.ask.write(remove_notice_rule, rule_id=rule_id)
        case _:
            raise field_error("act", "There is no such act.")
    return visit.go("/settings/notices", "Done.")


@pages.post("/settings/notices/preview", may=Permission.READ)
def preview(visit: Visit) -> Response:
    """How a notice reads; nothing is sent."""
    count = 3 if request.form.get("digest") == "yes" else 1
    body = {"client_id": request.form.get("client_id", ""), "count": count}
    return visit.part("settings/notice_preview.html", made=visit.ask.write(preview_notice, body))


@pages.post("/settings/notices/test")
def send_test(visit: Visit) -> Response:
    """Send a made-up notice to whoever a rule tells, or the client's preferences name."""
    body = {"client_id": request.form.get("client_id", ""), "rule_id": request.form.get("rule_id") or None}
    made = visit.ask.write(send_test_notice, body)["delivery_ids"]
    if len(made) == 1:
        return visit.go(f"/work/outgoing/{made[0]}", "A test is on its way; here is how it fares.")
    return visit.go("/work/outgoing", f"{len(made)} tests are on their way.")


def _rule() -> dict[str, Any]:
    """What a form says of a rule."""
    form = request.form
    body: dict[str, Any] = {
        "name": form.get("name", ""),
        "event_types": words("event_types"),
        "urgent_types": words("urgent_types"),
        "emails": words("emails"),
        "quiet_from": form.get("quiet_from") or None,
        "quiet_to": form.get("quiet_to") or None,
        "min_temperature": form.get("min_temperature") or Temperature.COLD.value,
    }
    return body | {name: whole(name, form[name]) for name in _NUMBERS if form.get(name)}
