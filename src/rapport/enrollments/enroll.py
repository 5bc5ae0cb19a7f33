"""Enrolling leads: each once, each with the sender that knows them or has room, none that must not be contacted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from rapport.accounts.facts import senders as sender_facts
from rapport.campaigns.facts import campaigns as campaign_facts
from rapport.campaigns.queries import senders
from rapport.enrollments import events
from rapport.enrollments.facts import lead_facts
from rapport.enrollments.models import Enrollment
from rapport.enrollments.placing import place
from rapport.enrollments.queries import waiting
from rapport.kernel import locks
from rapport.kernel.errors import CAMPAIGN_STATE, RapportError
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Reading, Tx
from rapport.leads.facts import STRANGER, Known, Standing, chunks, connected_with, leads, pending, standings
from rapport.leads.naming import shown_name
from rapport.rules.assigning import Candidate, Newcomer, assign
from rapport.rules.facts import CampaignFacts, SenderFacts
from rapport.rules.limits import Budget
from rapport.rules.position import entry
from rapport.rules.reasons import Reason
from rapport.rules.statuses import CampaignState, EnrollmentStatus

_E = Enrollment.__table__
_TAKING = frozenset({CampaignState.DRAFT.value, CampaignState.ACTIVE.value, CampaignState.PAUSED.value})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A lead that was not enrolled, and why."""

    lead_id: str
    reason: str
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of the leads."""

    enrollment_ids: tuple[str, ...]
    refused: tuple[Refusal, ...]


def enroll(tx: Tx, campaign: Mapping[str, Any], lead_ids: Sequence[str], *, by: str | None) -> Enrolled:
    """Enroll leads in a campaign, given as its row. Who cannot be is named with the reason; the others are in."""
    refuse_if_closed(campaign)
    locks.take(tx, "enroll", campaign["client_id"])
    known = leads(tx, lead_ids)
    taken = _taken(tx, campaign, known)
    refused: list[Refusal] = []
    admitted: list[str] = []
    for lead_id in dict.fromkeys(lead_ids):
        refusal = _refusal(campaign, lead_id, known, taken)
        if refusal is None:
            admitted.append(lead_id)
        else:
            refused.append(refusal)
    return Enrolled(_admit(tx, campaign, admitted, known, by=by), tuple(refused))


def refuse_if_closed(campaign: Mapping[str, Any]) -> None:
    """Refuse a campaign that takes no leads any more."""
    if campaign["state"] not in _TAKING:
        raise RapportError(CAMPAIGN_STATE, f"The campaign is {campaign['state']} and takes no leads.")


def _refusal(
    campaign: Mapping[str, Any], lead_id: str, known: Mapping[str, Known], taken: Mapping[str, str]
) -> Refusal | None:
    lead = known.get(lead_id)
    if lead is None or lead.row["client_id"] != campaign["client_id"]:
        return Refusal(lead_id, "not_found")
    if lead.row["erased_at"] is not None or lead.row["merged_into_id"] is not None:
        return Refusal(lead_id, "gone", lead.row["merged_into_id"])
    if lead.do_not_contact is not None:
        return Refusal(lead_id, Reason.DO_NOT_CONTACT.value, lead.do_not_contact)
    if lead_id in taken:
        here = taken[lead_id] == campaign["id"]
        return Refusal(lead_id, "already_enrolled" if here else "in_another_campaign", None if here else taken[lead_id])
    return None


def _taken(tx: Tx, campaign: Mapping[str, Any], lead_ids: Iterable[str]) -> dict[str, str]:
    """Lead → the campaign that has them and lets them go to no other."""
    found: dict[str, str] = {}
    for some in chunks(lead_ids):
        mine = _E.c.campaign_id == campaign["id"]
        condition = mine if campaign["shares_leads"] else mine | _E.c.exclusive_key.is_not(None)
        rows = tx.rows(
            select(_E.c.lead_id, _E.c.campaign_id)
            .where(_E.c.client_id == campaign["client_id"], _E.c.lead_id.in_(some), condition)
            .where(within(tx.scope, _E.c.client_id))
            .order_by(mine)
        )
        found.update({row.lead_id: row.campaign_id for row in rows})
    return found


def _admit(
    tx: Tx, campaign: Mapping[str, Any], admitted: Sequence[str], known: Mapping[str, Known], *, by: str | None
) -> tuple[str, ...]:
    if not admitted:
        return ()
    able = senders_of(tx, campaign["id"])
    given = assign(_newcomers(tx, admitted, known), candidates(tx, able))
    facts = campaign_facts(tx, {campaign["id"]})[campaign["id"]]
    related = standings(tx, [(sender, lead) for lead, sender in given.items() if sender is not None])
    rows: list[dict[str, Any]] = []
    for lead_id in admitted:
        sender_id = given[lead_id]
        status, first = _beginning(facts, known[lead_id], related.get((sender_id or "", lead_id), STRANGER))
        row: dict[str, Any] = dict.fromkeys(_E.c.keys())
        rows.append(
            row
            | {
                "id": tx.new_id(),
                "client_id": campaign["client_id"],
                "campaign_id": campaign["id"],
                "lead_id": lead_id,
                "account_id": sender_id,
                "status": status.value,
                "reason": "enrolled",
                "details": {},
                "step_key": first,
                "reached_at": tx.now,
                "variants": {},
                "exclusive_key": None if campaign["shares_leads"] else lead_id,
                "enrolled_by": by,
                "enrolled_at": tx.now,
                "failures": 0,
                "version": 1,
            }
        )
    tx.session.execute(insert(_E), rows, execution_options={SCOPED: True})
    tx.touch(campaign["client_id"])
    for row in rows:
        lead = shown_name(known[row["lead_id"]].row)
        sender = able[row["account_id"]].name if row["account_id"] in able else None
        tx.emit(
            events.ENROLLED,
            client_id=campaign["client_id"],
            data={"lead": lead, "campaign": campaign["name"], "sender": sender},
            enrollment_id=row["id"],
            lead_id=row["lead_id"],
            campaign_id=campaign["id"],
            account_id=row["account_id"],
        )
    made = tuple(row["id"] for row in rows)
    place(tx, made)
    return made


def _beginning(campaign: CampaignFacts, known: Known, standing: Standing) -> tuple[EnrollmentStatus, str | None]:
    """The status and the step with which a lead begins, as their sender knows them."""
    first = entry(campaign.sequence, lead_facts(known, standing, seen_at=None, missing={}))
    if standing.connected_at is not None:
        return EnrollmentStatus.CONNECTED, first
    return (EnrollmentStatus.PENDING_INVITE if standing.invited_at is None else EnrollmentStatus.INVITE_SENT), first


def give_senders(tx: Tx, campaign_id: str, enrollment_ids: Iterable[str]) -> None:
    """Give those a sender who were enrolled while the campaign had none."""
    able = senders_of(tx, campaign_id)
    if not able:
        return
    facts = campaign_facts(tx, {campaign_id})[campaign_id]
    for some in chunks(enrollment_ids):
        unowned = select(Enrollment).where(Enrollment.id.in_(some), Enrollment.account_id.is_(None))
        rows = {row.lead_id: row for row in tx.session.execute(unowned.with_for_update(key_share=True)).scalars()}
        known = leads(tx, rows)
        given = assign(_newcomers(tx, list(rows), known), candidates(tx, able)) if rows else {}
        related = standings(tx, [(sender, lead) for lead, sender in given.items() if sender is not None])
        for lead_id, sender_id in given.items():
            if sender_id is None or sender_id not in able:
                continue
            row = rows[lead_id]
            row.account_id = sender_id
            if row.step_key == facts.sequence.start:
                status, row.step_key = _beginning(facts, known[lead_id], related.get((sender_id, lead_id), STRANGER))
                row.status = status.value
            tx.emit(
                events.ASSIGNED,
                client_id=row.client_id,
                data={"lead": shown_name(known[lead_id].row), "sender": able[sender_id].name},
                enrollment_id=row.id,
                lead_id=lead_id,
                campaign_id=campaign_id,
                account_id=sender_id,
            )
        tx.session.flush()  # whoever places them reads rows


def senders_of(reading: Reading, campaign_id: str) -> dict[str, SenderFacts]:
    """The campaign's senders."""
    ids = [sender["account_id"] for sender in senders(reading, campaign_id)]
    return sender_facts(reading, ids, pending=pending(reading, ids))


def candidates(reading: Reading, able: Mapping[str, SenderFacts]) -> list[Candidate]:
    """The senders as an assignment sees them: how much each has waiting, and how much it does a day."""
    has = waiting(reading, able)
    return [
        Candidate(
            id=key,
            is_available=facts.is_ok and facts.paused_at is None,
            waiting=has.get(key, 0),
            per_day=facts.limits[Budget.INVITES.per_day],
        )
        for key, facts in sorted(able.items())
    ]


def _newcomers(tx: Tx, admitted: Sequence[str], known: Mapping[str, Known]) -> list[Newcomer]:
    connected = connected_with(tx, admitted)
    return [
        Newcomer(lead_id, known[lead_id].row["account_id"], connected.get(lead_id, frozenset())) for lead_id in admitted
    ]
