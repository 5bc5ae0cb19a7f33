"""Writing a campaign's sequence: versions, of which the newest holds and a used one never changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from rapport.campaigns import checks, events, findings, queries, steps, survey
from rapport.campaigns.findings import CampaignProblem, Finding
from rapport.campaigns.models import Campaign, SequenceVersion
from rapport.campaigns.queries import Audience
from rapport.campaigns.survey import Survey
from rapport.kernel.errors import CAMPAIGN_STATE, SEQUENCE_INVALID, RapportError
from rapport.kernel.tx import Reading, Tx
from rapport.rules import sequences
from rapport.rules.editing import Effect, effect
from rapport.rules.sequences import Step
from rapport.rules.statuses import CampaignState

Given = Sequence[Mapping[str, Any]]
_CLOSED = frozenset({CampaignState.COMPLETED, CampaignState.ARCHIVED})
_UNSAVED = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """What writing these steps would do."""

    steps: tuple[Step, ...]
    number: int
    """Of the version that would hold."""
    makes_version: bool
    """Whether it is a new one: a version that was used never changes."""
    effect: Effect
    findings: tuple[Finding, ...]


def begin(tx: Tx, campaign: Campaign, given: Given) -> None:
    """Give a new draft its first version, perhaps without any step yet."""
    written = steps.given(given)
    if written:
        after = sequences.Sequence(_UNSAVED, 1, written)
        findings.refuse(SEQUENCE_INVALID, checks.of_sequence(after, survey.survey(after, ())))
    _add_version(tx, campaign, 1, steps.shown(written))


def copy(tx: Tx, campaign: Campaign, original: Campaign) -> None:
    """Give a new draft the sequence that holds in another campaign."""
    _add_version(tx, campaign, 1, queries.version(tx, original.id, None)["steps"])


def look(reading: Reading, campaign: Mapping[str, Any], given: Given, audience: Audience) -> Survey:
    """What becomes of the texts of these steps for an audience."""
    after = sequences.Sequence(_UNSAVED, 1, steps.given(given))
    return survey.survey(after, queries.leads(reading, campaign["client_id"], audience))


def edit(tx: Tx, campaign: Campaign, given: Given, *, about: Survey, accepted: Iterable[str]) -> None:
    """Write the steps: into the version that holds while it is unused, otherwise into a new one. `about` says what
    their texts come to for the campaign's leads, looked at before so that nobody waits for it.

    Leads under way go on at the same step of it; what was sent to them is never sent again.
    """
    if campaign.state in _CLOSED:
        problem = f"Cannot be changed while the campaign is {campaign.state}."
        raise RapportError(CAMPAIGN_STATE, details={"steps": [problem]})
    running = campaign.state == CampaignState.ACTIVE
    planned = plan(tx, queries.kept(tx, campaign.id), given, about)
    # A running campaign takes only what it could be started with; elsewhere what leads lack is no obstacle yet.
    findings.refuse(SEQUENCE_INVALID, planned.findings, accepted if running else findings.ACCEPTABLE)
    written, done = steps.shown(planned.steps), planned.effect
    if written == queries.version(tx, campaign.id, None)["steps"]:
        return
    if planned.makes_version:
        version = _add_version(tx, campaign, planned.number, written)
    else:
        version = _holding(tx, campaign)
        version.steps = written
    if running:
        version.used_at = version.used_at or tx.now
    events.tell(
        tx,
        events.SEQUENCE_CHANGED,
        campaign,
        number=planned.number,
        added=list(done.added),
        removed=list(done.removed),
        changed=list(done.changed),
        carried=dict(done.carried),
    )


def plan(reading: Reading, campaign: Mapping[str, Any], given: Given, about: Survey) -> Edit:
    """What writing these steps would do to the leads of a campaign, and everything that is wrong with them."""
    holding = queries.version(reading, campaign["id"], None)
    was_used = holding["used_at"] is not None
    number = holding["number"] + was_used
    written = steps.given(given)
    after = sequences.Sequence(_UNSAVED, number, written)
    found = checks.of_sequence(after, about)
    if was_used:
        found += [findings.of(CampaignProblem.KEY_MISSING, number=each) for each in steps.keyless(given)]
    before = steps.sequence(holding["id"], holding["number"], holding["steps"])
    return Edit(written, number, was_used, effect(before, after), tuple(found))


def use(tx: Tx, campaign: Campaign) -> None:
    """Note that the version which holds is used from now on: it never changes again."""
    version = _holding(tx, campaign)
    version.used_at = version.used_at or tx.now


def _add_version(tx: Tx, campaign: Campaign, number: int, written: list[dict[str, Any]]) -> SequenceVersion:
    version = SequenceVersion(
        id=tx.new_id(),
        client_id=campaign.client_id,
        campaign_id=campaign.id,
        number=number,
        steps=written,
        created_by=tx.actor.id if tx.actor.type == "user" else None,
        created_at=tx.now,
    )
    tx.session.add(version)
    return version


def _holding(tx: Tx, campaign: Campaign) -> SequenceVersion:
    newest = (
        select(SequenceVersion)
        .where(SequenceVersion.campaign_id == campaign.id)
        .order_by(SequenceVersion.number.desc())
        .limit(1)
    )
    return tx.session.execute(newest).scalar_one()
