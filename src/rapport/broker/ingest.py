"""One message of any channel but LinkedIn, from whoever tells of it: whose it is, recorded once, and what follows.

The rungs of recognising the writer: the thread's own person, then the mailbox that wrote, then how the channel names
them in another thread. Who shows an email address and is nobody yet becomes a lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from rapport.broker import queries
from rapport.channels import keeping
from rapport.conversations import record
from rapport.conversations.record import Recorded
from rapport.conversations.told import Match, Somebody, Told
from rapport.conversations.words import Channel, Via
from rapport.kernel.tx import Tx
from rapport.leads import arriving
from rapport.leads.arriving import LeadSource, Outcome
from rapport.replies import stop
from rapport.rules import identity, out_of_office
from rapport.rules.direction import Direction
from rapport.rules.lead_fields import Person, read
from rapport.rules.out_of_office import OutOfOffice

SAID_BY = "channel"
"""Who says what a channel shows of somebody: less than an operator or a profile."""
THREAD, EMAIL, PARTICIPANT, ARRIVED = "thread", "email", "participant", "arrived"


@dataclass(frozen=True, slots=True)
class Arriving:
    """A message as a channel's own reader understood it."""

    client_id: str
    channel: Channel
    message_id: str
    at: datetime
    text: str | None = field(repr=False)
    author_id: str
    """How the channel names the writer: on email their address."""
    name: str | None = None
    email: str | None = None
    known_of_them: Mapping[str, str] = field(default_factory=dict)
    """Fields of a lead that the channel shows."""
    thread_id: str | None = None
    """The channel's own id of the thread; None: the writer's."""
    conversation_id: str | None = None
    """The conversation that the message itself names."""
    subject: str | None = field(default=None, repr=False)
    attachments: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of it."""

    recorded: Recorded
    is_new_lead: bool


def ingest(tx: Tx, arriving_message: Arriving) -> Ingested:
    """Record a message, and let whatever is automatic for its writer stop."""
    given = arriving_message
    record.turn(tx, given.client_id)
    thread = queries.thread(tx, given.client_id, given.channel.value, given.conversation_id)
    match, is_new_lead = _recognise(tx, given, thread)
    away = _absence(given)
    recorded = record.heard(
        tx,
        Told(
            client_id=given.client_id,
            account_id=None,
            message_id=given.message_id,
            at=min(given.at, tx.now),
            via=Via.WEBHOOK,
            channel=given.channel,
            direction=Direction.INBOUND,
            chat_id=_chat_id(given, thread),
            author=Somebody(given.author_id, given.name),
            match=match,
            text=given.text,
            subject=given.subject,
            attachments=given.attachments,
            is_auto_reply=away is not None,
        ),
    )
    keeping.came_in(tx, given.client_id, given.channel.value)
    if recorded.is_fresh_reply and recorded.is_auto_reply:
        returns = away.returns_on if away is not None else None
        until = datetime.combine(returns, time(), UTC) if returns is not None else None
        stop.on_absence(tx, recorded, account_id=None, until=until)
    elif recorded.is_fresh_reply:
        stop.on_reply(tx, recorded, account_id=None)  # promise 1: they answered, wherever they were asked
    return Ingested(recorded, is_new_lead)


def _chat_id(given: Arriving, thread: queries.Thread | None) -> str:
    """The thread it belongs to. One that a message names may have no id of the channel's yet, and gets the writer's."""
    known = thread.external_id if thread is not None else given.thread_id
    return known or given.author_id


def _recognise(tx: Tx, given: Arriving, thread: queries.Thread | None) -> tuple[Match, bool]:
    tried: dict[str, Any] = {}

    def found(rung: str, lead_id: str | None, shown: Mapping[str, str]) -> Match | None:
        tried[rung] = {"given": dict(shown), "lead_id": lead_id}
        return Match(lead_id, rung, tried) if lead_id is not None else None

    by_thread = (
        thread.lead_id
        if thread is not None
        else queries.lead_in(tx, given.client_id, given.channel.value, _chat_id(given, None))
    )
    mailbox = identity.email(given.email) if given.email else None
    address = mailbox.value if mailbox is not None else None
    match = found(THREAD, by_thread, {}) if by_thread is not None else None
    if match is None and address is not None:
        owner = arriving.owners_of(tx, given.client_id, {identity.EMAIL: address})
        match = found(EMAIL, next(iter(owner.values()), None), {identity.EMAIL: address})
    if match is None:
        seen = queries.lead_named(tx, given.client_id, given.channel.value, given.author_id)
        match = found(PARTICIPANT, seen, {"participant": given.author_id})
    if match is not None:
        return match, False
    person = read({**given.known_of_them, "full_name": given.name, "email": address}) if address is not None else None
    if not isinstance(person, Person):
        return Match(None, None, tried), False
    came = arriving.arrive(
        tx, given.client_id, [person], source=LeadSource.CAPTURE, said_by=SAID_BY, source_detail=given.channel.value
    )[0]
    tried[ARRIVED] = {"given": {identity.EMAIL: address}, "lead_id": came.lead_id}
    return Match(came.lead_id, ARRIVED if came.lead_id else None, tried), came.outcome is Outcome.CREATED


def _absence(given: Arriving) -> OutOfOffice | None:
    if not given.text and not given.headers:
        return None
    said = given.text or ""
    return out_of_office.recognise(said, today=given.at.date(), subject=given.subject, headers=given.headers)
