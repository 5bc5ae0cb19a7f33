"""The facts of enrollments, gathered for a decision: the only place where tables become what the rules read.

The same facts go into `why`, the queue, the simulation and the sending, so these cannot disagree. The number of
statements does not grow with the number of enrollments, beyond pieces of some hundred ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from rapport.accounts.facts import senders as sender_facts
from rapport.campaigns.facts import campaigns as campaign_facts
from rapport.campaigns.facts import with_versions
from rapport.campaigns.personalise import Broken, Lacking, TooLong, Words, values, words
from rapport.campaigns.queries import sender_ids
from rapport.enrollments.models import Enrollment, EnrollmentStep
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading
from rapport.leads.facts import STRANGER, Known, Standing, chunks, leads, pending, standings
from rapport.rules import variants
from rapport.rules.facts import CampaignFacts, EnrollmentFacts, Facts, LeadFacts, SenderFacts
from rapport.rules.snapshots import Seat, Snapshot
from rapport.rules.statuses import FINAL, EnrollmentStatus, Unsettled

_E = Enrollment.__table__
_S = EnrollmentStep.__table__
_ONE = Prepared(select(_E).where(_E.c.id == bindparam("enrollment_id")), owner=_E.c.client_id)
_STEPS = Prepared(
    select(_S.c.enrollment_id, _S.c.step_key, _S.c.state).where(
        _S.c.enrollment_id.in_(bindparam("enrollment_ids", expanding=True))
    ),
    owner=_S.c.client_id,
)
_JOINED = Prepared(
    select(_E.c.id, _E.c.goes_on_in_id, _E.c.campaign_id, _E.c.unsettled).where(
        _E.c.goes_on_in_id.in_(bindparam("enrollment_ids", expanding=True))
    ),
    owner=_E.c.client_id,
)
SENT = "sent"
SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts of some enrollments, with their rows and what is known of their leads."""

    campaigns: Mapping[str, CampaignFacts]
    senders: Mapping[str, SenderFacts]
    seats: Mapping[str, Seat]
    rows: Mapping[str, Mapping[str, Any]]
    leads: Mapping[str, Known]
    versions: Mapping[str, int]
    """Campaign → the version of its row."""
    standings: Mapping[tuple[str, str], Standing]
    """Account and lead → how they stand to each other, where anything is known."""

    def of(self, enrollment_id: str) -> Facts:
        """What a decision about one of them asks."""
        seat = self.seats[enrollment_id]
        sender = self.senders.get(seat.sender_id) if seat.sender_id is not None else None
        return Facts(self.campaigns[seat.campaign_id], seat.enrollment, seat.lead, sender)


def gather(reading: Reading, *where: ColumnElement[bool]) -> Gathered:
    """The facts of the enrollments that meet the conditions."""
    found = reading.rows(select(_E).where(within(reading.scope, _E.c.client_id), *where).order_by(_E.c.id))
    return of_rows(reading, [row._mapping for row in found])


def one(reading: Reading, enrollment_id: str) -> Gathered:
    """The facts of one enrollment; empty when there is none of this id."""
    return of_rows(reading, [row._mapping for row in reading.rows(_ONE, enrollment_id=enrollment_id)])


def of_rows(
    reading: Reading, rows: Sequence[Mapping[str, Any]], *, senders: Mapping[str, SenderFacts] | None = None
) -> Gathered:
    """The facts of enrollments whose rows were read; `senders` are theirs, if the caller knows them already."""
    found = with_versions(reading, {row["campaign_id"] for row in rows})
    campaigns = {key: facts for key, (facts, _) in found.items()}
    if senders is None:
        account_ids = {row["account_id"] for row in rows if row["account_id"] is not None}
        senders = sender_facts(reading, account_ids, pending=pending(reading, account_ids)) if account_ids else {}
    known = leads(reading, (row["lead_id"] for row in rows))
    related = standings(reading, [(row["account_id"], row["lead_id"]) for row in rows if row["account_id"] is not None])
    joined = _joined(reading, rows)
    steps = _steps(reading, (row["id"] for row in rows), {other["id"]: other["goes_on_in_id"] for other in joined})
    unsettled = {other["goes_on_in_id"]: other["unsettled"] for other in joined if other["unsettled"]}
    sends_for = sender_ids(reading, campaigns)
    seats: dict[str, Seat] = {}
    for row in rows:
        lead, campaign = known[row["lead_id"]], campaigns[row["campaign_id"]]
        enrollment = _enrollment(
            row,
            steps.get(row["id"], {}),
            unsettled=row["unsettled"] or unsettled.get(row["id"]),
            sends_for=sends_for[campaign.id],
        )
        seats[row["id"]] = Seat(
            campaign_id=campaign.id,
            sender_id=row["account_id"] if row["account_id"] in senders else None,
            enrollment=enrollment,
            lead=lead_facts(
                lead,
                related.get((row["account_id"], row["lead_id"]), STRANGER),
                seen_at=row["seen_at"],
                missing=_missing(lead.row, enrollment, campaign),
            ),
        )
    return Gathered(
        campaigns=campaigns,
        senders=senders,
        seats=seats,
        rows={row["id"]: row for row in rows},
        leads=known,
        versions={key: version for key, (_, version) in found.items()},
        standings=related,
    )


