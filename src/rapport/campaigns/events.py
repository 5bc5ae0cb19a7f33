"""What can happen to a campaign, each with its sentence."""

from __future__ import annotations

from rapport.campaigns.models import Campaign
from rapport.events.titles import title
from rapport.kernel.tx import Tx

CREATED = title("campaign.created", "Campaign {name} was created")
DUPLICATED = title("campaign.duplicated", "Campaign {name} was created as a copy of {original}")
CHANGED = title("campaign.changed", "Campaign {name} was changed: {fields}")
DELETED = title("campaign.deleted", "Draft {name} was deleted")
STARTED = title("campaign.started", "Campaign {name} was started")
PAUSED = title("campaign.paused", "Campaign {name} was paused: {reason}")
RESUMED = title("campaign.resumed", "Campaign {name} was resumed")
COMPLETED = title("campaign.completed", "Campaign {name} was completed: {reason}")
ARCHIVED = title("campaign.archived", "Campaign {name} was archived")
SENDER_ADDED = title("campaign.sender_added", "{account} became a sender of campaign {name}")
SENDER_REMOVED = title("campaign.sender_removed", "{account} is no longer a sender of campaign {name}")
SEQUENCE_CHANGED = title("campaign.sequence_changed", "The sequence of campaign {name} was changed: version {number}")


def tell(tx: Tx, event_type: str, campaign: Campaign, *, account_id: str | None = None, **data: object) -> None:
    """Tell that something happened to a campaign."""
    tx.emit(
        event_type,
        client_id=campaign.client_id,
        data={"name": campaign.name, **data},
        campaign_id=campaign.id,
        account_id=account_id,
    )
