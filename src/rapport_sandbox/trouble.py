"""How a call fails when there is no socket to fail on."""

from __future__ import annotations

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


def raise_trouble(answer: Answer) -> None:
    """Raise what a caller over a socket would have met."""
    if answer.hang is not None:
        raise TimedOut("no answer")
    if answer.manner is None:
        return
    match answer.manner.act:
        case "hang":
            raise TimedOut("no answer")
        case "drip" if answer.manner.seconds > CALLER_PATIENCE:
            raise TimedOut("the answer took too long")
        case "reset":
            raise ConnectionLost("connection reset")
        case "truncate" | "wrong_length":
            raise ConnectionLost("the answer was not as long as it said")
        case "drip":
            pass