def _joined(reading: Reading, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Enrollments of the same persons in the same campaigns, from leads merged into them: they count as one."""
    campaigns = {row["id"]: row["campaign_id"] for row in rows}
    found = [row._mapping for some in chunks(campaigns) for row in reading.rows(_JOINED, enrollment_ids=some)]
    return [other for other in found if campaigns[other["goes_on_in_id"]] == other["campaign_id"]]


def _steps(reading: Reading, enrollment_ids: Iterable[str], joined: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Enrollment → its steps and those of the enrollments joined to it; sent by either is sent."""
    found: dict[str, dict[str, str]] = {}
    for some in chunks([*enrollment_ids, *joined]):
        for row in reading.rows(_STEPS, enrollment_ids=some):
            steps = found.setdefault(joined.get(row.enrollment_id, row.enrollment_id), {})
            if steps.get(row.step_key) != SENT:
                steps[row.step_key] = row.state
    return found


def _enrollment(
    row: Mapping[str, Any], steps: Mapping[str, str], *, unsettled: str | None, sends_for: frozenset[str]
) -> EnrollmentFacts:
    return EnrollmentFacts(
        id=row["id"],
        status=EnrollmentStatus(row["status"]),
        enrolled_at=row["enrolled_at"],
        step=row["step_key"],
        reached_at=row["reached_at"],
        sent=frozenset(key for key, state in steps.items() if state == SENT),
        skipped=frozenset(key for key, state in steps.items() if state == SKIPPED),
        variants=row["variants"],
        due_override_at=row["due_override_at"],
        paused_at=row["paused_at"],
        replied_at=row["replied_at"],
        away_until=row["away_until"],
        unsettled=Unsettled(unsettled) if unsettled else None,
        goes_on_elsewhere=row["goes_on_in_id"] is not None,
        sender_is_in_campaign=row["account_id"] in sends_for,
    )


def _missing(
    lead: Mapping[str, Any], enrollment: EnrollmentFacts, campaign: CampaignFacts
) -> dict[str, tuple[str, ...]]:
    """For each step to come whose words cannot be made for this lead: what they lack."""
    given = values(lead)
    found: dict[str, tuple[str, ...]] = {}
    for step in campaign.sequence.steps:
        if not step.kind.speaks or step.key in enrollment.sent:
            continue
        key = variants.of(step, enrollment=enrollment, campaign=campaign)
        variant = next((each for each in step.variants if each.key == key), None)
        match words(step.kind, variant, given):
            case Lacking(lacking):
                found[step.key] = lacking
            case TooLong() as long:
                found[step.key] = (f"{long.field} of {long.length} characters is too long (at most {long.most})",)
            case Broken(field):
                found[step.key] = (f"{field} is no template",)
            case Words():
                pass
    return found


def lead_facts(
    known: Known, standing: Standing, *, seen_at: datetime | None, missing: Mapping[str, tuple[str, ...]]
) -> LeadFacts:
    """A lead as one sender knows it."""
    row = known.row
    return LeadFacts(
        id=row["id"],
        is_recognised=row["provider_id"] is not None,
        connected_at=standing.connected_at,
        invited_at=standing.invited_at,
        withdrawn_at=standing.withdrawn_at,
        replied_at=row["replied_at"],
        seen_at=seen_at,
        email_at=row["email_at"],
        open_inmail_at=row["open_inmail_at"],
        tags=known.tags,
        do_not_contact=known.do_not_contact,
        missing=missing,
    )


def snapshot(reading: Reading, campaign_id: str) -> Snapshot:
    """Everything that bears on a campaign's run: its enrollments, and those of others that share its senders."""
    own = (
        select(_E.c.account_id)
        .where(_E.c.campaign_id == campaign_id, _E.c.account_id.is_not(None), within(reading.scope, _E.c.client_id))
        .distinct()
    )
    accounts = [row.account_id for row in reading.rows(own)]
    alive = _E.c.status.not_in([status.value for status in FINAL])
    found = gather(reading, (_E.c.campaign_id == campaign_id) | _E.c.account_id.in_(accounts), alive)
    campaigns = found.campaigns or campaign_facts(reading, {campaign_id})
    return Snapshot(reading.now, campaigns, found.senders, tuple(found.seats.values()), of=campaign_id)
