"""What became of a write: accepted, refused, or unknown. There is no fourth.

The caller settles its action by `match`, and reads from the same value what the account and the lead do
next. `nothing_sent` is the budget rule: a reservation is freed when, and only when, it is true.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from datetime import datetime


class WriteKind(StrEnum):
    """What a write does to the world; limits and cool-downs are counted by it."""

    INVITE = "invite"
    WITHDRAW = "withdraw"
    MESSAGE = "message"
    INMAIL = "inmail"
    VISIT = "visit"
    FOLLOW = "follow"
    REACT = "react"
    EMAIL = "email"
    ADMINISTER = "administer"
    """Accounts, webhooks, read marks: nobody outside the service notices."""


class Rest(StrEnum):
    """How long a cool-down lasts when the provider names no instant; the calendar makes an instant of it."""

    A_LITTLE = "a_little"
    """Minutes: the trouble may have been a passing one."""
    A_WHILE = "a_while"
    """Hours: the provider said it wants no more for now."""
    NEXT_DAY = "next_day"
    """Until tomorrow's working window: a daily or weekly limit of the account."""


@dataclass(frozen=True, slots=True)
class Untouched:
    """The account goes on."""


@dataclass(frozen=True, slots=True)
class CoolDown:
    """No write of `kind` (None: of any kind) before `until`, or for `otherwise` when no instant was named."""

    kind: WriteKind | None
    until: datetime | None
    otherwise: Rest


@dataclass(frozen=True, slots=True)
class KindUnavailable:
    """The account's subscription or permissions do not include this kind of step."""

    kind: WriteKind


@dataclass(frozen=True, slots=True)
class NeedsSignIn:
    """The sender is paused until its owner has signed in again."""


@dataclass(frozen=True, slots=True)
class Restricted:
    """The provider holds the account back: the sender is paused until a person has looked."""


@dataclass(frozen=True, slots=True)
class Check:
    """Something is wrong with the account, and the answer does not say what: read its status first."""


@dataclass(frozen=True, slots=True)
class StopService:
    """Our own key or address is wrong: no write of any account leaves until an operator has put it right."""

    reason: str


AccountEffect = Untouched | CoolDown | KindUnavailable | NeedsSignIn | Restricted | Check | StopService


class LeadEffect(StrEnum):
    """What a refusal means for the lead it was about."""

    WAITS = "waits"
    """The trouble is the account's or the service's: the lead stays due."""
    ADVANCES = "advances"
    """What the step wanted is true already: go on, count no send."""
    FAILS = "fails"
    """This step will not succeed for this lead: error, with the code as its reason."""


class Learned(StrEnum):
    """A fact about the person that the answer gave away."""

    ALREADY_CONNECTED = "already_connected"
    ALREADY_INVITED = "already_invited"
    """Pending, or sent or withdrawn within the last weeks: the profile's `invitation` says which."""
    ALREADY_DONE = "already_done"
    NOT_CONNECTED = "not_connected"
    UNREACHABLE = "unreachable"
    """For good: blocked, gone, or takes no messages or invitations."""


@dataclass(frozen=True, slots=True)
class Ids:
    """The provider's ids of what was made. Any may be missing although the write happened."""

    invitation_id: str | None = None
    chat_id: str | None = None
    message_id: str | None = None
    webhook_id: str | None = None
    tracking_id: str | None = None
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """It happened."""

    ids: Ids
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    account_effect: AccountEffect = field(default_factory=Untouched)
    learned: ClassVar[None] = None
    nothing_sent: ClassVar[bool] = False


@dataclass(frozen=True, slots=True)
class Refused:
    """It certainly did not happen. `code` is the provider's own word where it gave one."""

    code: str
    lead_effect: LeadEffect
    account_effect: AccountEffect = field(default_factory=Untouched)
    learned: Learned | None = None
    retry_at: datetime | None = None
    status: int | None = None
    detail: str | None = field(default=None, repr=False)
    """The provider's sentence, for the operator's eyes: it may quote the message, so it stays out of logs."""
    nothing_sent: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have happened: read the provider back, never try again blind."""

    reason: str
    account_effect: AccountEffect = field(default_factory=Untouched)
    status: int | None = None
    detail: str | None = field(default=None, repr=False)
    learned: ClassVar[None] = None
    nothing_sent: ClassVar[bool] = False


Outcome = Accepted | Refused | Unknown
