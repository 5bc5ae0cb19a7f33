"""Making campaigns, changing what they are, and putting them away while they are drafts."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapport.campaigns import checks, events, queries, roster, schedule, sequence
from rapport.campaigns.models import Campaign, Goal
from rapport.kernel.errors import (
    CAMPAIGN_ALREADY_EXISTS,
    CAMPAIGN_STATE,
    CLIENT_ARCHIVED,
    NOT_FOUND,
    VALIDATION_FAILED,
    RapportError,
    field_error,
)
from rapport.kernel.tx import Tx
from rapport.people import clients
from rapport.rules.names import without_hidden
from rapport.rules.statuses import CampaignState

_RUNNING = frozenset({CampaignState.DRAFT, CampaignState.ACTIVE, CampaignState.PAUSED})
_CHANGEABLE: Mapping[str, frozenset[CampaignState]] = {
    "name": _RUNNING | {CampaignState.COMPLETED},
    "goal": _RUNNING | {CampaignState.COMPLETED},
    "goal_target": _RUNNING | {CampaignState.COMPLETED},
    "schedule": _RUNNING,
    "stops_on_reply_elsewhere": _RUNNING,
    # Leads are kept from other campaigns, or not, when they are enrolled: it cannot be said differently later.
    "shares_leads": frozenset({CampaignState.DRAFT}),
}
"""In which states a field may be changed; an archived campaign stays as it is."""
_LONGEST_NAME = 120


def get(tx: Tx, campaign_id: str) -> Campaign:
    """A campaign to be changed, locked."""
    campaign = tx.session.execute(
        select(Campaign).where(Campaign.id == campaign_id).with_for_update(key_share=True)
    ).scalar()
    if campaign is None:
        raise RapportError(NOT_FOUND)
    return campaign


def create(
    tx: Tx,
    *,
    client_id: str,
    name: str,
    goal: str = Goal.REPLIED,
    goal_target: int | None = None,
    stops_on_reply_elsewhere: bool = True,
    shares_leads: bool = False,
    schedule: Mapping[str, Any] | None = None,
    account_ids: Sequence[str] = (),
    steps: Sequence[Mapping[str, Any]] = (),
) -> Campaign:
    """Make a draft. What is not said is nine to five in the client's time zone, on its working days."""
    campaign = _add(
        tx,
        client_id=client_id,
        name=name,
        goal=goal,
        goal_target=goal_target,
        stops_on_reply_elsewhere=stops_on_reply_elsewhere,
        shares_leads=shares_leads,
        given=schedule or {},
    )
    events.tell(tx, events.CREATED, campaign)
    sequence.begin(tx, campaign, steps)
    roster.set_to(tx, campaign, account_ids)
    return campaign


def duplicate(tx: Tx, original: Campaign, *, name: str | None = None) -> Campaign:
    """A new draft like another campaign: its sequence, senders, goal and working time, but not its dates."""
    kept = queries.kept(tx, original.id)
    campaign = _add(
        tx,
        client_id=original.client_id,
        name=name or _free_name(tx, original),
        goal=original.goal,
        goal_target=original.goal_target,
        stops_on_reply_elsewhere=original.stops_on_reply_elsewhere,
        shares_leads=original.shares_leads,
        columns={field: kept[field] for field in schedule.FIELDS} | {"starts_on": None, "ends_on": None},
    )
    events.tell(tx, events.DUPLICATED, campaign, original=original.name, original_id=original.id)
    sequence.copy(tx, campaign, original)
    roster.set_to(tx, campaign, [sender["account_id"] for sender in queries.senders(tx, original.id)])
    return campaign


def _add(
    tx: Tx,
    *,
    client_id: str,
    name: str,
    given: Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
    **more: Any,
) -> Campaign:
    client = clients.get(tx, client_id)
    if client.archived_at is not None:
        raise RapportError(CLIENT_ARCHIVED)
    if columns is None:
        columns = schedule.merged(schedule.defaults(client.timezone), given or {})
    campaign_id = tx.new_id()
    campaign = Campaign(
        id=campaign_id,
        client_id=client_id,
        name=tidy(name),
        name_key=key_of(name),
        state=CampaignState.DRAFT.value,
        seed=tx.chance.stream("campaign seed", campaign_id).randbytes(16).hex(),
        created_by=tx.actor.id if tx.actor.type == "user" else None,
        created_at=tx.now,
        **columns,
        **more,
    )
    try:
        with tx.session.begin_nested():
            tx.session.add(campaign)
    except IntegrityError:
        raise _taken() from None
    return campaign


