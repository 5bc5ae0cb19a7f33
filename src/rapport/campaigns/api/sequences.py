"""Sequences over HTTP: their versions, what an edit does, and how the texts read."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import request

from rapport.campaigns import drafts, preview, queries, sequence, steps, survey
from rapport.campaigns.schemas.sequences import DiffOut, PreviewIn, PreviewOut, SequenceIn, SequenceOut, StepsIn
from rapport.campaigns.survey import Survey
from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.http.transaction import reading
from rapport.kernel.errors import CAMPAIGN_STATE, NOT_FOUND, SEQUENCE_INVALID, RapportError
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.rules import sequences
from rapport.rules.permissions import Permission

room = Room("sequences", "/campaigns", "What a campaign does with a lead, step by step.")


@room.get("/<id:campaign_id>/sequence", may=Permission.READ, out=SequenceOut, errors=[NOT_FOUND], cached=True)
def show_sequence(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show the sequence that holds."""
    return queries.version(call.reading, campaign_id, None)


def _look(call: Call, campaign_id: str) -> Survey | None:
    """Before the transaction begins: what the texts come to for the leads, while others may write."""
    with reading(call.service, call.principal) as opened, suppress(RapportError):
        campaign = queries.kept(opened, campaign_id)
        return sequence.look(opened, campaign, call.body["steps"], _enrolled(call, campaign_id))
    return None  # there is no such campaign, which the transaction says


@room.put(
    "/<id:campaign_id>/sequence",
    may=Permission.WRITE,
    body=SequenceIn,
    out=SequenceOut,
    before=_look,
    errors=[NOT_FOUND, CAMPAIGN_STATE, SEQUENCE_INVALID],
    if_match=True,
)
def write_sequence(call: Call, campaign_id: str) -> dict[str, Any]:
    """Write the sequence.

    A version that was never used is written in place; otherwise a new one is made and holds at once. Leads under way
    go on at the same step of it; a removed step is skipped; a sent step is never sent again. Once a version was used
    every step needs its key. While the campaign is active, what would keep it from starting keeps the edit out.
    """
    campaign = drafts.get(call.tx, campaign_id)
    check_unchanged(request, queries.version(call.tx, campaign_id, None))
    sequence.edit(call.tx, campaign, call.body["steps"], about=call.prepared, accepted=call.body["accept"])
    return queries.version(call.tx, campaign_id, None)


@room.get(
    "/<id:campaign_id>/sequence/versions",
    may=Permission.READ,
    out=page_of(SequenceOut),
    listing=queries.VERSIONS,
    errors=[NOT_FOUND],
    cached=True,
)
def list_sequence_versions(call: Call, campaign_id: str) -> Page:
    """List the versions of a sequence; the newest holds."""
    queries.kept(call.reading, campaign_id)
    return page(call.reading, queries.VERSIONS, call.asked, queries.versions_of(campaign_id))


@room.get(
    "/<id:campaign_id>/sequence/versions/<int:number>",
    may=Permission.READ,
    out=SequenceOut,
    errors=[NOT_FOUND],
    cached=True,
)
def show_sequence_version(call: Call, campaign_id: str, number: int) -> dict[str, Any]:
    """Show one version of a sequence."""
    return queries.version(call.reading, campaign_id, number)


@room.post(
    "/<id:campaign_id>/sequence/diff",
    may=Permission.READ,
    body=StepsIn,
    out=DiffOut,
    status=200,
    once=False,
    own=True,
    errors=[NOT_FOUND],
)
def compare_sequence(call: Call, campaign_id: str) -> dict[str, Any]:
    """Say what writing these steps would do, and everything that is wrong with them; nothing is written."""
    with reading(call.service, call.principal) as opened:
        campaign = queries.kept(opened, campaign_id)
        about = sequence.look(opened, campaign, call.body["steps"], _enrolled(call, campaign_id))
        planned = sequence.plan(opened, campaign, call.body["steps"], about)
    done = planned.effect
    return {
        "campaign_id": campaign_id,
        "from_number": planned.number - planned.makes_version,
        "to_number": planned.number,
        "added": list(done.added),
        "removed": list(done.removed),
        "changed": list(done.changed),
        "carried": [{"step": step, "to": to} for step, to in done.carried.items()],
        "problems": [finding.shown() for finding in planned.findings],
    }


@room.post(
    "/<id:campaign_id>/preview",
    may=Permission.READ,
    body=PreviewIn,
    out=PreviewOut,
    status=200,
    once=False,
    own=True,
    errors=[NOT_FOUND],
)
def preview_campaign(call: Call, campaign_id: str) -> dict[str, Any]:
    """Show every text for one lead, or for the leads for whom it comes out worst.

    Worst are those who lack a variable, whose text is too long or the longest, or whose name is of another script
    than the text. The bytes are those that would be sent.
    """
    body = call.body
    with reading(call.service, call.principal) as opened:
        campaign = queries.kept(opened, campaign_id)
        shown = queries.sequence(opened, campaign_id)
        if "steps" in body:
            shown = sequences.Sequence(shown.id, shown.version, steps.given(body["steps"]))
        leads = queries.leads(opened, campaign["client_id"], _audience(call, campaign_id))
        if "lead_id" in body:
            lead = next(leads, None)
            if lead is None:
                raise RapportError(NOT_FOUND)
            found = [preview.of_lead(shown, lead)]
        else:
            found = [preview.of_lead(shown, hard.lead, hard.why) for hard in survey.worst(shown, leads, body["count"])]
    return {"campaign_id": campaign_id, "leads": found}


def _audience(call: Call, campaign_id: str) -> queries.Audience:
    """The leads to preview for: a chosen one, those with a tag, or those in the campaign."""
    if "lead_id" in call.body:
        return queries.a_lead(call.body["lead_id"])
    if "tag" in call.body:
        return queries.tagged(call.principal.scope, call.body["tag"])
    return _enrolled(call, campaign_id)


def _enrolled(call: Call, campaign_id: str) -> queries.Audience:
    enrolled: queries.Enrolled = call.service.enrolled
    return enrolled.on_their_way(call.principal.scope, campaign_id)
