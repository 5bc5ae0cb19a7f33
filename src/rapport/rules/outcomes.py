"""What may happen to an enrollment: what was done for it, and what the person did.

Example: `Accepted(Thursday 10:00)` is the same fact whether a webhook brought it, polling found it, the provider's
"already connected" taught it, or a simulation assumed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A step reached the person, or is so likely to have that it counts."""

    step: str
    variant: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider refused a step for good."""

    step: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation of the sender is pending that this enrollment did not send."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The person is connected with the sender."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """The person saw the last message."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Replied:
    """The person wrote; `here` when it answers this campaign."""

    at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class Away:
    """The person's automatic answer: nobody reads what is sent to them before `until`."""

    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The sender's pending invitation was withdrawn outside the sequence."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """An operator skips a step."""

    step: str
    at: datetime


Outcome = Sent | Refused | Invited | Accepted | Seen | Replied | Away | Withdrawn | Skipped
