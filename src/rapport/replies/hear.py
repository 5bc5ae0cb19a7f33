"""Understanding one thing that was told of the channel, by webhook or by reading: who, which way, and what follows.

    decided = hear.hear(tx, unipile.heard(body, content_type=...))

Everything is decided from what is told and what is known here, in one transaction and without asking the provider. What
that leaves open is recorded as it is and looked into by a job (`looking.py`), which asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, assert_never

from rapport.accounts.queries import Listening, listening
from rapport.conversations import record
from rapport.conversations.models import Mark, Via
from rapport.conversations.told import Marked, Match, Somebody, Told
from rapport.jobs.enqueue import enqueue
from rapport.kernel.tx import Tx
from rapport.leads import knowing
from rapport.ports.unipile_hooks import (
    AccountHeard,
    ChatMessage,
    Heard,
    MessageDeleted,
    MessageDelivered,
    MessageEdited,
    MessageHeard,
    MessageReacted,
    MessageSeen,
    Named,
    OtherHeard,
    RelationHeard,
    Unreadable,
)
from rapport.replies import relating, stop, watching, who_wrote
from rapport.replies.types import LOOK, READ_CHAT
from rapport.replies.who_wrote import Clues
from rapport.rules import identity
from rapport.rules.direction import Direction, direction


@dataclass(frozen=True, slots=True)
class Decided:
    """What was made of it, in a word for the diagnostics, and whom it concerns."""

    decision: str
    client_id: str | None = None
    account_id: str | None = None
    conversation_id: str | None = None
    lead_id: str | None = None
    message_id: str | None = None


def hear(tx: Tx, heard: Heard) -> Decided:
    """Act on what a webhook told."""
    match heard:
        case Unreadable():
            return Decided("unreadable")
        case OtherHeard() | AccountHeard():
            return Decided("not_about_a_person")
        case RelationHeard():
            return _relation(tx, heard)
        case MessageHeard() | MessageEdited() | MessageDeleted():
            return _message(tx, heard)
        case MessageSeen() | MessageDelivered() | MessageReacted():
            return _mark(tx, heard)
        case _:
            assert_never(heard)


def account_of(tx: Tx, unipile_account_id: str | None) -> Listening | None:
    """The account of ours that the provider means."""
    found = listening(tx, unipile_account_id=unipile_account_id) if unipile_account_id else []
    return found[0] if found else None


def _relation(tx: Tx, heard: RelationHeard) -> Decided:
    account = account_of(tx, heard.account_id)
    if account is None:
        return Decided("unknown_account")
    lead_id = relating.connected(tx, account, heard.person, at=tx.now, learned="webhook")
    word = "connected" if lead_id is not None else "unmatched_relation"
    return Decided(word, account.client_id, account.id, lead_id=lead_id)


def _message(tx: Tx, heard: MessageHeard | MessageEdited | MessageDeleted) -> Decided:
    message = heard.message
    account = account_of(tx, message.account_id)
    if account is None:
        return Decided("unknown_account")
    watching.heard(tx, account)
    if message.message_id is None:
        if message.chat_id is None:
            return Decided("nothing_to_find_it_by", account.client_id, account.id)
        read_chat(tx, account, message.chat_id)
        return Decided("reads_the_chat", account.client_id, account.id)
    at = message.at or tx.now
    told = Told(
        client_id=account.client_id,
        account_id=account.id,
        message_id=message.message_id,
        at=at,
        via=Via.WEBHOOK,
        chat_id=message.chat_id,
        chat_provider_id=message.chat_provider_id,
        message_provider_id=message.message_provider_id,
        text=message.text,
        subject=message.subject,
        attachments=tuple(shown_attachment(each) for each in message.attachments),
        is_system=bool(message.is_event),
        is_group=bool(message.is_group),
        edited_at=at if isinstance(heard, MessageEdited) else None,
        deleted_at=at if isinstance(heard, MessageDeleted) else None,
    )
    sender = ids_of(message.sender)
    told = understood(
        tx,
        account,
        told,
        is_sender=message.is_sender,
        sender=sender,
        somebody=_somebody(message.sender),
        others=_others(account, message),
        owner_id=message.account_user_id,
    )
    return take_in(tx, account, told)


def understood(
    tx: Tx,
    account: Listening,
    told: Told,
    *,
    is_sender: bool | None,
    sender: Mapping[str, str],
    somebody: Somebody | None,
    others: tuple[Mapping[str, str], ...],
    owner_id: str | None = None,
    profile: Mapping[str, str] | None = None,
) -> Told:
    """The message with its direction and its person, as far as both can be told."""
    owner = owner_ids(account, owner_id)
    known = profile or {}
    way = direction(is_sender=is_sender, sender={**known, **sender}, owner=owner)
    theirs = way is not Direction.OUTBOUND
    clues = Clues(
        client_id=account.client_id,
        sender=sender if theirs else {},
        profile=known if theirs else {},
        chat_id=told.chat_id,
        others=others,
        is_group=told.is_group,
    )
    match = who_wrote.recognise(tx, clues)
    if way is None and match.rung not in (None, who_wrote.CHAT):
        way = Direction.INBOUND  # the writer is a person we know, and so not the account's owner
    if way is None:
        match = Match(None, None, match.evidence)
    elif match.lead_id is not None and way is Direction.INBOUND:
        knowing.learn(tx, match.lead_id, {**known, **sender})
    return replace(told, direction=way, match=match, author=somebody)


def take_in(tx: Tx, account: Listening, told: Told) -> Decided:
    """Record a message that was understood, and do what follows from it."""
    recorded = record.heard(tx, told)
    decided = Decided(
        "known_already",
        account.client_id,
        account.id,
        recorded.conversation_id,
        recorded.lead_id,
        recorded.message_id,
    )
    if recorded.is_fresh_reply:
        stop.on_reply(tx, recorded, account_id=account.id)
        relating.wrote(tx, account, recorded.lead_id, at=recorded.at, is_inmail=told.subject is not None)
        return replace(decided, decision="reply")
    if not recorded.is_new:
        return decided
    if told.direction is Direction.OUTBOUND:
        return replace(decided, decision="own_message")
    if told.is_system:
        return replace(decided, decision="system")
    if recorded.lead_id is None:
        look_into(tx, account, recorded.message_id)
        return replace(decided, decision="unmatched" if told.direction is not None else "direction_unknown")
    return replace(decided, decision="recorded")


def _mark(tx: Tx, heard: MessageSeen | MessageDelivered | MessageReacted) -> Decided:
    message = heard.message
    account = account_of(tx, message.account_id)
    if account is None:
        return Decided("unknown_account")
    if message.message_id is None:
        return Decided("nothing_to_find_it_by", account.client_id, account.id)
    at = message.at or tx.now
    match heard:
        case MessageSeen():
            marked = Marked(account.client_id, message.message_id, Mark.SEEN, at)
        case MessageDelivered():
            marked = Marked(account.client_id, message.message_id, Mark.DELIVERED, at)
        case MessageReacted():
            by = ids_of(heard.by)
            who = next((by[kind] for kind in identity.ORDER if kind in by), None)
            marked = Marked(account.client_id, message.message_id, Mark.REACTED, at, by=who, value=heard.reaction)
    row = record.marked(tx, marked)
    if row is None:
        return Decided("waits_for_its_message", account.client_id, account.id)
    if marked.mark is Mark.SEEN and row.lead_id is not None and row.direction == Direction.OUTBOUND.value:
        stop.on_seen(tx, row.lead_id, account_id=account.id, at=at)
    return Decided(marked.mark.value, account.client_id, account.id, row.conversation_id, row.lead_id, row.id)


# Asking for what is open


def look_into(tx: Tx, account: Listening, message_id: str) -> None:
    """Have somebody ask the provider who wrote a message."""
    enqueue(
        tx,
        LOOK,
        client_id=account.client_id,
        payload={"message_id": message_id},
        dedupe_key=f"replies.look:{message_id}",
    )


def read_chat(tx: Tx, account: Listening, chat_id: str) -> None:
    """Have a chat read: something was written in it."""
    enqueue(
        tx,
        READ_CHAT,
        client_id=account.client_id,
        payload={"account_id": account.id, "chat_id": chat_id},
        dedupe_key=f"replies.chat:{chat_id}:{tx.now.isoformat()}",
    )


# Reading names


def owner_ids(account: Listening, *said: str | None) -> list[dict[str, str]]:
    """Everything by which the account's owner is known."""
    own = {identity.PROVIDER_ID: account.provider_id, identity.PUBLIC_IDENTIFIER: account.public_identifier}
    given = [identity.identities({identity.PROVIDER_ID: each}) for each in said if each]
    return [{kind: value for kind, value in own.items() if value}, *given]


