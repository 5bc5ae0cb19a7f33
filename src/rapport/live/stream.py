"""A stream: whose log, where in it, and whether its listener may still hear it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from rapport.conversations.models import Conversation
from rapport.events import queries
from rapport.events.models import Event
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.principal import Principal
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.live import frames

BATCH = 200
_C, _E = Conversation.__table__, Event.__table__


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
    if last_event_id > newest or _missed(reading, client_id, conversation_id, last_event_id) > most_behind:
        return Stream(client_id, conversation_id, principal, newest, frames.reset(newest))
    return Stream(client_id, conversation_id, principal, last_event_id, frames.ready(last_event_id))


def client_of(reading: Reading, conversation_id: str) -> str:
    """Whose conversation this is."""
    found = reading.rows(
        select(_C.c.client_id).where(_C.c.id == conversation_id, within(reading.scope, _C.c.client_id))
    ).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return str(found)


def _missed(reading: Reading, client_id: str, conversation_id: str | None, after: int) -> int:
    statement = select(func.count()).where(
        _E.c.client_id == client_id, _E.c.seq > after, within(reading.scope, _E.c.client_id)
    )
    if conversation_id is not None:
        statement = statement.where(_E.c.conversation_id == conversation_id)
    return int(reading.rows(statement).scalar_one())
