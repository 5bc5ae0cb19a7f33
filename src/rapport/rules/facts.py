"""What is known about an enrollment when it is decided what comes next.

Rooms fill these from their tables, the simulation from its snapshot; the rules read nothing else. What
may become true is given as the instant since when it is known, so that an answer does not depend on
when one looks. Instants are aware and in UTC.
Example: a lead whose `connected_at` is Friday 10:00 satisfied a wait for `connected` at that instant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rapport.rules.limits import Budget
from rapport.rules.sequences import Sequence
from rapport.rules.statuses import CampaignState, EnrollmentStatus, Unsettled
from rapport.rules.usage import Usage
from rapport.rules.windows import Schedule


@dataclass(frozen=True, slots=True)
class CampaignFacts:
    """The campaign, with the newest version of its sequence."""

    id: str
    state: CampaignState
    schedule: Schedule
    sequence: Sequence
    seed: str
    """From it the variants are drawn."""
    starts_at: datetime | None
    ends_at: datetime | None
    """Nothing leaves from this instant on."""
    stops_on_reply_elsewhere: bool


@dataclass(frozen=True, slots=True)
class EnrollmentFacts:
    """One lead in one campaign."""

    id: str
    status: EnrollmentStatus
    enrolled_at: datetime
    step: str | None
    """The key of the step it stands before; None when none is left."""
    reached_at: datetime
    """When the step before was sent or settled; at first, when it was enrolled. Delays count from here."""
    sent: frozenset[str]
    """The keys of the steps that were sent: never again."""
    skipped: frozenset[str]
    """The keys of the steps an operator skips."""
    variants: Mapping[str, str]
    """The variant of each step that has been given one."""
    due_override_at: datetime | None
    """An operator's word on when the next step is due."""
    paused_at: datetime | None
    replied_at: datetime | None
    away_until: datetime | None
    """Until when the person is out of office, by their automatic answer."""
    unsettled: Unsettled | None
    goes_on_elsewhere: bool = False
    """Whether the person goes on in another enrollment, since two leads were found to be one."""
    sender_is_in_campaign: bool = True
    """Whether the sender that keeps this person sends for the campaign."""


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """The person, as known to the client and, for what concerns the connection, to the enrollment's sender."""

    id: str
    is_recognised: bool
    """Whether the provider's own id of the person is known: without it the profile is read first, which is a visit."""
    connected_at: datetime | None
    invited_at: datetime | None
    """The sender's pending invitation, from whichever campaign."""
    withdrawn_at: datetime | None
    """When the sender last withdrew an invitation."""
    replied_at: datetime | None
    """The newest reply to anything of the client."""
    seen_at: datetime | None
    """When the last message was seen."""
    email_at: datetime | None
    """Since when an email address is known."""
    open_inmail_at: datetime | None
    tags: Mapping[str, datetime]
    do_not_contact: str | None
    """The entry of a do-not-contact list that names this person, their company or its domain."""
    missing: Mapping[str, tuple[str, ...]]
    """For each step whose text cannot be made: the variables that have no value."""


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """The account that owns the enrollment."""

    id: str
    name: str
    is_ok: bool
    status: str
    """The provider's word, for the sentence."""
    paused_at: datetime | None
    service_held: str | None
    """Why nothing of any account may leave, while that is so."""
    has_mailbox: bool
    """Whether emails can be sent for it."""
    cooling_until: Mapping[Budget | None, datetime]
    """Until when a kind of action, or with None every kind, is held back."""
    zone: str
    hours: Schedule | None
    """When it works, in its zone; None to work whenever its campaigns do."""
    limits: Mapping[str, int]
    """Every name of `limits.LIMITS`."""
    warmup_started_on: date | None
    """The first local day of the last warm-up that was begun; None when there is none."""
    usage: Usage
    seed: str
    """From it the gaps between actions are drawn."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a decision asks."""

    campaign: CampaignFacts
    enrollment: EnrollmentFacts
    lead: LeadFacts
    sender: SenderFacts | None
