"""What the inbox does when it hears of something: follows waits, deals conversations out, gives back, forgets."""

from __future__ import annotations

from rapport.conversations import events as conversation_events
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.inbox import marking, sharing
from rapport.inbox.queries import conversations
from rapport.inbox.waits import keeping as waits
from rapport.inbox.waits import queries as wait_queries
from rapport.kernel.tx import Tx
from rapport.leads import events as lead_events
from rapport.leads.queries.register import merged_into
from rapport.people import events as people_events


def _deal(tx: Tx, event: Event) -> None:
    """Somebody waits, or somebody has room again."""
    sharing.deal(tx, event.client_id)


DEALER = Consumer(
    "inbox.deal",
    frozenset(
        {
            *(conversation_events.RECEIVED, conversation_events.REOPENED, conversation_events.CLOSED),
            *(conversation_events.SNOOZED, conversation_events.ASSIGNED),
        }
    ),
    _deal,
)


def _follow(tx: Tx, event: Event) -> None:
    if event.type == people_events.USER_DELETED:
        sharing.give_back(tx, event.data["user_id"])
    elif event.type == people_events.MEMBER_REMOVED:
        sharing.give_back(tx, event.data["user_id"], client_id=event.client_id)
    elif event.lead_id is not None:
        ids = conversations.of_leads(tx, [*merged_into(tx, event.lead_id), event.lead_id])
        marking.forget(tx, event.client_id, ids)


FOLLOWER = Consumer(
    "inbox.follow",
    frozenset({people_events.USER_DELETED, people_events.MEMBER_REMOVED, lead_events.ERASED}),
    _follow,
)


def _wait(tx: Tx, event: Event) -> None:
    """Somebody wrote, or was answered, or is warmer than before."""
    thread = wait_queries.thread(tx, event.conversation_id) if event.conversation_id is not None else None
    if thread is not None:
        waits.follow(tx, thread)


WAITER = Consumer(
    "inbox.waits",
    frozenset(
        {
            *(conversation_events.RECEIVED, conversation_events.SENT, conversation_events.CLOSED),
            *(conversation_events.WARMED, conversation_events.REOPENED),
        }
    ),
    _wait,
)
