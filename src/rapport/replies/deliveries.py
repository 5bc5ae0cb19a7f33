"""Deliveries of webhooks, as replies listen to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rapport.kernel.tx import Tx
from rapport.ports.unipile_hooks import (
    MessageDeleted,
    MessageDelivered,
    MessageEdited,
    MessageHeard,
    MessageReacted,
    MessageSeen,
    RelationHeard,
)
from rapport.replies.hear import hear
from rapport.webhooks.sources import Decision
from rapport.webhooks.unipile import OnHeard, Told


def _listen(tx: Tx, told: Told) -> Decision:
    decided = hear(tx, told.heard)
    evidence = {"conversation_id": decided.conversation_id, "message_id": decided.message_id, **decided.evidence}
    return Decision(decided.decision, evidence=evidence, lead_id=decided.lead_id)


HANDLERS: Mapping[type[Any], OnHeard] = dict.fromkeys(
    (
        *(MessageHeard, MessageEdited, MessageDeleted, MessageSeen, MessageDelivered, MessageReacted),
        RelationHeard,
    ),
    _listen,
)
