"""The words for where a campaign and an enrollment stand, and which follows which.

A campaign goes draft → active ⇄ paused → completed → archived. An enrollment goes forward through its words and
ends in one that nothing but an operator's restart leaves.
Example: a paused campaign may be resumed or completed, a completed one only archived.
"""

from __future__ import annotations

from enum import StrEnum


class CampaignState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    ARCHIVED = "archived"


class CampaignAct(StrEnum):
    """What an operator, or the last lead's end, does to a campaign."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    COMPLETE = "complete"
    ARCHIVE = "archive"


_FOLLOWS: dict[tuple[CampaignState, CampaignAct], CampaignState] = {
    (CampaignState.DRAFT, CampaignAct.START): CampaignState.ACTIVE,
    (CampaignState.DRAFT, CampaignAct.ARCHIVE): CampaignState.ARCHIVED,
    (CampaignState.ACTIVE, CampaignAct.PAUSE): CampaignState.PAUSED,
    (CampaignState.ACTIVE, CampaignAct.COMPLETE): CampaignState.COMPLETED,
    (CampaignState.PAUSED, CampaignAct.RESUME): CampaignState.ACTIVE,
    (CampaignState.PAUSED, CampaignAct.COMPLETE): CampaignState.COMPLETED,
    (CampaignState.COMPLETED, CampaignAct.ARCHIVE): CampaignState.ARCHIVED,
}


def after(state: CampaignState, act: CampaignAct) -> CampaignState | None:
    """The state an act leads to; None when it may not be done in this state."""
    return _FOLLOWS.get((state, act))


def acts(state: CampaignState) -> frozenset[CampaignAct]:
    """What may be done with a campaign in this state."""
    return frozenset(act for before, act in _FOLLOWS if before is state)


class EnrollmentStatus(StrEnum):
    PENDING_INVITE = "pending_invite"
    """Nothing has been sent that connects."""
    INVITE_SENT = "invite_sent"
    CONNECTED = "connected"
    MESSAGED = "messaged"
    RESPONDED = "responded"
    COMPLETED = "completed"
    ERROR = "error"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in FINAL


FINAL = frozenset(
    {
        EnrollmentStatus.RESPONDED,
        EnrollmentStatus.COMPLETED,
        EnrollmentStatus.ERROR,
        EnrollmentStatus.WITHDRAWN,
        EnrollmentStatus.STOPPED,
    }
)


class Unsettled(StrEnum):
    """An action of the enrollment that has begun and is not settled."""

    IN_FLIGHT = "in_flight"
    UNCERTAIN = "uncertain"