def change(tx: Tx, campaign: Campaign, changes: Mapping[str, Any]) -> None:
    """Change what is named; the schedule is merged field by field, its week day by day."""
    _refuse_by_state(campaign, changes)
    wanted = {field: value for field, value in changes.items() if field != "schedule"}
    if "name" in wanted:
        wanted |= {"name": tidy(wanted["name"]), "name_key": key_of(wanted["name"])}
    if "schedule" in changes:
        current = {field: getattr(campaign, field) for field in schedule.FIELDS}
        wanted |= schedule.merged(current, changes["schedule"])
    told = sorted(field for field, value in wanted.items() if getattr(campaign, field) != value)
    if not told:
        return
    for field in told:
        setattr(campaign, field, wanted[field])
    try:
        with tx.session.begin_nested():
            tx.session.flush()  # a taken name shows here
    except IntegrityError:
        raise _taken() from None
    if campaign.state == CampaignState.ACTIVE and any(field in schedule.FIELDS for field in told):
        _refuse_dead_schedule(tx, campaign)
    events.tell(tx, events.CHANGED, campaign, fields=", ".join(field for field in told if field != "name_key"))


def _refuse_by_state(campaign: Campaign, changes: Mapping[str, Any]) -> None:
    state = CampaignState(campaign.state)
    refused = {
        field: [f"Cannot be changed while the campaign is {state}."]
        for field in changes
        if state not in _CHANGEABLE[field]
    }
    if refused:
        raise RapportError(CAMPAIGN_STATE, details=refused)


def _refuse_dead_schedule(tx: Tx, campaign: Campaign) -> None:
    """A running campaign is not changed into one that could not have been started."""
    found = list(checks.of_schedule(queries.kept(tx, campaign.id), tx))
    if found:
        raise RapportError(VALIDATION_FAILED, details={"schedule": [finding.sentence for finding in found]})


def delete(tx: Tx, campaign: Campaign) -> None:
    """Delete a draft that no lead was ever in; anything else is archived."""
    if campaign.state != CampaignState.DRAFT:
        raise RapportError(
            CAMPAIGN_STATE, details={"state": [f"Only a draft can be deleted; this is {campaign.state}."]}
        )
    events.tell(tx, events.DELETED, campaign)
    try:
        with tx.session.begin_nested():
            tx.session.delete(campaign)
    except IntegrityError:
        raise RapportError(CAMPAIGN_STATE, details={"state": ["The draft has leads: archive it instead."]}) from None


def tidy(name: str) -> str:
    """A name without what cannot be seen; one in which nothing can be seen is refused."""
    seen = " ".join(without_hidden(name).split())
    if not seen:
        raise field_error("name", "A name has something to be seen.")
    return seen


def key_of(name: str) -> str:
    """A name as names are compared: two that read alike have one key, however long."""
    folded = unicodedata.normalize("NFKC", tidy(name)).casefold()
    if len(folded) <= _LONGEST_NAME:
        return folded
    return folded[: _LONGEST_NAME - 33] + "~" + hashlib.blake2b(folded.encode(), digest_size=16).hexdigest()


def _free_name(tx: Tx, original: Campaign) -> str:
    """The original's name with `(copy)`, or with the first number that is free."""
    number = 1
    while True:
        ending = " (copy)" if number == 1 else f" (copy {number})"
        name = original.name[: _LONGEST_NAME - len(ending)].rstrip() + ending
        if not queries.has_name(tx, original.client_id, key_of(name)):
            return name
        number += 1


def _taken() -> RapportError:
    return RapportError(CAMPAIGN_ALREADY_EXISTS, details={"name": ["Is taken."]})
