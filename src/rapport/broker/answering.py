"""The answer that a channel gives by itself, where the client wants one and nobody is there.

At most one in a conversation and a day, never to an automatic word, and never on LinkedIn, which comes by another way.
It answers nobody's question: whoever waits goes on waiting for a person.
"""

from __future__ import annotations

from datetime import timedelta

from rapport.broker import events, queries
from rapport.conversations import record
from rapport.conversations.record import Recorded
from rapport.conversations.told import Match, Told
from rapport.conversations.words import Channel, Via
from rapport.inbox import canned
from rapport.kernel.tx import Tx
from rapport.rules.direction import Direction

_A_DAY = timedelta(hours=24)
_RUNG = "automatic"


def answer(tx: Tx, client_id: str, channel: Channel, recorded: Recorded) -> str | None:
    """The text that the caller gives the person; recorded as sent. None where nothing is answered."""
    if not recorded.is_new or recorded.is_auto_reply:
        return None
    found = queries.automatic_answer(tx, client_id, channel.value, recorded.conversation_id, since=tx.now - _A_DAY)
    text = canned.made_for(tx, found.body, recorded.lead_id) if found is not None else None
    if found is None or text is None:
        return None
    record.heard(
        tx,
        Told(
            client_id=client_id,
            account_id=None,
            message_id=f"auto:{recorded.message_id}",
            at=tx.now,
            via=Via.SENT,
            channel=channel,
            direction=Direction.OUTBOUND,
            chat_id=queries.chat_id(tx, recorded.conversation_id),
            match=Match(recorded.lead_id, _RUNG),
            text=text,
            is_automatic=True,
        ),
    )
    data = {"channel": channel.value, "text_name": found.name, "message_id": recorded.message_id}
    tx.emit(
        events.ANSWERED,
        client_id=client_id,
        data=data,
        lead_id=recorded.lead_id,
        conversation_id=recorded.conversation_id,
    )
    return text
