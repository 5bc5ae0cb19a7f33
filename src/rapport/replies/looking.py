"""Finding out from the provider, or from what is known by now, who wrote a message.

First its chat is asked: who wrote it, and who else is there. Only when an id of the writer is a number, or says nothing
yet, is the profile read, and that counts against the account's profile reads of the day. What stays unknown is listed,
and looked at again whenever a lead is added or gains an id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rapport.accounts import usage
from rapport.accounts.queries import Listening, listening
from rapport.conversations.queries import Kept, kept, unmatched_after
from rapport.conversations.told import Told
from rapport.conversations.words import Via
from rapport.jobs.registry import Again, Work
from rapport.kernel.tx import Reading, Tx
from rapport.ports.unipile import ReadError, Unipile
from rapport.ports.unipile_records import Attendee, Message, Profile
from rapport.replies import names, watching
from rapport.replies.names import Ids
from rapport.replies.understand import Said, shown_attachment, take_in
from rapport.rules import identity
from rapport.rules.direction import Direction
from rapport.rules.limits import Budget

_CHAT_PAGE = 50
_LOOK_AGAIN = timedelta(minutes=10)
_MOST = 200


@dataclass(frozen=True, slots=True)
class Found:
    """What the provider answered."""

    messages: tuple[Message, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    profile: Profile | None = None


def ask(reading: Reading, job: Work, unipile: Unipile) -> Found | ReadError | None:
    """Ask about one message: its chat, or when that was done the writer's profile."""
    row = kept(reading, job.payload["message_id"])
    account = _account(reading, job)
    if row is None or account is None or row.lead_id is not None:
        return None
    try:
        if job.payload.get("profile_of"):
            if job.attempts > 1:
                return None  # another attempt may have read it: then it is reserved anew
            return Found(profile=unipile.profile(job.payload["profile_of"], account_id=account.unipile_account_id))
        return _chat(unipile, row.chat_id) if row.chat_id is not None else Found()
    except ReadError as failure:
        return failure


def ask_chat(reading: Reading, job: Work, unipile: Unipile) -> Found | ReadError | None:
    """Ask for the newest messages of a chat."""
    if _account(reading, job) is None:
        return None
    try:
        return _chat(unipile, job.payload["chat_id"])
    except ReadError as failure:
        return failure


def _chat(unipile: Unipile, chat_id: str) -> Found:
    return Found(unipile.chat_messages(chat_id, limit=_CHAT_PAGE).items, unipile.attendees(chat_id))


def _account(reading: Reading, job: Work) -> Listening | None:
    found = listening(reading, id=job.payload["account_id"])
    return found[0] if found else None


def decide(tx: Tx, job: Work, found: Found | ReadError | None) -> Again | Mapping[str, Any]:
    """Understand the message anew with what was found."""
    account = _account(tx, job)
    if account is not None:
        watching.begin(tx, account, may_count=True)
    row = kept(tx, job.payload["message_id"])
    if row is None or account is None or row.lead_id is not None:
        return {"decision": "settled meanwhile"}
    if isinstance(found, ReadError):
        return _later(tx, found, {"message_id": row.id})
    if found is None:
        return _reserve(tx, job, account, job.payload["profile_of"])
    people = names.others(account, [names.of_attendee(each) for each in found.attendees if not each.is_self])
    said = _said(row, found, people)
    decided = take_in(tx, account, _told(row), said)
    if decided.lead_id is not None or job.payload.get("profile_of"):
        return {"decision": decided.decision, "lead_id": decided.lead_id}
    wanted = _worth_a_profile(said, account, row)
    if wanted is None:
        return {"decision": decided.decision, "lead_id": None}
    return _reserve(tx, job, account, wanted)


def _said(row: Kept, found: Found, people: tuple[Ids, ...]) -> Said:
    """What is known of the people of a message: by its own evidence, and by what was found."""
    sender = dict(row.sender_ids)
    is_sender = None if row.direction is None else row.direction == Direction.OUTBOUND.value
    told = next((each for each in found.messages if each.id == row.external_id), None)
    if told is not None:
        sender = {**names.of_id(told.sender_id), **sender}
        is_sender = told.is_sender if is_sender is None else is_sender
    # An attendee is told with more ids than a writer: those of the writer are the writer's.
    for each in people:
        if set(each.items()) & set(sender.items()):
            sender = {**each, **sender}
    profile = names.of_profile(found.profile) if found.profile is not None else {}
    return Said(is_sender=is_sender, sender=sender, others=people or tuple(row.others), profile=profile)


