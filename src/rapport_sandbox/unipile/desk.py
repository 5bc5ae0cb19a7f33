"""What the API remembers beside the world: webhooks, hosted links, reactions, mails, ids it gave out."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport_sandbox.hooks.subscriptions import Subscriptions
    from rapport_sandbox.world.account import Account
    from rapport_sandbox.world.people import Person
    from rapport_sandbox.world.world import World


@dataclass(slots=True)
class HostedLink:
    """A sign-in page somebody was sent to."""

    token: str
    body: dict[str, object]
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class Comment:
    """A comment an account left under a post."""

    id: str
    account_id: str
    text: str
    at: float


@dataclass(slots=True)
class Desk:
    """One Unipile workspace."""

    world: World
    subscriptions: Subscriptions
    api_key: str
    hosted_links: dict[str, HostedLink] = field(default_factory=dict)
    reactions: set[tuple[str, str, str]] = field(default_factory=set)
    comments: dict[str, list[Comment]] = field(default_factory=dict)
    searches: OrderedDict[str, list[int]] = field(default_factory=OrderedDict)
    attendees: dict[str, tuple[str, int]] = field(default_factory=dict)

    def attendee_id(self, account: Account, person: Person) -> str:
        """The id of a person as an attendee in one account; remembered so that it can be asked about."""
        attendee_id = self.world.chance.token(22, "attendee", account.id, person.number)
        self.attendees[attendee_id] = (account.id, person.number)
        return attendee_id
