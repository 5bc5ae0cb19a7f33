"""What runs by itself: replies are told to whoever carries them, and what became of them is heard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rapport.broker import messages, postmark, replies, resend
from rapport.events.consumers import Consumer
from rapport.events.models import Event
from rapport.inbox import events as inbox_events
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType
from rapport.kernel.crypto import Keys
from rapport.kernel.tx import Tx
from rapport.outbox import events as outbox_events
from rapport.outbox import mail_events
from rapport.rules.occurrences import Every
from rapport.webhooks.sources import Handle

_WRITTEN = frozenset({inbox_events.REPLY_WRITTEN, inbox_events.REPLY_RETRIED})
_ENDED = frozenset({outbox_events.CARRIED, outbox_events.DEAD})
_AT_ONCE = 200


def carrier(keys: Keys, *, sender: str) -> Consumer:
    """Tells replies of channels that others carry, and hears how the telling ended."""

    def follow(tx: Tx, event: Event) -> None:
        if event.type in _WRITTEN:
            replies.carry(tx, keys, str(event.data["action_id"]), sender=sender)
        elif event.data.get("event_type") == replies.TYPE:
            replies.delivery_ended(tx, str(event.data["delivery_id"]), is_dead=event.type == outbox_events.DEAD)

    return Consumer("broker.replies", _WRITTEN | _ENDED, follow)


def _ask_people(tx: Tx, _job: Job) -> Mapping[str, Any]:
    return {"asked": replies.give_up_waiting(tx, limit=_AT_ONCE)}


WAIT_NO_LONGER = JobType(
    "broker.silent_replies",
    "Has people look after replies that n8n took and told nothing more of for a quarter of an hour.",
    handler=_ask_people,
    on_request=True,
    agency=True,
    every=Every(timedelta(minutes=5), offset=timedelta(minutes=2)),
)


def sources(keys: Keys, fetch: JobType) -> dict[str, Handle]:
    """Who makes something of what was kept; `fetch` is the job that fetches a mail."""
    return {
        messages.SOURCE: messages.hear,
        postmark.SOURCE: postmark.handler(keys),
        mail_events.SOURCE: resend.handler(fetch),
    }
