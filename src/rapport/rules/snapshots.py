"""Where a simulation begins, and what one run of it comes to.

Example: a snapshot of Monday 9:00 with 500 seats comes to a run of sends, each with its instant, sender and step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from rapport.rules.facts import CampaignFacts, EnrollmentFacts, LeadFacts, SenderFacts
from rapport.rules.reasons import Reason
from rapport.rules.sequences import StepKind
from rapport.rules.statuses import EnrollmentStatus


@dataclass(frozen=True, slots=True)
class Seat:
    """One enrollment in a snapshot."""

    campaign_id: str
    sender_id: str | None
    enrollment: EnrollmentFacts
    lead: LeadFacts


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything as it stood at one instant."""

    at: datetime
    campaigns: Mapping[str, CampaignFacts]
    senders: Mapping[str, SenderFacts]
    seats: tuple[Seat, ...]
    of: str | None
    """The campaign that is asked about. The others bear on it, for they share its senders, and are not counted; with
    None all are.
    """


@dataclass(frozen=True, slots=True)
class Planned:
    """One send of a run."""

    at: datetime
    day: date
    """On the wall of the campaign."""
    campaign_id: str
    sender_id: str
    enrollment_id: str
    step: str
    kind: StepKind
    variant: str | None


@dataclass(slots=True)
class Run:
    """What one run came to."""

    sends: list[Planned] = field(default_factory=list)
    beside: list[Planned] = field(default_factory=list)
    """What the same senders do for other campaigns than the one asked about."""
    bound: Counter[tuple[date, str, Reason]] = field(default_factory=Counter)
    """How often a sender's day met a limit with somebody due."""
    statuses: Counter[EnrollmentStatus] = field(default_factory=Counter)
    held: Counter[Reason] = field(default_factory=Counter)
    """Why those wait that no passing of time brings on."""
    ended_at: datetime | None = None
    """When the last enrollment ended; None while some have not."""
    accepted: int = 0
    replied: int = 0
