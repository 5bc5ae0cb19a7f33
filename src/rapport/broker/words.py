"""What a bot that told of a message does next."""

from __future__ import annotations

from enum import StrEnum


class Next(StrEnum):
    """Its next step."""

    ANSWERED = "answered"
    """Give the person `reply_text`: it counts as said."""
    OPERATOR = "operator_answers"
    """Leave it to a person."""
    KEPT = "kept"
    """Nothing: the channel is off, and the message waits for it."""
    NOT_CONNECTED = "not_connected"
    """Nothing: nobody connected the channel, and the message is not kept."""
