"""Looking at the provider for an action of which nobody knows whether it happened.

Each kind leaves its trace somewhere: an invitation among the sent ones, or in a connection made since; a message in the
chat, from us, with its very words. The whole list is read before anything counts as absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rapport.ports.outcomes import Ids
from rapport.ports.unipile import ReadError, Unipile, pages
from rapport.ports.unipile_records import Chat, Message, SentInvitation
from rapport.rules.sequences import StepKind
from rapport.rules.settling import Sight
from rapport.sending.prepare import is_connected, is_invited, names

_PAGE = 100
_CLOCKS = timedelta(minutes=5)
"""So far may the provider's clock be behind ours."""
_NOBODY_HOME = 404
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reading showed, with the provider's ids of what it found."""

    sight: Sight
    ids: Ids = Ids()
    is_connected: bool = False
    """The person is a connection: an invitation was accepted."""
    why: str | None = None


def read_back(unipile: Unipile, action: Row, lead: Row, account: Row) -> Seen:
    """One reading for one action."""
    account_id = account["unipile_account_id"]
    if account_id is None:
        return Seen(Sight.UNREADABLE, why="no_account")
    try:
        match StepKind(action["kind"]):
            case StepKind.INVITE:
                return _invitation(unipile, action, lead, account_id)
            case StepKind.MESSAGE | StepKind.INMAIL:
                return _message(unipile, action, account_id, account["provider_id"])
            case StepKind.WITHDRAW:
                return _withdrawal(unipile, action, lead, account_id)
            case _:
                return Seen(Sight.UNREADABLE, why="no_trace")
    except ReadError as failure:
        return Seen(Sight.UNREADABLE, why=failure.code)


def _invitation(unipile: Unipile, action: Row, lead: Row, account_id: str) -> Seen:
    listed = _pending(unipile, action, lead, account_id)
    if listed is not None:
        return Seen(Sight.PRESENT, Ids(invitation_id=listed.id))
    # What was accepted has left the list, and what the list does not show yet, the profile may.
    identifier = action["recipient"] or lead.get("public_identifier")
    profile = unipile.profile(identifier, account_id=account_id)
    if is_connected(profile):
        return Seen(Sight.PRESENT, is_connected=True)
    return Seen(Sight.PRESENT if is_invited(profile) else Sight.ABSENT)


def _withdrawal(unipile: Unipile, action: Row, lead: Row, account_id: str) -> Seen:
    still_there = _pending(unipile, action, lead, account_id)
    return Seen(Sight.ABSENT if still_there is not None else Sight.PRESENT)


def _pending(unipile: Unipile, action: Row, lead: Row, account_id: str) -> SentInvitation | None:
    known = {"provider_id": action["recipient"], "public_identifier": None, **lead}
    if action["recipient"]:
        known["provider_id"] = action["recipient"]
    for page in pages(lambda cursor: unipile.sent_invitations(account_id, limit=_PAGE, cursor=cursor), cursor=None):
        for each in page.items:
            mine = each.id is not None and each.id == action["invitation_id"]
            if mine or names(known, each.invited_user_id, each.invited_user_public_id):
                return each
    return None


def _message(unipile: Unipile, action: Row, account_id: str, own_id: str | None) -> Seen:
    since = (action["calling_at"] or action["created_at"]) - _CLOCKS
    for chat_id in _chats(unipile, action, account_id, since):
        found = _in_chat(unipile, chat_id, action, since, own_id)
        if found is not None:
            return Seen(Sight.PRESENT, Ids(chat_id=chat_id, message_id=found.id))
    return Seen(Sight.ABSENT)


def _chats(unipile: Unipile, action: Row, account_id: str, since: datetime) -> list[str]:
    """The chats in which it would be: the one it was written in, or those with the person since."""
    if action["chat_id"] is not None:
        return [action["chat_id"]]
    found: list[str] = []
    read = pages(lambda cursor: unipile.chats(account_id, limit=_PAGE, after=since, cursor=cursor), cursor=None)
    for page in read:
        found += [chat.id for chat in page.items if _is_with(unipile, chat, action["recipient"])]
    return found


def _is_with(unipile: Unipile, chat: Chat, recipient: str | None) -> bool:
    if chat.attendee_provider_id is not None:
        return chat.attendee_provider_id == recipient
    attendees = chat.attendees or unipile.attendees(chat.id)
    return any(each.provider_id == recipient for each in attendees)


def _in_chat(unipile: Unipile, chat_id: str, action: Row, since: datetime, own_id: str | None) -> Message | None:
    try:
        for page in pages(
            lambda cursor: unipile.chat_messages(chat_id, limit=_PAGE, after=since, cursor=cursor), cursor=None
        ):
            for message in page.items:
                if _is_ours(message, own_id) and (message.text or "").strip() == action["body"].strip():
                    return message
    except ReadError as failure:
        if failure.status != _NOBODY_HOME:
            raise
    return None


def _is_ours(message: Message, own_id: str | None) -> bool:
    if message.is_sender is not None:
        return message.is_sender
    return own_id is not None and message.sender_id == own_id
