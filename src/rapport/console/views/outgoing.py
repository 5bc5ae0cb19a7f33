"""Work: what is told to others, what could not be delivered, and sending it again or putting it away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from rapport.console.visits import Pages, Visit
from rapport.kernel.errors import DELIVERY_STATE, RapportError, field_error
from rapport.outbox.api.connections import list_connections
from rapport.outbox.api.deliveries import (
    count_outgoing,
    count_replay,
    dismiss_outgoing,
    list_outgoing,
    replay_many,
    replay_one,
    show_outgoing,
)
from rapport.outbox.words import Channel, DeliveryStatus
from rapport.rules.permissions import Permission

pages = Pages("outgoing")
_LIST, _ONE = "/work/outgoing", "/work/outgoing/<id:outgoing_id>"
_A_PAGE = "40"
_MOST_TICKED = 100
_FILTERS = {"status": "status", "channel": "channel", "connection": "connection_id"}


@pages.get(_LIST)
def outgoing(visit: Visit) -> Response:
    """Deliveries, dead letters first to be chosen."""
    chosen = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    query = {f"filter[{_FILTERS[name]}]": value for name, value in chosen.items()} | {"limit": _A_PAGE}
    if request.args.get("cursor"):
        query["cursor"] = request.args["cursor"]
    return visit.show(
        "work/outgoing.html",
        found=visit.ask.read(list_outgoing, visit.of_client(**query)),
        counts=visit.ask.read(count_outgoing, {"client_id": visit.client["id"]} if visit.client is not None else {}),
        connections=visit.ask.read(list_connections, visit.of_client(limit="100"))["items"],
        chosen=chosen,
        statuses=[each.value for each in DeliveryStatus],
        channels=[each.value for each in Channel],
    )


@pages.post(f"{_LIST}/count", may=Permission.READ)
def count(visit: Visit) -> Response:
    """How many dead letters would be sent again, before any is."""
    picked = _picked(visit)
    number = visit.ask.write(count_replay, picked)["count"]
    return visit.part("work/replay.html", number=number, picked=picked)


@pages.post(f"{_LIST}/replay")
def replay_all(visit: Visit) -> Response:
    """Send again what was counted."""
    done = visit.ask.write(replay_many, _picked(visit))
    more = " More wait; do it again." if done["more"] else ""
    return visit.go(f"{_LIST}?status=dead", f"{done['replayed']:,} are sent again.{more}")


@pages.post(f"{_LIST}/act")
def act_on_ticked(visit: Visit) -> Response:
    """Send the ticked dead letters again, or put them away."""
    ticked = request.form.getlist("id")[:_MOST_TICKED]
    if not ticked:
        raise field_error("deliveries", "Tick those that are meant.")
    left = sum(not _settled(visit, each) for each in ticked)
    done = f"{len(ticked) - left} of {len(ticked)} " + ("put away." if _dismisses() else "are sent again.")
    back = visit.back(f"{_LIST}?status=dead")
    if left:
        return visit.go(back, f"{done} The others are no dead letters, or their receiver is not well.", tone="warn")
    return visit.go(back, done)


@pages.get(_ONE)
def delivery(visit: Visit, outgoing_id: str) -> Response:
    """One delivery with every attempt."""
    return visit.show("work/told.html", delivery=visit.ask.read(show_outgoing, outgoing_id=outgoing_id))


@pages.post(f"{_ONE}/act")
def act(visit: Visit, outgoing_id: str) -> Response:
    """Send it again, or put it away."""
    _settle(visit, outgoing_id)
    said = "Put away, with the reason." if _dismisses() else "It is sent again, under the same id."
    return visit.go(visit.back(f"{_LIST}/{outgoing_id}"), said)


def _dismisses() -> bool:
    match request.form.get("act", ""):
        case "dismiss":
            return True
        case "replay":
            return False
        case _:
            raise field_error("act", "Send it again, or put it away.")


def _settle(visit: Visit, outgoing_id: str) -> None:
    if _dismisses():
        reason = request.form.get("reason") or "Dismissed in the console."
        visit.ask.write(dismiss_outgoing, {"reason": reason}, outgoing_id=outgoing_id)
    else:
        visit.ask.write(replay_one, outgoing_id=outgoing_id)


def _settled(visit: Visit, outgoing_id: str) -> bool:
    """Whether it worked for one of many; what is no dead letter any more does not stop the others."""
    try:
        _settle(visit, outgoing_id)
    except RapportError as refusal:
        if refusal.code is not DELIVERY_STATE:
            raise
        return False
    return True


def _picked(visit: Visit) -> Mapping[str, Any]:
    """Which dead letters a form means: those of the chosen client, or of one connection or channel."""
    form = request.form
    picked = {"client_id": visit.client["id"] if visit.client is not None else form.get("client_id")}
    picked |= {"connection_id": form.get("connection"), "channel": form.get("channel")}
    return {name: value for name, value in picked.items() if value}
