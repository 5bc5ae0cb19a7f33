"""What is said of messages by itself: as they come, as they are edited, and of all once more when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.conversations import events as conversation_events
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.jobs.models import Job
from rapport.jobs.registry import Again, JobType
from rapport.kernel.tx import Tx
from rapport.offerings import linking, queries

_AT_ONCE = 100


def _listen(tx: Tx, event: Event) -> None:
    message_id = event.data.get("message_id")
    if isinstance(message_id, str):
        linking.link(tx, message_id)


LINKER = Consumer("offerings.link", frozenset({conversation_events.RECEIVED, conversation_events.EDITED}), _listen)


def _link_again(tx: Tx, job: Job) -> Mapping[str, Any] | Again:
    """A piece of a client's messages; where the work stands is its progress."""
    stood = job.progress or {"after": "", "looked_at": 0, "linked": 0}
    ids = queries.inbound_after(tx, job.client_id, after=stood["after"], limit=_AT_ONCE)
    linked = sum(bool(linking.link(tx, each)) for each in ids)
    done = {"looked_at": stood["looked_at"] + len(ids), "linked": stood["linked"] + linked}
    return Again({"after": ids[-1], **done}) if len(ids) == _AT_ONCE else done


LINK_AGAIN = JobType(
    "offerings.link_again",
    "Looks at all messages that a client was sent for what they are about, by the offerings as they are now. What a"
    " person decided stays.",
    handler=_link_again,
    on_request=True,
)
