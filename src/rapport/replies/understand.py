"""Understanding one message, by whichever way it was told: which way it went, whose it is, and what follows.

The message and all that follows from it are one transaction. Where somebody's own id shows that they are a lead, they
are not the account's owner, and the message is inbound; the thread alone does not show who of the two wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from typing import Any

from rapport.accounts.queries import Listening
from rapport.conversations import record
from rapport.conversations.queries import shown
from rapport.conversations.told import Match, Told
from rapport.jobs.enqueue import enqueue
from rapport.kernel.tx import Tx
from rapport.leads import knowing
from rapport.replies import names, relating, stop, who_wrote
from rapport.replies.names import Ids
from rapport.replies.types import LOOK
from rapport.replies.who_wrote import Clues
from rapport.rules import out_of_office
from rapport.rules.direction import Direction, direction
from rapport.rules.out_of_office import OutOfOffice


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says of the people around a message."""

    is_sender: bool | None
    """Whether the account itself wrote it."""
    sender: Ids = field(default_factory=dict)
    others: tuple[Ids, ...] = ()
    owner_id: str | None = None
    profile: Ids = field(default_factory=dict)
    """What the profile behind the sender's id says."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What was made of something that was told, in a word for the diagnostics, and whom it concerns."""

    decision: str
    client_id: str | None = None
    account_id: str | None = None
    conversation_id: str | None = None
    lead_id: str | None = None
    message_id: str | None = None
    is_new: bool = False
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """Which way, by which rung, and what each rung was given and found."""


def take_in(tx: Tx, account: Listening, told: Told, said: Said) -> Decided:
    """Record a message with what is understood of it, and do what follows."""
    record.turn(tx, account.client_id)
    told = understood(tx, account, told, said)
    recorded = record.heard(tx, told)
    decided = Decided(
        "known_already",
        account.client_id,
        account.id,
        recorded.conversation_id,
        recorded.lead_id,
        recorded.message_id,
        recorded.is_new,
        {
            "direction": told.direction.value if told.direction is not None else None,
            "rung": told.match.rung,
            "tried": dict(told.match.evidence),
        },
    )
    if recorded.is_fresh_reply:
        return replace(decided, decision=answer(tx, account, told, recorded))
    if not recorded.is_new:
        return decided
    if told.is_system:
        return replace(decided, decision="system")
    if told.direction is Direction.OUTBOUND:
        return replace(decided, decision="own_message")
    enqueue(
        tx,
        LOOK,
        client_id=account.client_id,
        payload={"message_id": recorded.message_id, "account_id": account.id},
        dedupe_key=f"replies.look:{recorded.message_id}",
    )
    return replace(decided, decision="unmatched" if told.direction is not None else "direction_unknown")


def understood(tx: Tx, account: Listening, told: Told, said: Said) -> Told:
    """The message with its direction and its person, as far as both can be told."""
    ids = {**said.profile, **said.sender}
    way = direction(is_sender=said.is_sender, sender=ids, owner=names.owner(account, said.owner_id))
    theirs = way is not Direction.OUTBOUND
    clues = Clues(
        client_id=account.client_id,
        sender=said.sender if theirs else {},
        profile=said.profile if theirs else {},
        chat_id=told.chat_id,
        others=said.others,
        is_group=told.is_group,
    )
    match = who_wrote.recognise(tx, clues)
    if way is None and match.rung not in (None, who_wrote.CHAT):
        way = Direction.INBOUND
    if way is None:
        match = Match(None, None, match.evidence)
    elif way is Direction.INBOUND and match.lead_id is not None:
        knowing.learn(tx, match.lead_id, ids)
    is_auto_reply = way is Direction.INBOUND and _absence(told.text, told.at) is not None
    return replace(told, direction=way, match=match, is_auto_reply=is_auto_reply)


def answer(tx: Tx, account: Listening, told: Told, recorded: record.Recorded) -> str:
    """What follows from a word of a person we know."""
    if recorded.lead_id is not None and told.subject is None and not told.is_group:
        relating.wrote(tx, account, recorded.lead_id, at=recorded.at)
    if not recorded.is_auto_reply:
        stop.on_reply(tx, recorded, account_id=account.id)
        return "reply"
    absence = _absence(told.text or shown(tx, recorded.message_id)["text"], recorded.at)
    returns_on = absence.returns_on if absence is not None else None
    until = datetime.combine(returns_on, time(), UTC) if returns_on is not None else None
    stop.on_absence(tx, recorded, account_id=account.id, until=until)
    return "out_of_office"


def _absence(text: str | None, at: datetime) -> OutOfOffice | None:
    return out_of_office.recognise(text, today=at.date()) if text else None


def shown_attachment(attachment: Any) -> Mapping[str, Any]:
    """An attachment as it is kept: what it is, and by which id it can be asked for; its address expires."""
    kept = ("id", "type", "file_name", "mimetype", "file_size")
    return {name: getattr(attachment, name) for name in kept}
