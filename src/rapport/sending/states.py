"""The words for where an action stands, and who wants it."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    READY = "ready"
    """Wanted outside of a campaign's turn, and not begun."""
    CLAIMED = "claimed"
    """Written down and counted; its call has not begun."""
    CALLING = "calling"
    """From here on it may have happened."""
    UNCERTAIN = "uncertain"
    """Its call ended without a clear answer."""
    SENT = "sent"
    REFUSED = "refused"
    """It certainly did not happen, and the provider said why."""
    CANCELLED = "cancelled"
    """It certainly did not happen: it was never called, or it was found not to have arrived."""


OPEN = (State.CLAIMED, State.CALLING, State.UNCERTAIN)
"""States in which an action counts, and its enrollment waits for it."""


class Wanted(StrEnum):
    """What an operator wants of the sending."""

    RUNNING = "running"
    DRAINING = "draining"
    STOPPED = "stopped"


class Origin(StrEnum):
    CAMPAIGN = "campaign"
    PERSON = "person"
    UPKEEP = "upkeep"


class SettledBy(StrEnum):
    """How it became known what became of an action."""

    ANSWER = "answer"
    READING = "reading"
    NOTICE = "notice"
    PERSON = "person"
    ASSUMED = "assumed"
    """Nobody can look it up and it harms nobody, such as a profile visit: it counts as done."""
