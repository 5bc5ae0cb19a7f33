"""Unipile's deliveries: read by the port, given to the handler of what they say, whichever address they came to.

A webhook that points at the wrong address of ours therefore loses nothing, and shows: its `source` and its `kind`
do not belong together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from rapport.kernel.tx import Tx
from rapport.ports.unipile import Unipile
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
    account_of,
    chat_of,
    instant_of,
)
from rapport.webhooks.sources import About, Decision, Delivery
from rapport.webhooks.statuses import DeliveryStatus

MESSAGING, USERS, ACCOUNTS = "unipile/messaging", "unipile/users", "unipile/accounts"
SOURCES = (MESSAGING, USERS, ACCOUNTS)
KINDS: Mapping[type[Any], str] = {
    MessageHeard: "message_received",
    MessageSeen: "message_read",
    MessageDelivered: "message_delivered",
    MessageEdited: "message_edited",
    MessageDeleted: "message_deleted",
    MessageReacted: "message_reaction",
    RelationHeard: "new_relation",
    AccountHeard: "account_status",
}
SOURCE_OF: Mapping[str, str] = {
    **{kind: MESSAGING for kind in KINDS.values() if kind.startswith("message_")},
    "new_relation": USERS,
    "account_status": ACCOUNTS,
}
"""Which address each kind belongs to."""
UNKNOWN_ACCOUNT = "account_unknown"


@dataclass(frozen=True, slots=True)
class Told:
    """What a handler is told: what was heard, in which delivery, and of which account of ours."""

    heard: Any
    """The record of the port that the handler is registered for."""
    delivery: Delivery
    about: About
    """Account and client are None where the body names no account; one that we do not have never gets here."""


OnHeard = Callable[[Tx, Told], Decision]
Whose = Callable[[Tx, str], "tuple[str, str] | None"]
"""Our account and its client, by the provider's id of the account."""


class UnipileDeliveries:
    """The handler of all three of Unipile's sources."""

    def __init__(self, unipile: Unipile, *, whose: Whose, handlers: Mapping[type[Any], OnHeard]) -> None:
        self._unipile = unipile
        self._whose = whose
        self._handlers = dict(handlers)

    def __call__(self, tx: Tx, delivery: Delivery) -> Decision:
        heard = self._unipile.heard(delivery.body, content_type=delivery.content_type)
        about = _about(heard)
        if isinstance(heard, Unreadable):
            return Decision("unreadable", DeliveryStatus.UNREADABLE, {"why": heard.reason}, about=about)
        if about.external_account_id is not None:
            owner = self._whose(tx, about.external_account_id)
            if owner is None:
                return Decision(UNKNOWN_ACCOUNT, DeliveryStatus.IGNORED, about=about)
            about = replace(about, account_id=owner[0], client_id=owner[1])
        handle = self._handlers.get(type(heard))
        if handle is None:
            return Decision("nobody_listens", DeliveryStatus.IGNORED, about=about)
        decision = handle(tx, Told(heard, delivery, about))
        return decision if decision.about != About() else replace(decision, about=about)


def _about(heard: Heard) -> About:
    kind = heard.event if isinstance(heard, OtherHeard) else KINDS.get(type(heard))
    return About(
        kind=kind,
        happened_at=instant_of(heard),
        external_account_id=account_of(heard),
        external_chat_id=chat_of(heard),
    )
