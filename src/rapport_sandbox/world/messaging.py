"""Messages: written by an account, written by people, read, answered with a sign, changed.

What an account sends comes back as a webhook like everything else, also what its owner wrote on the phone:
only the sender's id tells the directions apart.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rapport_sandbox.refusals import Refused
from rapport_sandbox.world import health
from rapport_sandbox.world.happenings import Messaged
from rapport_sandbox.world.talk import Chat, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.happenings import MessageEvent
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.talk import Attachment
    from rapport_sandbox.world.world import World

ECHO_SECONDS = 2.0
"""How long Unipile takes to notice a message of the account itself."""


def start_chat(
    world: World,
    account: Account,
    people: Sequence[Person],
    text: str | None,
    now: float,
    *,
    attachments: tuple[Attachment, ...] = (),
    subject: str | None = None,
    inmail: bool = False,
    folder: str = "INBOX_LINKEDIN_CLASSIC",
) -> Message:
    """Write to people who may not have been written to before. A known one-to-one chat is taken up again."""
    health.require_live(account)
    for person in people:
        if person.number == account.owner.number:
            raise Refused("invalid_recipient", "An account cannot write to itself.")
        if person.number not in account.relations and not inmail:
            raise Refused("no_connection_with_recipient", f"{person.provider_id} is not a relation.")
    kind = "inmail" if inmail else "message"
    if inmail:
        _require_inmail(account, people)
    world.enforcer.judge(account, kind, now)
    if inmail and not all(person.is_open_profile for person in people):
        account.inmail_credits -= 1
    chat = None if inmail or len(people) > 1 else account.chat_with.get(people[0].number)
    if chat is None:
        chat = _open(world, account, tuple(person.number for person in people), now, folder)
        chat.subject = subject
        chat.content_type = "inmail" if inmail else None
    return _sent(world, account, chat, text, now, attachments=attachments, kind=kind)


def send(
    world: World,
    account: Account,
    chat: Chat,
    text: str | None,
    now: float,
    *,
    attachments: tuple[Attachment, ...] = (),
) -> Message:
    """Write in a chat that exists."""
    health.require_live(account)
    strangers = [number for number in chat.people if number not in account.relations]
    if strangers and not any(not message.is_own for message in chat.messages):
        word = "cant_send_message" if chat.content_type == "inmail" else "no_connection_with_recipient"
        raise Refused(word, "The recipient has to answer or connect first.")
    world.enforcer.judge(account, "message", now)
    return _sent(world, account, chat, text, now, attachments=attachments, kind="message")


def owner_writes(world: World, account: Account, person: int, text: str, now: float) -> Message:
    """The owner writes on their phone: LinkedIn allows it, Unipile hears of it, the API was not asked."""
    chat = account.chat_with.get(person) or _open(world, account, (person,), now)
    message = _add(world, account, chat, account.owner.number, text, now=now)
    tell(world, account, message, "message_received", at=now + ECHO_SECONDS)
    if world.nature is not None:
        world.nature.messaged(account, message, now)
    return message


def note_becomes_message(world: World, account: Account, person: int, note: str, now: float) -> None:
    """An accepted invitation's note opens the chat, as a message of the account."""
    chat = account.chat_with.get(person) or _open(world, account, (person,), now)
    message = _add(world, account, chat, account.owner.number, note, now=now)
    tell(world, account, message, "message_received", at=now + ECHO_SECONDS)


def receive(
    world: World,
    account: Account,
    person: int,
    text: str | None,
    now: float,
    *,
    attachments: tuple[Attachment, ...] = (),
    chat: Chat | None = None,
) -> Message:
    """A person writes to the account, in their chat unless another is named."""
    chat = chat or account.chat_with.get(person) or _open(world, account, (person,), now)
    message = _add(world, account, chat, person, text, now=now, attachments=attachments)
    chat.unread += 1
    for earlier in chat.messages:
        if earlier.is_own:
            earlier.seen_by.setdefault(person, now)
    tell(world, account, message, "message_received", at=now)
    return message


def read(world: World, account: Account, message: Message, person: int, now: float) -> None:
    """A person has seen one of the account's messages."""
    if person not in message.seen_by:
        message.seen_by[person] = now
        tell(world, account, message, "message_read", at=now)


def react(world: World, account: Account, message: Message, person: int, sign: str, now: float) -> None:
    """A person answers one of the account's messages with a sign."""
    message.reactions.append((sign, person))
    tell(world, account, message, "message_reaction", at=now, reaction=sign, reaction_by=person)


def edit(world: World, account: Account, message: Message, text: str, now: float) -> None:
    message.text = text
    message.edited = True
    tell(world, account, message, "message_edited", at=now)


def delete(world: World, account: Account, message: Message, now: float) -> None:
    message.text = None
    message.deleted = True
    tell(world, account, message, "message_deleted", at=now)


def tell(
    world: World,
    account: Account,
    message: Message,
    event: MessageEvent,
    *,
    at: float,
    reaction: str | None = None,
    reaction_by: int | None = None,
) -> None:
    """Let the messaging webhooks know, at `at`."""
    happening = Messaged(
        id=f"{event}-{message.id}-{world.count('event')}",
        account_id=account.id,
        at=at,
        event=event,
        message=message,
        reaction=reaction,
        reaction_by=reaction_by,
    )
    world.book(at, partial(_tell, world, happening))


def _tell(world: World, happening: Messaged, _now: float) -> None:
    world.tell(happening)


def _sent(
    world: World,
    account: Account,
    chat: Chat,
    text: str | None,
    now: float,
    *,
    attachments: tuple[Attachment, ...],
    kind: str,
) -> Message:
    message = _add(world, account, chat, account.owner.number, text, now=now, attachments=attachments)
    chat.unread = 0
    world.enforcer.remember(account, kind, now)
    for number in chat.people:
        world.remember(number, kind, account, now, text)
    tell(world, account, message, "message_received", at=now + ECHO_SECONDS)
    tell(world, account, message, "message_delivered", at=now + 2 * ECHO_SECONDS)
    if world.nature is not None:
        world.nature.messaged(account, message, now)
    return message


def _open(
    world: World,
    account: Account,
    people: tuple[int, ...],
    now: float,
    folder: str = "INBOX_LINKEDIN_CLASSIC",
) -> Chat:
    chat = Chat(
        id=world.new_id("chat"),
        account_id=account.id,
        owner=account.owner.number,
        people=people,
        provider_id=f"2-{world.new_id('provider-chat')}==",
        created_at=now,
        folder=folder,
    )
    account.chats[chat.id] = chat
    if len(people) == 1:
        account.chat_with.setdefault(people[0], chat)
    return chat


def _add(
    world: World,
    account: Account,
    chat: Chat,
    sender: int,
    text: str | None,
    *,
    now: float,
    attachments: tuple[Attachment, ...] = (),
) -> Message:
    message = Message(
        id=world.new_id("message"),
        chat=chat,
        sender=sender,
        text=text,
        at=now,
        known_at=now if account.is_ok else float("inf"),
        seq=world.count("message-order"),
        attachments=attachments,
    )
    chat.messages.append(message)
    account.messages.append(message)
    account.chats.move_to_end(chat.id)
    return message


def _require_inmail(account: Account, people: Sequence[Person]) -> None:
    if account.is_free:
        raise Refused("feature_not_subscribed", "InMail needs a paid account.")
    if account.inmail_credits <= 0 and not all(person.is_open_profile for person in people):
        raise Refused("insufficient_credits", "No InMail credits are left.")
