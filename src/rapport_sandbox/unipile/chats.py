"""Chats and messages read: lists newest first, one by one, attendees, attachments, the read state."""

from __future__ import annotations

from heapq import merge
from typing import TYPE_CHECKING

from rapport_sandbox.refusals import Refused
from rapport_sandbox.unipile import shapes, talk_shapes
from rapport_sandbox.unipile.call import by_offset, choice_field, take
from rapport_sandbox.wire import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rapport_sandbox.unipile.call import Call, Window
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.talk import Chat, Message

_MESSAGING = ("WHATSAPP", "LINKEDIN", "SLACK", "TWITTER", "MESSENGER", "INSTAGRAM", "TELEGRAM")


# ── chats ────────────────────────────────────────────────────────────────────────────────────────────


def list_chats(call: Call) -> Answer:
    accounts = _accounts(call)
    return _chat_page(
        call,
        lambda: merge(
            *(reversed(account.chats.values()) for account in accounts),
            key=lambda chat: -chat.messages[-1].seq,
        ),
    )


def attendee_chats(call: Call) -> Answer:
    account, person = _attendee(call)
    return _chat_page(
        call,
        lambda: (chat for chat in reversed(account.chats.values()) if person.number in chat.people),
    )


def get_chat(call: Call) -> Answer:
    account, chat = find_chat(call, live=False)
    last = talk_shapes.last_known(call.world, chat, call.now) or chat.messages[-1]
    shape = talk_shapes.chat(call.world, chat, last)
    shape["lastMessage"] = talk_shapes.message(call.desk, account, last, call.now)
    return call.done(shape)


def patch_chat(call: Call) -> Answer:
    body = call.json()
    account, chat = find_chat(call, live=True)
    if choice_field(body, "action", ("setReadStatus",)) is None or not isinstance(body.get("value"), bool):
        raise Refused("invalid_parameters", "Send action setReadStatus with a boolean value.")
    chat.unread = 0 if body["value"] else max(1, chat.unread)
    call.note(account=account.id)
    return call.done({"object": "ChatPatched"}, effect=True)


def find_chat(call: Call, *, live: bool) -> tuple[Account, Chat]:
    """The chat in the path, with its account."""
    for account in call.world.accounts.values():
        chat = account.chats.get(call.ids[0])
        if chat is not None:
            call.account(account.id, live=live)
            call.note(person=call.world.people[chat.people[0]].provider_id)
            return account, chat
    raise Refused("resource_not_found", "Chat not found.")


# ── messages ─────────────────────────────────────────────────────────────────────────────────────────


def list_messages(call: Call) -> Answer:
    accounts = _accounts(call)
    return _message_page(
        call,
        lambda: merge(*(reversed(account.messages) for account in accounts), key=lambda message: -message.seq),
    )


def chat_messages(call: Call) -> Answer:
    _, chat = find_chat(call, live=False)
    return _message_page(call, lambda: reversed(chat.messages))


def attendee_messages(call: Call) -> Answer:
    account, person = _attendee(call)
    return _message_page(call, lambda: (one for one in reversed(account.messages) if one.sender == person.number))


def get_message(call: Call) -> Answer:
    account, message = _find_message(call)
    return call.done(talk_shapes.message(call.desk, account, message, call.now))


def get_attachment(call: Call) -> Answer:
    _, message = _find_message(call)
    for file in message.attachments:
        if file.id == call.ids[1]:
            content = file.content
            if content is None:
                content = call.world.chance.stream("attachment", file.id).randbytes(file.size)
            return Answer(200, content, {"content-type": file.mimetype})
    raise Refused("resource_not_found", "Attachment not found.")


# ── attendees ────────────────────────────────────────────────────────────────────────────────────────


def list_attendees(call: Call) -> Answer:
    accounts = _accounts(call)
    window = call.window("attendees", default=100, maximum=250, filters=dict)
    pairs = ((account, number) for account in accounts for number in account.chat_with)
    page, cursor = by_offset(pairs, window)
    items = [shapes.attendee(call.desk, account, call.world.people[number]) for account, number in page]
    return call.done({"object": "ChatAttendeeList", "items": items, "cursor": cursor})


