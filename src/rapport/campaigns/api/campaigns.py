"""Campaigns over HTTP: what they are, who sends for them, and where they stand."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import Any

from flask import request

from rapport.campaigns import checks, drafts, findings, lifecycle, queries, roster, schedule
from rapport.campaigns.schemas.campaigns import (
    CampaignChange,
    CampaignIn,
    CampaignOut,
    DuplicateIn,
    ReasonIn,
    SenderIn,
    SendersIn,
    SendersOut,
    StartIn,
)
from rapport.campaigns.schemas.schedules import OpeningsOut, OpeningsQuery
from rapport.campaigns.schemas.sequences import ChecksOut
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.http.transaction import reading
from rapport.kernel.errors import (
    CAMPAIGN_ALREADY_EXISTS,
    CAMPAIGN_NOT_ACTIVE,
    CAMPAIGN_NOT_READY,
    CAMPAIGN_STATE,
    CLIENT_ARCHIVED,
    NOT_FOUND,
    SEQUENCE_INVALID,
    RapportError,
)
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.kernel.tx import Reading
from rapport.rules.permissions import Permission
from rapport.rules.zones import local_day

room = Room("campaigns", "/campaigns", "Campaigns: a sequence, a set of senders, a schedule and a goal.")


@room.get("", may=Permission.READ, out=page_of(CampaignOut), listing=queries.LISTING, cached=True)
def list_campaigns(call: Call) -> Page:
    """List campaigns. `filter[account_id]` finds those an account sends for."""
    found = page(call.reading, queries.LISTING, call.asked)
    queries.with_senders(call.reading, found.items)
    return found


@room.post(
    "",
    may=Permission.WRITE,
    body=CampaignIn,
    out=CampaignOut,
    errors=[NOT_FOUND, CAMPAIGN_ALREADY_EXISTS, CLIENT_ARCHIVED, SEQUENCE_INVALID],
)
def create_campaign(call: Call) -> dict[str, Any]:
    """Make a draft.

    What is not said is nine to five from Monday to Friday in the client's time zone. A window that would end before
    it begins is refused: a night is two windows, one until 24:00 and one from 00:00 of the next day.
    """
    return queries.seen(call.tx, drafts.create(call.tx, **call.body).id)


@room.get("/<id:campaign_id>", may=Permission.READ, out=CampaignOut, errors=[NOT_FOUND], cached=True)
def show_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show a campaign."""
    return queries.seen(call.reading, campaign_id)


@room.patch(
    "/<id:campaign_id>",
    may=Permission.WRITE,
    body=CampaignChange,
    out=CampaignOut,
    errors=[NOT_FOUND, CAMPAIGN_ALREADY_EXISTS, CAMPAIGN_STATE],
    if_match=True,
)
def change_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Change a campaign.

    The schedule is merged field by field, its week day by day, and holds from the next send on. `shares_leads` changes
    only in a draft; `schedule` and `stops_on_reply_elsewhere` until the campaign is completed; name and goal until
    it is archived. An active campaign is refused a schedule with which it could not have been started.
    """
    campaign = drafts.get(call.tx, campaign_id)
    check_unchanged(request, queries.seen(call.tx, campaign_id))
    drafts.change(call.tx, campaign, call.body)
    return queries.seen(call.tx, campaign_id)


@room.delete("/<id:campaign_id>", may=Permission.WRITE, errors=[NOT_FOUND, CAMPAIGN_STATE], if_match=True)
def delete_campaign(call: Call, campaign_id: str) -> None:
    """Delete a draft that no lead was ever in."""
    campaign = drafts.get(call.tx, campaign_id)
    check_unchanged(request, queries.seen(call.tx, campaign_id))
    drafts.delete(call.tx, campaign)


@room.post(
    "/<id:campaign_id>/duplicate",
    may=Permission.WRITE,
    body=DuplicateIn,
    out=CampaignOut,
    errors=[NOT_FOUND, CAMPAIGN_ALREADY_EXISTS, CLIENT_ARCHIVED],
)
def duplicate_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Make a draft like a campaign: its sequence, senders, goal and working time, without its dates and leads."""
    copy = drafts.duplicate(call.tx, drafts.get(call.tx, campaign_id), **call.body)
    return queries.seen(call.tx, copy.id)


@room.get("/<id:campaign_id>/checks", may=Permission.READ, out=ChecksOut, errors=[NOT_FOUND])
def check_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """List everything that is wrong with a campaign, as a start would."""
    found = checks.of_campaign(call.reading, queries.kept(call.reading, campaign_id), call.service.enrolled)
    return {
        "campaign_id": campaign_id,
        "ready": not findings.in_the_way(found, ()),
        "problems": [finding.shown() for finding in found],
    }


def _look(call: Call, campaign_id: str) -> checks.Looked | None:
    """Before the transaction begins: what its leads' texts come to, while others may write."""
    with suppress(RapportError), reading(call.service, call.principal) as opened:
        return checks.look(opened, queries.kept(opened, campaign_id), call.service.enrolled)
    return None  # there is no such campaign, which the transaction says


