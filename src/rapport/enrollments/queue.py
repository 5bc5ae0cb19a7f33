"""What a campaign sends next: the coming sends in order, if nobody accepts or answers meanwhile.

It is a run of the simulation in which people do nothing, over everything that shares the campaign's senders.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rapport.enrollments.facts import snapshot
from rapport.kernel.tx import Reading
from rapport.leads.facts import leads
from rapport.leads.naming import shown_name
from rapport.rules.assumptions import SILENCE
from rapport.rules.simulation import Simulation

FARTHEST = timedelta(days=60)
_AT_FIRST = timedelta(days=1)


def queue(reading: Reading, campaign_id: str, *, limit: int) -> list[dict[str, Any]]:
    """The next sends of a campaign, at most so many, with sender, step and time."""
    start = snapshot(reading, campaign_id)
    ahead = _AT_FIRST
    while True:
        run = Simulation(start, SILENCE).run(start.at + ahead, most=None)
        if len(run.sends) >= limit or ahead >= FARTHEST or run.ended_at is not None:
            break
        ahead = min(ahead * 4, FARTHEST)  # days without a send, such as holidays, are rare: look nearby first
    seats = {seat.enrollment.id: seat for seat in start.seats}
    coming = run.sends[:limit]
    names = leads(reading, {seats[send.enrollment_id].lead.id for send in coming})
    return [
        {
            "at": send.at,
            "enrollment_id": send.enrollment_id,
            "lead_id": seats[send.enrollment_id].lead.id,
            "lead": shown_name(names[seats[send.enrollment_id].lead.id].row),
            "account_id": send.sender_id,
            "account": start.senders[send.sender_id].name,
            "step": {"key": send.step, "kind": send.kind.value},
            "variant": send.variant,
        }
        for send in coming
    ]
