"""Chats and messages in Unipile's words, as far as Unipile knows of them at an instant.

Unipile learns of a message when the account is connected, and its lists may lag some seconds behind even
then: `known` is the one place that decides what is there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from rapport_sandbox.clock import iso

if TYPE_CHECKING:
    from rapport_sandbox.unipile.desk import Desk
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.talk import Attachment, Chat, Message
    from rapport_sandbox.world.world import World

Shape = dict[str, object]

_LINK_LIFE = 3_600.0


def known(world: World, message: Message, now: float) -> bool:
    return message.known_at + world.switches.list_lag <= now


def last_known(world: World, one: Chat, now: float) -> Message | None:
    """The latest message Unipile has; `None` means it has not heard of the chat yet."""
    return next((message for message in reversed(one.messages) if known(world, message, now)), None)


def chat(world: World, one: Chat, last: Message) -> Shape:
    other = world.people[one.people[0]]
    shape: Shape = {
        "object": "Chat",
        "id": one.id,
        "account_id": one.account_id,
        "account_type": "LINKEDIN",
        "provider_id": one.provider_id,
        "name": ", ".join(world.people[number].name for number in one.people) if one.is_group else None,
        "type": 1 if one.is_group else 0,
        "timestamp": iso(last.at),
        "unread_count": one.unread,
        "unread": int(one.unread > 0),
        "archived": 0,
        "muted_until": None,
        "read_only": 0,
        "disabledFeatures": [],
        "folder": ["INBOX", one.folder],
    }
    if not one.is_group:
        shape["attendee_provider_id"] = other.provider_id
    if one.subject is not None:
        shape["subject"] = one.subject
    if one.content_type is not None:
        shape["content_type"] = one.content_type
    return shape


def message(desk: Desk, account: Account, one: Message, now: float) -> Shape:
    world = desk.world
    sender = world.people[one.sender]
    provider_id = provider_message_id(one)
    shape: Shape = {
        "object": "Message",
        "id": one.id,
        "account_id": account.id,
        "chat_id": one.chat.id,
        "chat_provider_id": one.chat.provider_id,
        "provider_id": provider_id,
        "sender_id": sender.provider_id,
        "sender_attendee_id": desk.attendee_id(account, sender),
        "text": one.text,
        "timestamp": iso(one.at),
        "is_sender": int(one.is_own),
        "attachments": [attachment(one, file, now) for file in one.attachments],
        "reactions": [
            {
                "value": sign,
                "sender_id": world.people[number].provider_id,
                "is_sender": number == account.owner.number,
            }
            for sign, number in one.reactions
        ],
        "seen": int(bool(one.seen_by)),
        "seen_by": {world.people[number].provider_id: iso(at) for number, at in one.seen_by.items()},
        "hidden": 0,
        "deleted": int(one.deleted),
        "edited": int(one.edited),
        "is_event": 0,
        "delivered": 1,
        "behavior": None,
        "original": orjson.dumps({"entityUrn": f"urn:li:msg_message:{provider_id}"}).decode(),
    }
    if world.chance.happens(world.switches.is_sender_null, "is-sender", one.id):
        shape["is_sender"] = None
    return shape


def provider_message_id(one: Message) -> str:
    """LinkedIn's own id of a message, which is not Unipile's."""
    return f"2-{one.id[::-1]}=="


def attachment(one: Message, file: Attachment, now: float) -> Shape:
    shape: Shape = {
        "id": file.id,
        "type": file.kind,
        "file_size": file.size,
        "unavailable": False,
        "mimetype": file.mimetype,
        "url": f"att://{one.chat.account_id}/{file.id}",
        "url_expires_at": int((now + _LINK_LIFE) * 1000),
    }
    match file.kind:
        case "img":
            shape |= {"size": {"width": 640, "height": 480}, "sticker": False}
        case "video":
            shape |= {"size": {"width": 1280, "height": 720}, "gif": False}
        case "audio":
            shape |= {"duration": 12, "voice_note": True}
        case "file":
            shape["file_name"] = file.name
        case "linkedin_post":
            pass
    return shape