_ACT: dict[str, Any] = {"may": Permission.WRITE, "out": CampaignOut, "status": 200}
_RUN_ERRORS = [NOT_FOUND, CAMPAIGN_STATE, CAMPAIGN_NOT_READY, CLIENT_ARCHIVED]


@room.post("/<id:campaign_id>/start", body=StartIn, before=_look, errors=_RUN_ERRORS, **_ACT)
def start_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Start a draft.

    Everything is checked first, and everything that is wrong is listed. Leads who lack a variable, texts that come
    out too long and senders that are not ready may be accepted by name: they wait, the others go on.
    """
    campaign = drafts.get(call.tx, campaign_id)
    lifecycle.start(call.tx, campaign, **_run(call))
    return queries.seen(call.tx, campaign_id)


@room.post("/<id:campaign_id>/resume", body=StartIn, before=_look, errors=_RUN_ERRORS, **_ACT)
def resume_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Let a paused campaign run again. It is checked as for a start."""
    campaign = drafts.get(call.tx, campaign_id)
    lifecycle.resume(call.tx, campaign, **_run(call))
    return queries.seen(call.tx, campaign_id)


@room.post("/<id:campaign_id>/pause", body=ReasonIn, errors=[NOT_FOUND, CAMPAIGN_NOT_ACTIVE], **_ACT)
def pause_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Pause a campaign: nothing more leaves; what is in flight is settled."""
    lifecycle.pause(call.tx, drafts.get(call.tx, campaign_id), reason=call.body["reason"])
    return queries.seen(call.tx, campaign_id)


@room.post("/<id:campaign_id>/complete", body=ReasonIn, errors=[NOT_FOUND, CAMPAIGN_STATE], **_ACT)
def complete_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Complete a campaign: nothing leaves it ever again."""
    lifecycle.complete(call.tx, drafts.get(call.tx, campaign_id), reason=call.body["reason"])
    return queries.seen(call.tx, campaign_id)


@room.post("/<id:campaign_id>/archive", errors=[NOT_FOUND, CAMPAIGN_STATE], **_ACT)
def archive_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Archive a draft or a completed campaign."""
    lifecycle.archive(call.tx, drafts.get(call.tx, campaign_id))
    return queries.seen(call.tx, campaign_id)


@room.get("/<id:campaign_id>/openings", may=Permission.READ, query=OpeningsQuery, out=OpeningsOut, errors=[NOT_FOUND])
def list_openings(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show when a campaign is next open."""
    campaign = queries.kept(call.reading, campaign_id)
    spans = schedule.openings(campaign, after=call.query.get("after", call.reading.now))
    return {
        "campaign_id": campaign_id,
        "timezone": campaign["timezone"],
        "openings": [
            {"day": local_day(opens, campaign["timezone"]), "opens_at": opens, "closes_at": closes}
            for opens, closes in islice(spans, call.query["count"])
        ],
    }


@room.get("/<id:campaign_id>/senders", may=Permission.READ, out=SendersOut, errors=[NOT_FOUND])
def list_senders(call: Call, campaign_id: str) -> dict[str, Any]:
    """List who sends for a campaign, and how they are."""
    return _senders(call.reading, campaign_id)


@room.put(
    "/<id:campaign_id>/senders",
    may=Permission.WRITE,
    body=SendersIn,
    out=SendersOut,
    errors=[NOT_FOUND, CAMPAIGN_STATE],
)
def set_senders(call: Call, campaign_id: str) -> dict[str, Any]:
    """Make these accounts, and no others, the senders of a campaign."""
    roster.set_to(call.tx, drafts.get(call.tx, campaign_id), call.body["account_ids"])
    return _senders(call.tx, campaign_id)


@room.post(
    "/<id:campaign_id>/senders",
    may=Permission.WRITE,
    body=SenderIn,
    out=SendersOut,
    errors=[NOT_FOUND, CAMPAIGN_STATE],
)
def add_sender(call: Call, campaign_id: str) -> dict[str, Any]:
    """Let one more account send for a campaign."""
    roster.add(call.tx, drafts.get(call.tx, campaign_id), call.body["account_id"])
    return _senders(call.tx, campaign_id)


@room.delete("/<id:campaign_id>/senders/<id:account_id>", may=Permission.WRITE, errors=[NOT_FOUND, CAMPAIGN_STATE])
def remove_sender(call: Call, campaign_id: str, account_id: str) -> None:
    """Let an account send for a campaign no longer."""
    roster.remove(call.tx, drafts.get(call.tx, campaign_id), account_id)


def _senders(reading: Reading, campaign_id: str) -> dict[str, Any]:
    queries.kept(reading, campaign_id)
    return {"senders": queries.senders(reading, campaign_id)}


def _run(call: Call) -> dict[str, Any]:
    return {"enrolled": call.service.enrolled, "accepted": call.body["accept"], "looked": call.prepared}
