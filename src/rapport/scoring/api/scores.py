"""Scores over HTTP: of one lead, of all, and whom clients look for."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.inbox.schemas.sharing import OneInboxQuery
from rapport.jobs.enqueue import enqueue
from rapport.kernel.errors import NOT_FOUND
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.leads.queries.register import client_of
from rapport.people import clients
from rapport.people.queries import client as shown_client
from rapport.rules.permissions import Permission
from rapport.rules.scoring import Warmth
from rapport.scoring import keeping, queries
from rapport.scoring.schemas import LeadScoreOut, LeadScoreRowOut, LeadTemperatureIn, ScoringTermsIn, ScoringTermsOut
from rapport.scoring.tasks import SCORE_ALL

room = Room("scoring", "", "How good leads are, how warm, and because of what.")

_ONE = "/leads/<id:lead_id>/score"


@room.get("/lead-scores", may=Permission.READ, out=page_of(LeadScoreRowOut), listing=queries.SCORES)
def list_lead_scores(call: Call) -> Page:
    """List scored leads, the best first: by temperature, by points, by what made them warm."""
    return page(call.reading, queries.SCORES, call.asked)


@room.get(_ONE, may=Permission.READ, out=LeadScoreOut, errors=[NOT_FOUND])
def show_lead_score(call: Call, lead_id: str) -> dict[str, Any]:
    """Show a lead's score with its parts; of one that nothing has asked for yet, what it would be."""
    return queries.seen(call.reading, lead_id)


@room.post(_ONE, may=Permission.WRITE, out=LeadScoreOut, status=200, errors=[NOT_FOUND])
def score_lead(call: Call, lead_id: str) -> dict[str, Any]:
    """Score a lead anew."""
    keeping.look(call.tx, client_of(call.tx, lead_id), [lead_id])
    return queries.seen(call.tx, lead_id)


@room.put(
    "/leads/<id:lead_id>/temperature",
    may=Permission.WRITE,
    body=LeadTemperatureIn,
    out=LeadScoreOut,
    errors=[NOT_FOUND],
)
def set_lead_temperature(call: Call, lead_id: str) -> dict[str, Any]:
    """Say how warm a lead is: it holds, whatever the points, until it is lifted with null."""
    said = call.body["temperature"]
    keeping.word(call.tx, client_of(call.tx, lead_id), lead_id, Warmth(said) if said is not None else None)
    return queries.seen(call.tx, lead_id)


@room.get("/scoring/terms", may=Permission.READ, query=OneInboxQuery, out=ScoringTermsOut, errors=[NOT_FOUND])
def show_scoring_terms(call: Call) -> dict[str, Any]:
    """Show whom a client looks for."""
    return queries.terms(call.reading, shown_client(call.reading, call.query["client_id"])["id"])


@room.put(
    "/scoring/terms", may=Permission.WRITE, body=ScoringTermsIn, out=ScoringTermsOut, errors=[NOT_FOUND], if_match=True
)
def set_scoring_terms(call: Call) -> dict[str, Any]:
    """Say whom a client looks for. All its leads are scored anew by a job."""
    client = clients.get(call.tx, call.body["client_id"])
    check_unchanged(request, queries.terms(call.tx, client.id))
    keeping.look_for(call.tx, client.id, call.body)
    enqueue(call.tx, SCORE_ALL, client_id=client.id, dedupe_key=f"scoring.score_all:{client.id}")
    call.tx.session.flush()  # what is shown is read by a statement on bare tables
    return queries.terms(call.tx, client.id)
