"""Home: what needs somebody, what today's sends are against the limits, and what happens."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from rapport.accounts.api.accounts import list_accounts
from rapport.accounts.api.hold import lift_service_hold, show_service_hold
from rapport.accounts.api.usage import list_account_usage
from rapport.console import signing
from rapport.console.listening import asks, streams
from rapport.console.visits import Pages, Visit
from rapport.events.api import list_timeline
from rapport.inbox.api.follow_ups import complete_task, list_tasks
from rapport.inbox.api.waits import list_waits
from rapport.jobs.api import list_jobs_needing_attention
from rapport.rules.permissions import Permission
from rapport.sending.api.actions import confirm_action, list_actions

pages = Pages("home")
_SOME = "8"
_FEED = "25"


@pages.get("/")
def home(visit: Visit) -> Response:
    """What needs me."""
    tour = visit.service.settings.on_sandbox and signing.TOUR not in request.cookies
    live = {"tour": tour, "streams": streams(visit), "asks": asks(visit)}
    return visit.show("home/home.html", needs=_needs(visit), usage=_usage(visit), feed=_feed(visit), **live)


@pages.post("/tour/end", may=Permission.READ)
def end_tour(visit: Visit) -> Response:
    """Show this browser no tour any more."""
    answer = visit.go("/")
    signing.keep(visit.service, answer, signing.TOUR, "seen")
    return answer


@pages.get("/needs")
def needs(visit: Visit) -> Response:
    """What needs me, as a part of the page."""
    return visit.part("home/needs.html", needs=_needs(visit))


@pages.get("/activity")
def activity(visit: Visit) -> Response:
    """The newest events; with `after`, only how many came since, for nothing moves under the pointer by itself."""
    feed = _feed(visit)
    if "after" not in request.args:
        return visit.part("home/feed.html", feed=feed)
    newer = 0
    for event in feed:
        if event["id"] == request.args["after"]:
            break
        newer += 1
    return visit.part("home/newer.html", newer=newer, most=int(_FEED))


@pages.post("/actions/<id:action_id>/confirm")
def confirm(visit: Visit, action_id: str) -> Response:
    """Settle an uncertain action by what somebody saw."""
    was_sent = request.form.get("sent") == "true"
    visit.ask.write(confirm_action, {"sent": was_sent}, action_id=action_id)
    said = "It counts as sent." if was_sent else "It counts as not sent, and may be tried again."
    return visit.go(visit.back("/"), said)


@pages.post("/tasks/<id:task_id>/complete")
def complete(visit: Visit, task_id: str) -> Response:
    """A follow-up is done."""
    visit.ask.write(complete_task, task_id=task_id)
    return visit.go(visit.back("/"), "Done.")


@pages.post("/hold/lift", may=Permission.MANAGE)
def lift_hold(visit: Visit) -> Response:
    """Let the service send again."""
    visit.ask.write(lift_service_hold)
    return visit.go("/", "The service sends again.")


def _needs(visit: Visit) -> dict[str, Any]:
    """Everything that waits for a person, each at most a few."""
    unhealthy = visit.ask.read(list_accounts, visit.of_client(**{"filter[status][ne]": "ok", "limit": _SOME}))
    paused = visit.ask.read(
        list_accounts,
        visit.of_client(**{"filter[paused_at][is_null]": "false", "filter[status]": "ok", "limit": _SOME}),
    )
    uncertain = visit.ask.read(list_actions, visit.of_client(**{"filter[state]": "uncertain", "limit": _SOME}))
    jobs: list[dict[str, Any]] = []
    if visit.ask.may(list_jobs_needing_attention):
        jobs = visit.ask.read(list_jobs_needing_attention, visit.of_client(limit=_SOME))["items"]
    late = [
        each
        for urgent in ("past", "near")
        for each in visit.ask.read(list_waits, visit.of_client(**{f"filter[{urgent}]": "true", "limit": _SOME}))[
            "items"
        ]
    ]
    tasks = visit.ask.read(list_tasks, visit.of_client(**{"filter[overdue]": "true", "limit": _SOME}))["items"]
    return {
        "late": late[: int(_SOME)],
        "tasks": tasks,
        "held": visit.ask.read(show_service_hold) if visit.may_manage else {"held": False},
        "senders": [*unhealthy["items"], *paused["items"]],
        "uncertain": uncertain["items"],
        "jobs": jobs,
    }


def _usage(visit: Visit) -> list[dict[str, Any]]:
    return visit.ask.read(list_account_usage, visit.of_client(limit="12", sort="name", order="asc"))["items"]


def _feed(visit: Visit) -> list[dict[str, Any]]:
    return visit.ask.read(list_timeline, visit.of_client(limit=_FEED))["items"]