def _worth_a_profile(said: Said, account: Listening, row: Kept) -> str | None:
    """The writer's id, if its profile could say more: who is known by a name of their own needs none."""
    if row.direction == Direction.OUTBOUND.value or identity.PUBLIC_IDENTIFIER in said.sender:
        return None
    own = {item for each in names.owner(account) for item in each.items()}
    ids = said.sender or (said.others[0] if len(said.others) == 1 else {})
    return None if set(ids.items()) & own else names.best(ids)


def _reserve(tx: Tx, job: Work, account: Listening, wanted: str) -> Again:
    """Count the profile against the day before it is read."""
    match usage.reserve(tx, account.id, Budget.VISITS):
        case usage.Exhausted() as none:
            return Again({"waiting_for": none.sentence}, at=none.until or tx.now + _LOOK_AGAIN)
        case usage.Reserved():
            job.payload = {**job.payload, "profile_of": wanted}
            return Again({"reads": "the writer's profile"})


def read(tx: Tx, job: Work, found: Found | ReadError | None) -> Again | Mapping[str, Any]:
    """Take in the messages of a chat."""
    account = _account(tx, job)
    if account is None or found is None:
        return {"messages": 0}
    if isinstance(found, ReadError):
        return _later(tx, found, {"messages": 0})
    people = names.others(account, [names.of_attendee(each) for each in found.attendees if not each.is_self])
    fresh = [take_in_read(tx, account, message, people) for message in found.messages]
    watching.missed(tx, account, sum(fresh))
    return {"messages": len(fresh), "new": sum(fresh)}


def take_in_read(tx: Tx, account: Listening, message: Message, people: tuple[Ids, ...] = ()) -> bool:
    """Take in a message from one of the provider's lists; answers whether it was not known."""
    at = message.sent_at or tx.now
    sender = names.of_id(message.sender_id)
    told = Told(
        client_id=account.client_id,
        account_id=account.id,
        message_id=message.id,
        at=at,
        via=Via.POLL,
        chat_id=message.chat_id,
        chat_provider_id=message.chat_provider_id,
        message_provider_id=message.provider_id,
        author=names.somebody(sender),
        text=message.text,
        attachments=tuple(shown_attachment(each) for each in message.attachments),
        is_system=bool(message.is_event),
        edited_at=tx.now if message.is_edited else None,
        deleted_at=tx.now if message.is_deleted else None,
        seen_at=tx.now if message.is_seen and message.is_sender else None,
        reactions=tuple((each.value or "", each.sender_id or "") for each in message.reactions),
    )
    decided = take_in(tx, account, told, Said(is_sender=message.is_sender, sender=sender, others=people))
    return decided.is_new


def _later(tx: Tx, failure: ReadError, progress: Mapping[str, Any]) -> Again | Mapping[str, Any]:
    """The provider did not answer; what may heal is asked again."""
    if not failure.retryable:
        return {**progress, "refused": failure.code}
    return Again({**progress, "waiting_for": failure.code}, at=failure.retry_at or tx.now + _LOOK_AGAIN)


# What is known by now


def match_next(tx: Tx, job: Work) -> Again | Mapping[str, Any]:
    """Understand the next unmatched messages anew, by what is known of leads now."""
    went = job.payload.get("went", {"looked_at": 0, "matched": 0, "after": ""})
    accounts = {each.id: each for each in listening(tx, client_id=job.client_id)}
    rows = unmatched_after(tx, job.client_id, after=went["after"], limit=_MOST)
    matched = 0
    for row in rows:
        account = accounts.get(row.account_id or "")
        if account is not None:
            matched += take_in(tx, account, _told(row), _said(row, Found(), tuple(row.others))).lead_id is not None
    done = {"looked_at": went["looked_at"] + len(rows), "matched": went["matched"] + matched}
    if len(rows) < _MOST:
        return done
    job.payload = {**job.payload, "went": {**done, "after": rows[-1].id}}
    return Again(done)


def _told(row: Kept) -> Told:
    """A message that is known, told again."""
    return Told(
        client_id=row.client_id,
        account_id=row.account_id,
        message_id=row.external_id,
        at=row.at,
        via=Via.POLL,
        chat_id=row.chat_id,
        is_system=row.is_system,
        is_group=row.is_group,
        subject=row.subject,
    )
