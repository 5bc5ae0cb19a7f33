"""The word in a mailbox's name by which an answer finds its conversation: `hello+<word>@in.engines.example`.

It is the conversation's id with a few bytes of proof, so that nobody writes into another's by guessing.
"""

from __future__ import annotations

import hmac
from uuid import UUID

from rapport.kernel.crypto import Keys, same

_PURPOSE = "mail-threads"
_PROOF = 16
_ID = 32


def word_of(keys: Keys, conversation_id: str) -> str:
    """The word of a conversation."""
    name = UUID(conversation_id).hex
    return name + hmac.digest(keys.key(_PURPOSE), name.encode(), "sha256").hex()[:_PROOF]


def conversation_of(keys: Keys, word: str | None) -> str | None:
    """The conversation that a word names; None when we never gave it out."""
    given = (word or "").strip().lower()
    if len(given) != _ID + _PROOF or not given.isascii():
        return None
    try:
        found = str(UUID(given[:_ID]))
    except ValueError:
        return None
    return found if same(word_of(keys, found).encode(), given.encode()) else None


def address_for(keys: Keys, mailbox: str, conversation_id: str) -> str:
    """The address that an answer to this conversation is sent to."""
    name, _, domain = mailbox.rpartition("@")
    return f"{name}+{word_of(keys, conversation_id)}@{domain}"
