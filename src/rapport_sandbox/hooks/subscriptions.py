"""Who asked to be told what: the registered webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Source = Literal["messaging", "users", "account_status", "email", "email_tracking"]

EVENTS: dict[str, tuple[str, ...]] = {
    "messaging": (
        "message_received",
        "message_read",
        "message_reaction",
        "message_edited",
        "message_deleted",
        "message_delivered",
    ),
    "users": ("new_relation",),
    "account_status": (),
    "email": ("mail_sent", "mail_received"),
    "email_tracking": ("mail_opened", "mail_link_clicked"),
}
DEFAULT_EVENTS: dict[str, tuple[str, ...]] = {
    "messaging": ("message_received",),
    "users": ("new_relation",),
    "account_status": (),
    "email": ("mail_received",),
    "email_tracking": ("mail_opened",),
}
MESSAGING_KEYS: tuple[str, ...] = (
    "account_id",
    "account_type",
    "chat_id",
    "timestamp",
    "webhook_name",
    "message_id",
    "message",
    "reaction",
    "reaction_sender",
    "sender",
    "attendees",
    "attachments",
)
TRACKING_KEYS: tuple[str, ...] = (
    "event_id",
    "tracking_id",
    "type",
    "date",
    "email_id",
    "account_id",
    "ip",
    "user_agent",
    "url",
    "label",
    "custom_domain",
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One registered webhook."""

    id: str
    source: Source
    request_url: str
    name: str
    format: Literal["json", "form"]
    account_ids: tuple[str, ...]
    """Empty: all accounts, present and future."""
    enabled: bool
    headers: tuple[tuple[str, str], ...]
    events: tuple[str, ...]
    data: tuple[tuple[str, str], ...] | None
    """`(name it is sent under, key)`; `None` sends everything under its own name."""

    def wants(self, source: str, event: str | None, account_id: str) -> bool:
        return (
            self.enabled
            and self.source == source
            and (event is None or event in self.events)
            and (not self.account_ids or account_id in self.account_ids)
        )


class Subscriptions:
    """All webhooks of the workspace, in the order they were made."""

    def __init__(self) -> None:
        self._all: dict[str, Subscription] = {}

    def add(self, subscription: Subscription) -> None:
        self._all[subscription.id] = subscription

    def remove(self, subscription_id: str) -> bool:
        return self._all.pop(subscription_id, None) is not None

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._all.values()))

    def __len__(self) -> int:
        return len(self._all)
