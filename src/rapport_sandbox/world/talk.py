"""Chats and messages as they are, before anybody asks for them in Unipile's shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True)
class Attachment:
    """A file on a message. Its bytes are made up from its name when somebody downloads it."""

    id: str
    kind: Literal["img", "video", "audio", "file", "linkedin_post"]
    name: str
    mimetype: str
    size: int
    content: bytes | None = None


@dataclass(slots=True)
class Message:
    """One message. `known_at` is when Unipile has it: later than `at` while the account is not OK."""

    id: str
    chat: Chat
    sender: int
    text: str | None
    at: float
    known_at: float
    seq: int
    attachments: tuple[Attachment, ...] = ()
    reactions: list[tuple[str, int]] = field(default_factory=list)
    """`(emoji, person)`."""
    seen_by: dict[int, float] = field(default_factory=dict)
    edited: bool = False
    deleted: bool = False

    @property
    def is_own(self) -> bool:
        return self.sender == self.chat.owner


@dataclass(slots=True)
class Chat:
    """A thread of an account with one person or several."""

    id: str
    account_id: str
    owner: int
    people: tuple[int, ...]
    provider_id: str
    created_at: float
    subject: str | None = None
    content_type: Literal["inmail", "sponsored", "linkedin_offer"] | None = None
    folder: str = "INBOX_LINKEDIN_CLASSIC"
    messages: list[Message] = field(default_factory=list)
    unread: int = 0

    @property
    def is_group(self) -> bool:
        return len(self.people) > 1

    @property
    def last_at(self) -> float:
        return self.messages[-1].at if self.messages else self.created_at
