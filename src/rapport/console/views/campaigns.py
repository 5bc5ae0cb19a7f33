"""Campaigns: the list, a new one, and one campaign as it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from flask import Response, request

from rapport.accounts.api.accounts import list_accounts
from rapport.campaigns.api.campaigns import (
    archive_campaign,
    check_campaign,
    complete_campaign,
    create_campaign,
    delete_campaign,
    duplicate_campaign,
    list_campaigns,
    list_openings,
    list_senders,
    pause_campaign,
    resume_campaign,
    show_campaign,
    start_campaign,
)
from rapport.campaigns.api.sequences import show_sequence
from rapport.console import branches, drawing
from rapport.console.listening import streams_of
from rapport.console.visits import Pages, Visit
from rapport.enrollments.api.campaigns import list_progress, show_automation, show_queue, show_snapshot
from rapport.kernel.errors import field_error
from rapport.rules.statuses import CampaignAct, CampaignState, acts

pages = Pages("campaigns")
_ONE = "/campaigns/<id:campaign_id>"
_A_PAGE = "30"
_QUEUED = "15"


@pages.get("/campaigns")
def campaigns(visit: Visit) -> Response:
    """All campaigns, with where their leads stand."""
    query = {"limit": _A_PAGE}
    for name, filtered in (("state", "filter[state]"), ("name", "filter[name][contains]"), ("cursor", "cursor")):
        if request.args.get(name):
            query[filtered] = request.args[name]
    found = visit.ask.read(list_campaigns, visit.of_client(**query))
    ids = ",".join(each["id"] for each in found["items"])
    progress = visit.ask.read(list_progress, {"filter[id][in]": ids, "limit": _A_PAGE})["items"] if ids else []
    counted = {each["campaign_id"]: each for each in progress}
    return visit.show("campaigns/list.html", found=found, counted=counted)


@pages.get("/campaigns/new")
def new(visit: Visit) -> Response:
    """The form of a draft."""
    senders = visit.ask.read(list_accounts, visit.of_client(limit="100", sort="name", order="asc"))["items"]
    return visit.show("campaigns/new.html", senders=senders)


@pages.post("/campaigns")
def create(visit: Visit) -> Response:
    """Make a draft and go on to its sequence."""
    form = request.form
    if not form.get("client_id"):
        raise field_error("client", "Choose whose campaign it is.")
    body: dict[str, Any] = {
        "client_id": form["client_id"],
        "name": form.get("name", ""),
        "account_ids": form.getlist("account_ids"),
    }
    made = visit.ask.write(create_campaign, body)
    return visit.go(f"/campaigns/{made['id']}/build", "The draft is made. Now say what it does.")


@pages.get(_ONE)
def campaign(visit: Visit, campaign_id: str) -> Response:
    """One campaign: before it starts what is in the way, afterwards how it runs."""
    shown = visit.ask.read(show_campaign, campaign_id=campaign_id)
    begins = shown["state"] in (CampaignState.DRAFT, CampaignState.PAUSED)
    openings = visit.ask.read(list_openings, {"count": "60"}, campaign_id=campaign_id)
    return visit.show(
        "campaigns/overview.html",
        **frame(shown),
        checks=visit.ask.read(check_campaign, campaign_id=campaign_id) if begins else None,
        snapshot=visit.ask.read(show_snapshot, campaign_id=campaign_id),
        senders=visit.ask.read(list_senders, campaign_id=campaign_id)["senders"],
        line=branches.draw(visit.ask.read(show_sequence, campaign_id=campaign_id)["steps"]),
        fortnight=drawing.fortnight(openings["openings"], openings["timezone"], visit.service.clock.now()),
        streams=streams_of(visit, [shown["client_id"]]),
    )


@pages.get(f"{_ONE}/now")
def now(visit: Visit, campaign_id: str) -> Response:
    """How far it came, where its leads stand and how its senders do: what changes while it runs."""
    return visit.part(
        "campaigns/now.html",
        campaign=visit.ask.read(show_campaign, campaign_id=campaign_id),
        snapshot=visit.ask.read(show_snapshot, campaign_id=campaign_id),
    )


@pages.get(f"{_ONE}/coming")
def coming(visit: Visit, campaign_id: str) -> Response:
    """What is sent next, by whom and when, and what holds the others."""
    automation = visit.ask.read(show_automation, campaign_id=campaign_id)
    queue = visit.ask.read(show_queue, {"limit": _QUEUED}, campaign_id=campaign_id)["items"]
    return visit.part("campaigns/coming.html", automation=automation, queue=queue, campaign_id=campaign_id)


@pages.get(f"{_ONE}/next")
def next_send(visit: Visit, campaign_id: str) -> Response:
    """When it sends next, for the list."""
    automation = visit.ask.read(show_automation, campaign_id=campaign_id)
    return visit.part("campaigns/next.html", automation=automation)


@pages.post(f"{_ONE}/act")
def act(visit: Visit, campaign_id: str) -> Response:
    """Start, pause, resume, complete, archive, copy or delete."""
    form, here = request.form, f"/campaigns/{campaign_id}"
    known = _ACTS.get(form.get("act", ""))
    if known is None:
        raise field_error("act", "There is no such act.")
    bodies: dict[str, Any] = {
        "accepts": {"accept": form.getlist("accept")},
        "explains": {"reason": form.get("reason") or "In the console."},
        "names": {},
        "says nothing": None,
    }
    done = visit.ask.write(known.view, bodies[known.body], campaign_id=campaign_id)
    where = {"here": visit.back(here), "list": "/campaigns", "copy": f"/campaigns/{(done or {}).get('id')}"}
    return visit.go(where[known.then], known.said)


@dataclass(frozen=True, slots=True)
class _Act:
    """One act: what it asks of the API, with which body, where one is afterwards, and what is said."""

    view: Callable[..., Any]
    body: Literal["accepts", "explains", "names", "says nothing"]
    then: Literal["here", "list", "copy"]
    said: str


_ACTS = {
    "start": _Act(start_campaign, "accepts", "here", "It runs. The first send comes with the next working window."),
    "resume": _Act(resume_campaign, "accepts", "here", "It runs again."),
    "pause": _Act(pause_campaign, "explains", "here", "Paused. Nothing more leaves; what is in flight is settled."),
    "complete": _Act(complete_campaign, "explains", "here", "Completed. Nothing leaves it ever again."),
    "archive": _Act(archive_campaign, "says nothing", "list", "Archived."),
    "duplicate": _Act(duplicate_campaign, "names", "copy", "This is the copy."),
    "delete": _Act(delete_campaign, "says nothing", "list", "The draft is deleted."),
}


def frame(shown: dict[str, Any]) -> dict[str, Any]:
    """What every page of a campaign shows of it."""
    possible = {each.value for each in acts(CampaignState(shown["state"]))}
    return {"campaign": shown, "possible": possible, "starts": CampaignAct.START.value in possible}
