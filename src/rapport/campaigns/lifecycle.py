"""Starting, pausing, resuming, completing and archiving a campaign.

What follows which is the rules' word. Whoever starts or resumes gets every problem at once.
"""

from __future__ import annotations

from collections.abc import Iterable

from rapport.campaigns import checks, events, findings, queries, sequence
from rapport.campaigns.checks import Looked
from rapport.campaigns.models import Campaign
from rapport.campaigns.queries import Enrolled
from rapport.kernel.errors import CAMPAIGN_NOT_ACTIVE, CAMPAIGN_NOT_READY, CAMPAIGN_STATE, CLIENT_ARCHIVED, RapportError
from rapport.kernel.tx import Tx
from rapport.people import clients
from rapport.rules.statuses import CampaignAct, CampaignState, acts, after


def start(
    tx: Tx, campaign: Campaign, *, enrolled: Enrolled, accepted: Iterable[str], looked: Looked | None = None
) -> None:
    """Let a draft run, if nothing is in the way but what was accepted by name."""
    to = _leads_to(campaign, CampaignAct.START)
    _refuse_unready(tx, campaign, enrolled, accepted, looked)
    sequence.use(tx, campaign)
    campaign.state = to.value
    campaign.started_at = tx.now
    events.tell(tx, events.STARTED, campaign)


def pause(tx: Tx, campaign: Campaign, *, reason: str) -> None:
    """Let nothing more leave. What is in flight is settled."""
    campaign.state = _leads_to(campaign, CampaignAct.PAUSE).value
    campaign.paused_at = tx.now
    campaign.pause_reason = reason
    events.tell(tx, events.PAUSED, campaign, reason=reason)


def resume(
    tx: Tx, campaign: Campaign, *, enrolled: Enrolled, accepted: Iterable[str], looked: Looked | None = None
) -> None:
    """Let a paused campaign run again, if it could be started as it is now."""
    to = _leads_to(campaign, CampaignAct.RESUME)
    _refuse_unready(tx, campaign, enrolled, accepted, looked)
    sequence.use(tx, campaign)
    campaign.state = to.value
    _forget_pause(campaign)
    events.tell(tx, events.RESUMED, campaign)


def complete(tx: Tx, campaign: Campaign, *, reason: str) -> None:
    """End a campaign: nothing more leaves, ever."""
    campaign.state = _leads_to(campaign, CampaignAct.COMPLETE).value
    campaign.completed_at = tx.now
    _forget_pause(campaign)
    events.tell(tx, events.COMPLETED, campaign, reason=reason)


def archive(tx: Tx, campaign: Campaign) -> None:
    """Put a draft or a completed campaign away. Its name stays taken and its numbers stay to be read."""
    campaign.state = _leads_to(campaign, CampaignAct.ARCHIVE).value
    campaign.archived_at = tx.now
    events.tell(tx, events.ARCHIVED, campaign)


def _leads_to(campaign: Campaign, act: CampaignAct) -> CampaignState:
    state = CampaignState(campaign.state)
    to = after(state, act)
    if to is None:
        may = ", ".join(sorted(acts(state))) or "nothing"
        problem = f"The campaign is {state}: {act} is not possible, {may} is."
        code = CAMPAIGN_NOT_ACTIVE if act is CampaignAct.PAUSE else CAMPAIGN_STATE
        raise RapportError(code, details={"state": [problem]})
    return to


def _refuse_unready(
    tx: Tx, campaign: Campaign, enrolled: Enrolled, accepted: Iterable[str], looked: Looked | None
) -> None:
    if clients.get(tx, campaign.client_id).archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    found = checks.of_campaign(tx, queries.kept(tx, campaign.id), enrolled, looked=looked)
    findings.refuse(CAMPAIGN_NOT_READY, found, accepted)


def _forget_pause(campaign: Campaign) -> None:
    campaign.paused_at = None
    campaign.pause_reason = None
