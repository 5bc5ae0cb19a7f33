"""Who a person on the channel is among the client's leads: the first rung that knows them, and what every rung found.

Rungs in order: the provider id; the member id, known or resolved through the profile; the public identifier; the
thread, by the lead it is with or by who else is in it. An id that nobody has is not a reason to take somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rapport.conversations.queries import thread_with
from rapport.conversations.told import Match
from rapport.kernel.tx import Tx
from rapport.leads.arriving import owners_of
from rapport.leads.knowing import contradicts
from rapport.replies.names import Ids
from rapport.rules import identity

PROFILE = "profile"
CHAT = "chat"
BY_HAND = "by_hand"


@dataclass(frozen=True, slots=True)
class Clues:
    """What a source says of the writer, and of the thread."""

    client_id: str
    sender: Ids = field(default_factory=dict)
    """The writer's ids by kind; empty where the writer is ourselves or not told."""
    profile: Ids = field(default_factory=dict)
    """What the provider's profile of a member id says."""
    chat_id: str | None = None
    others: tuple[Ids, ...] = ()
    """Who is in the thread beside ourselves."""
    is_group: bool = False


def recognise(tx: Tx, clues: Clues) -> Match:
    """Whom these clues name."""
    evidence: dict[str, Any] = {}
    found: tuple[str, str] | None = None
    for rung, given in _rungs(clues):
        lead_id = _lead(tx, clues.client_id, given)
        evidence[rung] = {"given": dict(given), "lead_id": lead_id}
        if lead_id is not None and found is None:
            found = (lead_id, rung)
    if found is None and not clues.is_group:
        lead_id, shown = _by_thread(tx, clues)
        evidence[CHAT] = shown
        found = (lead_id, CHAT) if lead_id is not None else None
    if found is None:
        return Match(None, None, evidence)
    return Match(found[0], found[1], evidence)


def _rungs(clues: Clues) -> list[tuple[str, Ids]]:
    sender = [(kind, {kind: clues.sender[kind]}) for kind in identity.ORDER if kind in clues.sender]
    if not clues.profile:
        return sender
    before = [each for each in sender if each[0] in (identity.PROVIDER_ID, identity.MEMBER_ID)]
    return [*before, (PROFILE, clues.profile), *(each for each in sender if each not in before)]


def _lead(tx: Tx, client_id: str, ids: Ids) -> str | None:
    """The lead that has one of these ids, the one believed most first."""
    owners = owners_of(tx, client_id, ids)
    return next((owners[kind, ids[kind]] for kind in identity.ORDER if (kind, ids.get(kind)) in owners), None)


def _by_thread(tx: Tx, clues: Clues) -> tuple[str | None, dict[str, Any]]:
    """The lead of the thread, or of the only other person in it. A writer of another name is not they."""
    shown: dict[str, Any] = {"given": {"chat_id": clues.chat_id, "others": [dict(each) for each in clues.others]}}
    known = thread_with(tx, clues.client_id, clues.chat_id) if clues.chat_id is not None else None
    if known is None and len(clues.others) == 1:
        known = _lead(tx, clues.client_id, clues.others[0])
    if known is not None and contradicts(tx, known, clues.profile or clues.sender):
        shown["contradicted"] = known
        known = None
    shown["lead_id"] = known
    return known, shown


def ids_of(match: Match) -> dict[str, str]:
    """Every id of the writer that the evidence holds."""
    found: dict[str, str] = {}
    for rung, shown in match.evidence.items():
        if rung != CHAT:
            found = {**shown["given"], **found}
    return found
