"""Acting on what a webhook tells of the channel.

    decided = hear.hear(tx, unipile.heard(body, content_type=...))

Everything is decided from what is told and what is known here, in one transaction and without asking the provider. What
that leaves open is recorded as it is, and a job (`looking.py`) asks.
"""

from __future__ import annotations

from typing import assert_never

from rapport.accounts.queries import Listening, listening
from rapport.conversations import record
from rapport.conversations.told import Marked, Told
from rapport.conversations.words import Mark, Via
from rapport.kernel.tx import Tx
from rapport.ports.unipile_hooks import (
    AccountHeard,
    Heard,
    MessageDeleted,
    MessageDelivered,
    MessageEdited,
    MessageHeard,
    MessageReacted,
    MessageSeen,
    OtherHeard,
    RelationHeard,
    Unreadable,
)
from rapport.replies import asking, names, relating, stop, watching
from rapport.replies.understand import Decided, Said, shown_attachment, take_in
from rapport.rules.direction import Direction


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


def _account(tx: Tx, unipile_account_id: str | None) -> Listening | None:
    found = listening(tx, unipile_account_id=unipile_account_id) if unipile_account_id else []
    return found[0] if found else None


def _relation(tx: Tx, heard: RelationHeard) -> Decided:
    account = _account(tx, heard.account_id)
    if account is None:
        return Decided("unknown_account")
    watching.begin(tx, account)
    ids = names.of_named(heard.person)
    lead_id = relating.seen(tx, account, ids, name=heard.person.name, at=tx.now, learned="webhook")
    word = "connected" if lead_id is not None else "unmatched_relation"
    return Decided(word, account.client_id, account.id, lead_id=lead_id)


def _message(tx: Tx, heard: MessageHeard | MessageEdited | MessageDeleted) -> Decided:
    message = heard.message
    account = _account(tx, message.account_id)
    if account is None:
        return Decided("unknown_account")
    watching.heard(tx, account)
    if message.message_id is None:
        if message.chat_id is None:
            return Decided("nothing_to_find_it_by", account.client_id, account.id)
        asking.read_chat(tx, account, message.chat_id)
        return Decided("reads_the_chat", account.client_id, account.id)
    at = message.at or tx.now
    sender = names.of_named(message.sender)
    told = Told(
        client_id=account.client_id,
        account_id=account.id,
        message_id=message.message_id,
        at=at,
        via=Via.WEBHOOK,
        chat_id=message.chat_id,
        chat_provider_id=message.chat_provider_id,
        message_provider_id=message.message_provider_id,
        author=names.somebody(
            sender,
            name=message.sender.name if message.sender else None,
            profile_url=message.sender.profile_url if message.sender else None,
        ),
        text=message.text,
        subject=message.subject,
        attachments=tuple(shown_attachment(each) for each in message.attachments),
        is_system=bool(message.is_event),
        is_group=bool(message.is_group),
        edited_at=at if isinstance(heard, MessageEdited) else None,
        deleted_at=at if isinstance(heard, MessageDeleted) else None,
    )
    said = Said(
        is_sender=message.is_sender,
        sender=sender,
        others=names.others(account, map(names.of_named, message.attendees), message.account_user_id),
        owner_id=message.account_user_id,
    )
    return take_in(tx, account, told, said)


def _mark(tx: Tx, heard: MessageSeen | MessageDelivered | MessageReacted) -> Decided:
    message = heard.message
    account = _account(tx, message.account_id)
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
            by = names.best(names.of_named(heard.by))
            marked = Marked(account.client_id, message.message_id, Mark.REACTED, at, by=by, value=heard.reaction)
    row = record.marked(tx, marked)
    if row is None:
        return Decided("waits_for_its_message", account.client_id, account.id)
    if marked.mark is Mark.SEEN and row.lead_id is not None and row.direction == Direction.OUTBOUND.value:
        stop.on_seen(tx, row.lead_id, account_id=account.id, at=at)
    return Decided(marked.mark.value, account.client_id, account.id, row.conversation_id, row.lead_id, row.id)