def ids_of(named: Named | None) -> dict[str, str]:
    """Somebody's ids by kind."""
    if named is None:
        return {}
    fields = ("provider_id", "member_id", "public_identifier", "profile_url")
    return identity.identities({name: asdict(named)[name] for name in fields})


def _somebody(named: Named | None) -> Somebody | None:
    ids = ids_of(named)
    known = next((ids[kind] for kind in identity.ORDER if kind in ids), None)
    if named is None or known is None:
        return None
    return Somebody(known, named.name, named.profile_url)


def _others(account: Listening, message: ChatMessage) -> tuple[Mapping[str, str], ...]:
    """Who is in the chat beside the account's owner, each once."""
    return others(account, [ids_of(each) for each in message.attendees], message.account_user_id)


def others(
    account: Listening, people: list[dict[str, str]], owner_id: str | None = None
) -> tuple[Mapping[str, str], ...]:
    """Those of the people in a thread who are not the account's owner."""
    own = {item for each in owner_ids(account, owner_id) for item in each.items()}
    found = [each for each in people if each and not own & set(each.items())]
    return tuple({tuple(sorted(each.items())): each for each in found}.values())


def shown_attachment(attachment: Any) -> dict[str, Any]:
    """An attachment as it is kept: what it is, and by which id it can be asked for; its address expires."""
    kept = ("id", "type", "file_name", "mimetype", "file_size")
    return {name: getattr(attachment, name) for name in kept}
