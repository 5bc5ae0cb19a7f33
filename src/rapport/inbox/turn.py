"""One look at all of the inbox that comes with time: snoozed conversations open, waits are nearly over or over, tasks
are overdue. It answers when the next look is wanted.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rapport.conversations import standing
from rapport.inbox.follow_ups import keeping as follow_ups
from rapport.inbox.follow_ups import queries as follow_up_queries
from rapport.inbox.queries import conversations
from rapport.inbox.waits import keeping as waits
from rapport.inbox.waits import queries as wait_queries
from rapport.kernel.tx import Reading, Tx

LOOK_AGAIN = timedelta(seconds=5)
"""How late something may be told that another process has made due sooner."""
_AT_ONCE = 200


def next_at(reading: Reading) -> datetime | None:
    """When there is something to do next."""
    found = [conversations.next_to_open(reading), wait_queries.next_at(reading), follow_up_queries.next_at(reading)]
    return min((each for each in found if each is not None), default=None)


def look(tx: Tx) -> dict[str, int]:
    """Do what is due; answers how much of each."""
    ids = conversations.due_to_open(tx, limit=_AT_ONCE)
    for conversation_id in ids:
        standing.open_again(tx, standing.hold(tx, conversation_id))
    return {"opened": len(ids), **waits.sweep(tx), "overdue": follow_ups.sweep(tx)}
