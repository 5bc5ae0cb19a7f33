"""What changes scores by itself: words of people, what is learned of leads, what operators say, and the night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.capture import events as capture_events
from rapport.conversations import events as conversation_events
from rapport.conversations.queries import text_of
from rapport.conversations.words import Outcome
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.tx import Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into
from rapport.replies import events as reply_events
from rapport.rules.intentions import Intention, intention
from rapport.rules.scoring import Warmth, Why
from rapport.scoring import events, keeping, queries

_AT_ONCE = 200
_OF_OUTCOME: Mapping[str, Warmth] = {
    Outcome.INTERESTED.value: Warmth.HOT,
    Outcome.MEETING.value: Warmth.HOT,
    Outcome.NOT_NOW.value: Warmth.COLD,
    Outcome.WRONG_PERSON.value: Warmth.COLD,
    Outcome.UNSUBSCRIBE.value: Warmth.COLD,
}
_ALWAYS = {
    reply_events.ACCEPTED,
    reply_events.REPLIED,
    conversation_events.RECEIVED,
    conversation_events.OUTCOME,
    capture_events.INQUIRED,
}
_ONE_BY_ONE = ("manual", "capture")
"""How leads come that are scored at once: one at a time."""
_IF_SCORED = {lead_events.CHANGED, lead_events.MERGED, lead_events.UNMERGED, conversation_events.SEEN}


def _hear(tx: Tx, event: Event) -> None:
    """Score whoever it is about. Lists of thousands wait for the night, so that none of them delays a word."""
    if event.lead_id is None:
        return
    if event.type == conversation_events.WARMED:
        _operator(tx, event, event.lead_id)
        return
    if event.type == lead_events.ERASED:
        keeping.forget(tx, event.client_id, [*merged_into(tx, event.lead_id), event.lead_id])
        return
    scored = event.type in _ALWAYS or (event.type == lead_events.CREATED and event.data.get("source") in _ONE_BY_ONE)
    if scored or queries.kept(tx, [event.lead_id]):
        sign = _sign(tx, event)
        keeping.look(tx, event.client_id, [event.lead_id], signs={event.lead_id: sign} if sign is not None else None)


def _operator(tx: Tx, event: Event, lead_id: str) -> None:
    """Who set a conversation's temperature by hand said it of the person. What we set ourselves is no news."""
    if event.actor_type != "user" or event.data.get("scored"):
        return
    after = event.data["after"]
    keeping.word(tx, event.client_id, lead_id, Warmth(after) if after in set(Warmth) else None, by=event.actor_id)


def _sign(tx: Tx, event: Event) -> keeping.Sign | None:
    at = event.occurred_at
    message_id = event.data.get("message_id")
    said = intention(text_of(tx, message_id)) if isinstance(message_id, str) else None
    if event.type == capture_events.INQUIRED and event.data.get("consent") and said is not Intention.REFUSING:
        return Why.CONSENT, Warmth.HOT, at
    if event.type == conversation_events.OUTCOME and event.data["outcome"] in _OF_OUTCOME:
        return Why.OUTCOME, _OF_OUTCOME[event.data["outcome"]], at
    if event.type != conversation_events.RECEIVED:
        return None
    if said is Intention.BUYING:
        return Why.BUYING_SIGNAL, Warmth.HOT, at
    if said is Intention.REFUSING:
        tx.emit(
            events.SUGGESTED,
            client_id=event.client_id,
            data={"name": queries.name_of(tx, event.lead_id or ""), "message_id": message_id},
            dedupe_key=f"do_not_contact_suggested:{message_id}",
            lead_id=event.lead_id,
            conversation_id=event.conversation_id,
        )
        return Why.NOT_INTERESTED, Warmth.COLD, at
    return None


SCORER = Consumer(
    "scoring.score",
    frozenset({*_ALWAYS, *_IF_SCORED, lead_events.CREATED, lead_events.ERASED, conversation_events.WARMED}),
    _hear,
)


def _score_all(tx: Tx, job: Job) -> Mapping[str, Any] | Again:
    """A piece of a client's leads; where the work stands is its progress."""
    stood = job.progress or {"after": "", "scored": 0}
    ids = queries.to_score(tx, job.client_id, after=stood["after"], limit=_AT_ONCE)
    scored = stood["scored"] + (keeping.look(tx, job.client_id, ids) if ids else 0)
    return Again({"after": ids[-1], "scored": scored}) if len(ids) == _AT_ONCE else {"scored": scored}


SCORE_ALL = JobType(
    "scoring.score_all",
    "Scores all leads of a client anew: asked for where whom it looks for has changed, and after lists were taken in.",
    handler=_score_all,
    on_request=True,
)
