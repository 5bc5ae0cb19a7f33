"""Whether somebody can be written to in a conversation now, and if not, why."""

from __future__ import annotations

from typing import Any

from rapport.channels.queries import why_not
from rapport.conversations.words import Channel
from rapport.kernel.tx import Reading
from rapport.rules.reply_windows import reply_until


def unreachable(reading: Reading, conversation: Any) -> str | None:
    """Why nothing that is written here would arrive, in a sentence; None where it would."""
    if conversation.external_id is None and conversation.lead_id is None:
        return "Neither the chat nor the person is known."
    if conversation.channel == Channel.LINKEDIN.value:
        gone = conversation.account_id is None
        return "The account that this conversation was held with is gone." if gone else None
    why = why_not(reading, conversation.client_id, conversation.channel)
    if why is not None:
        return f"The channel {conversation.channel} is not connected: {why}."
    until = reply_until(conversation.channel, conversation.last_inbound_at)
    if until is not None and until <= reading.now:
        return f"On {conversation.channel} this person could be answered until {until:%Y-%m-%d %H:%M} UTC."
    return None
