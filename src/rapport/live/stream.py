"""A stream: whose log, where in it, and whether its listener may still hear it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rapport.events import queries
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Reading
from rapport.live import frames
from rapport.live.queries import missed

BATCH = 200


@dataclass(slots=True)
class Stream:
    """One listener's place in a client's log."""

    client_id: str
    conversation_id: str | None
    principal: Principal = field(repr=False)
    after: int
    first: bytes
    """What is said to begin with."""
    chunked: bool = True

    def hears(self, shown: dict[str, Any]) -> bool:
        """Whether an event of the client is for this stream."""
        return self.conversation_id is None or shown["conversation_id"] == self.conversation_id

    def frames_of(self, events: list[dict[str, Any]]) -> bytes:
        """What is to be said of the next events, of which the stream takes note."""
        fresh = [each for each in events if each["seq"] > self.after]
        if fresh:
            self.after = fresh[-1]["seq"]
        return b"".join(frames.of_event(each) for each in fresh if self.hears(each))


def begin(
    reading: Reading,
    principal: Principal,
    client_id: str,
    conversation_id: str | None,
    *,
    last_event_id: int | None,
    most_behind: int,
) -> Stream:
    """A stream from where its listener stood; from now on, if they stood nowhere or too far back."""
    newest = queries.last_seq(reading, client_id)
    if last_event_id is None:
        return Stream(client_id, conversation_id, principal, newest, frames.ready(newest))
    if last_event_id > newest or missed(reading, client_id, conversation_id, last_event_id) > most_behind:
        return Stream(client_id, conversation_id, principal, newest, frames.reset(newest))
    return Stream(client_id, conversation_id, principal, last_event_id, frames.ready(last_event_id))
