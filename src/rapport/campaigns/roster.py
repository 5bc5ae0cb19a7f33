"""Which accounts send for a campaign."""

from __future__ import annotations

from collections.abc import Sequence

from rapport.campaigns import events, queries
from rapport.campaigns.models import Campaign, CampaignSender
from rapport.kernel.errors import CAMPAIGN_STATE, NOT_FOUND, VALIDATION_FAILED, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.rules.statuses import CampaignState

_CLOSED = frozenset({CampaignState.COMPLETED, CampaignState.ARCHIVED})
_NO_ACCOUNT = "The client has no such account."


def set_to(tx: Tx, campaign: Campaign, account_ids: Sequence[str]) -> None:
    """Make these accounts, and no others, the senders of a campaign."""
    wanted = list(dict.fromkeys(account_ids))
    names = queries.names_of_accounts(tx, campaign.client_id, wanted)
    unknown = {str(at): [_NO_ACCOUNT] for at, account_id in enumerate(account_ids) if account_id not in names}
    if unknown:
        raise RapportError(VALIDATION_FAILED, details={"account_ids": unknown})
    current = {sender["account_id"]: sender["name"] for sender in queries.senders(tx, campaign.id)}
    added = [account_id for account_id in wanted if account_id not in current]
    removed = [account_id for account_id in current if account_id not in wanted]
    if not added and not removed:
        return
    _refuse_by_state(campaign, left=len(wanted))
    for account_id in added:
        row = CampaignSender(
            campaign_id=campaign.id, account_id=account_id, client_id=campaign.client_id, added_at=tx.now
        )
        tx.session.add(row)
        events.tell(tx, events.SENDER_ADDED, campaign, account_id=account_id, account=names[account_id])
    for account_id in removed:
        tx.session.delete(tx.session.get_one(CampaignSender, (campaign.id, account_id)))
        events.tell(tx, events.SENDER_REMOVED, campaign, account_id=account_id, account=current[account_id])


def add(tx: Tx, campaign: Campaign, account_id: str) -> None:
    """Let one more account send for a campaign; adding one twice changes nothing."""
    if account_id not in queries.names_of_accounts(tx, campaign.client_id, [account_id]):
        raise field_error("account_id", _NO_ACCOUNT)
    set_to(tx, campaign, [*_current(tx, campaign), account_id])


def remove(tx: Tx, campaign: Campaign, account_id: str) -> None:
    """Let an account send for a campaign no longer. Its leads wait until they are given to another."""
    current = _current(tx, campaign)
    if account_id not in current:
        raise RapportError(NOT_FOUND)
    set_to(tx, campaign, [each for each in current if each != account_id])


def _current(tx: Tx, campaign: Campaign) -> list[str]:
    return [sender["account_id"] for sender in queries.senders(tx, campaign.id)]


def _refuse_by_state(campaign: Campaign, *, left: int) -> None:
    if campaign.state in _CLOSED:
        problem = f"Cannot be changed while the campaign is {campaign.state}."
    elif campaign.state == CampaignState.ACTIVE and left == 0:
        problem = "An active campaign keeps at least one sender."
    else:
        return
    raise RapportError(CAMPAIGN_STATE, details={"account_ids": [problem]})
