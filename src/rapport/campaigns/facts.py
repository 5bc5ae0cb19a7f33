"""A campaign as the decision asks about it."""

from __future__ import annotations

from collections.abc import Iterable

from rapport.campaigns import queries, schedule
from rapport.kernel.tx import Reading
from rapport.rules.facts import CampaignFacts
from rapport.rules.statuses import CampaignState


def of(reading: Reading, campaign_id: str) -> CampaignFacts:
    """The facts about a campaign at the reading's instant, with the sequence that holds."""
    return _with_version(reading, campaign_id)[0]


def _with_version(reading: Reading, campaign_id: str) -> tuple[CampaignFacts, int]:
    row = queries.kept(reading, campaign_id)
    starts_at, ends_at = schedule.dates(row)
    facts = CampaignFacts(
        id=row["id"],
        state=CampaignState(row["state"]),
        schedule=schedule.of(row, reading.now),
        sequence=queries.sequence(reading, campaign_id),
        seed=row["seed"],
        starts_at=starts_at,
        ends_at=ends_at,
        stops_on_reply_elsewhere=row["stops_on_reply_elsewhere"],
    )
    return facts, row["version"]


def campaigns(reading: Reading, campaign_ids: Iterable[str]) -> dict[str, CampaignFacts]:
    """The facts about several campaigns."""
    return {key: facts for key, (facts, _) in with_versions(reading, campaign_ids).items()}


def with_versions(reading: Reading, campaign_ids: Iterable[str]) -> dict[str, tuple[CampaignFacts, int]]:
    """The facts about several campaigns, each with the version of its row."""
    return {campaign_id: _with_version(reading, campaign_id) for campaign_id in sorted(set(campaign_ids))}
