"""How a call fails when there is no socket to fail on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport_sandbox.wire import Answer

CALLER_PATIENCE = 30.0
"""A drip that takes longer than this counts as a time-out in process."""


class Trouble(Exception):  # noqa: N818 - it is the network's, not ours
    """The answer never came, or not whole."""


class TimedOut(Trouble):
    """Nothing came in time."""


class ConnectionLost(Trouble):
    """The connection broke, before the answer or in its middle."""


def met_by_caller(answer: Answer) -> Answer:
    """What a caller over a socket would have got, raised if it is trouble."""
    if answer.hang is not None:
        raise TimedOut("no answer")
    if answer.manner is None:
        return answer
    match answer.manner.act:
        case "hang":
            raise TimedOut("no answer")
        case "drip" if answer.manner.seconds > CALLER_PATIENCE:
            raise TimedOut("the answer took too long")
        case "reset":
            raise ConnectionLost("connection reset")
        case "truncate":
            raise ConnectionLost("the answer was not as long as it said")
        case "wrong_length":
            return replace(answer, body=answer.body[: len(answer.body) // 2], manner=None)
        case "drip":
            return replace(answer, manner=None)