def chat_attendees(call: Call) -> Answer:
    account, chat = find_chat(call, live=False)
    people = [*(call.world.people[number] for number in chat.people), account.owner]
    items = [shapes.attendee(call.desk, account, person) for person in people]
    return call.done({"object": "ChatAttendeeList", "items": items})


def get_attendee(call: Call) -> Answer:
    account, person = _attendee(call)
    return call.done(shapes.attendee(call.desk, account, person))


# ── shared ───────────────────────────────────────────────────────────────────────────────────────────


def _chat_page(call: Call, chats: object) -> Answer:
    call.choice("account_type", _MESSAGING)
    window = call.window(
        "chats",
        default=100,
        maximum=250,
        filters=lambda: {
            "after": call.instant("after"),
            "before": call.instant("before"),
            "unread": call.flag("unread"),
        },
    )
    page, more = take(_wanted_chats(call, window, chats()), window.limit)  # type: ignore[operator]
    items = [talk_shapes.chat(call.world, chat, last) for chat, last in page]
    cursor = window.next_cursor(page[-1][0].messages[-1].seq) if more else None
    return call.done({"object": "ChatList", "items": items, "cursor": cursor})


def _wanted_chats(call: Call, window: Window, chats: Iterable[Chat]) -> Iterator[tuple[Chat, Message]]:
    after, before, unread = (window.filters[name] for name in ("after", "before", "unread"))
    for chat in chats:
        if window.position is not None and chat.messages[-1].seq >= window.position:
            continue
        if after is not None and chat.last_at <= after:  # type: ignore[operator]
            return
        last = talk_shapes.last_known(call.world, chat, call.now)
        if last is None or (before is not None and last.at >= before):  # type: ignore[operator]
            continue
        if after is not None and last.at <= after:  # type: ignore[operator]
            continue
        if unread is None or (chat.unread > 0) == unread:
            yield chat, last


def _message_page(call: Call, messages: object) -> Answer:
    window = call.window(
        f"messages-{'-'.join(call.ids)}",
        default=100,
        maximum=250,
        filters=lambda: {
            "after": call.instant("after"),
            "before": call.instant("before"),
            "sender_id": call.request.arg("sender_id"),
        },
    )
    page, more = take(_wanted_messages(call, window, messages()), window.limit)  # type: ignore[operator]
    accounts = call.world.accounts
    items = [talk_shapes.message(call.desk, accounts[one.chat.account_id], one, call.now) for one in page]
    cursor = window.next_cursor(page[-1].seq) if more else None
    return call.done({"object": "MessageList", "items": items, "cursor": cursor})


def _wanted_messages(call: Call, window: Window, messages: Iterable[Message]) -> Iterator[Message]:
    after, before, sender_id = (window.filters[name] for name in ("after", "before", "sender_id"))
    sender = None
    if isinstance(sender_id, str):
        found = call.world.people.find(sender_id)
        if found is None:
            return
        sender = found.number
    for message in messages:
        if window.position is not None and message.seq >= window.position:
            continue
        if after is not None and message.at <= after:  # type: ignore[operator]
            return
        if before is not None and message.at >= before:  # type: ignore[operator]
            continue
        if sender in (None, message.sender) and talk_shapes.known(call.world, message, call.now):
            yield message


def _accounts(call: Call) -> list[Account]:
    """The accounts in `account_id` (repeated or comma-separated), else all."""
    wanted = [part for value in call.request.args("account_id") for part in value.split(",")]
    if not wanted:
        return list(call.world.accounts.values())
    return [call.account(account_id, live=False) for account_id in wanted]


def _find_message(call: Call) -> tuple[Account, Message]:
    for account in call.world.accounts.values():
        for message in reversed(account.messages):
            if message.id == call.ids[0]:
                call.note(account=account.id)
                return account, message
    raise Refused("resource_not_found", "Message not found.")


def _attendee(call: Call) -> tuple[Account, Person]:
    found = call.desk.attendees.get(call.ids[0])
    if found is None or found[0] not in call.world.accounts:
        raise Refused("resource_not_found", "Attendee not found.")
    account = call.account(found[0], live=False)
    return account, call.world.people[found[1]]
