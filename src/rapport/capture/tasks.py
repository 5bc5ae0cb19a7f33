"""What follows from a submission by itself, and what is forgotten with its person."""

from __future__ import annotations

from rapport.campaigns.queries import kept as campaign_of
from rapport.capture import events, forget
from rapport.enrollments.enroll import enroll
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.kernel.errors import RapportError
from rapport.kernel.tx import Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into


def _follow(tx: Tx, event: Event) -> None:
    if event.lead_id is None:
        return
    if event.type == lead_events.ERASED:
        forget.of_leads(tx, event.client_id, [*merged_into(tx, event.lead_id), event.lead_id])
    elif event.campaign_id is not None:
        _enroll(tx, event, event.lead_id, event.campaign_id)


def _enroll(tx: Tx, event: Event, lead_id: str, campaign_id: str) -> None:
    """Into the campaign that the form names. Who cannot be is told of, and nobody waits for them."""
    try:
        refused = enroll(tx, campaign_of(tx, campaign_id), [lead_id], by=None).refused
        reason = refused[0].reason if refused else None
    except RapportError as refusal:
        reason = refusal.message
    if reason is not None:
        tx.emit(
            events.NOT_ENROLLED,
            client_id=event.client_id,
            data={"name": event.data["name"], "reason": reason},
            dedupe_key=f"not_enrolled:{event.data['submission_id']}",
            lead_id=lead_id,
            campaign_id=campaign_id,
        )


FOLLOWER = Consumer("capture.follow", frozenset({events.INQUIRED, lead_events.ERASED}), _follow)
