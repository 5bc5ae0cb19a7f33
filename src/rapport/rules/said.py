"""Who said a thing about a person, and when: what decides between two values of one field.

An operator's word weighs more than what a profile showed, and that more than what a list claimed; of two words of
one weight the newer holds.
Example: the company an operator typed last year stays, though yesterday's file names another.
"""

from __future__ import annotations

from datetime import UTC, datetime

OPERATOR = "operator"
ENRICHMENT = "enrichment"
_RANKS = {OPERATOR: 2, ENRICHMENT: 1}


def said(by: str, at: datetime) -> str:
    """The note that is kept of one word."""
    return f"{by}@{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def who(note: str | None) -> str | None:
    """Whose word a note is of."""
    return note.rpartition("@")[0] if note else None


def when(note: str) -> str:
    """The instant of a note."""
    return note.rpartition("@")[2]


def weight(note: str | None) -> tuple[int, str]:
    """What is compared: the heavier word holds. A value that nobody is on record for weighs least."""
    if not note:
        return (-1, "")
    return (_RANKS.get(who(note) or "", 0), when(note))
