"""Reading enrollments, and counting where a campaign's leads stand."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, exists, func, literal, not_, select, type_coerce

from rapport.accounts.models import Account
from rapport.campaigns.models import Campaign, CampaignSender
from rapport.enrollments.models import Enrollment, EnrollmentStep, Line, Simulation
from rapport.kernel.listing import Condition, Field, Listing, chosen, extend
from rapport.kernel.tenancy import Prepared, Scope, within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead
from rapport.leads.naming import NAMED, named
from rapport.leads.queries.register import LEADS, LIVE
from rapport.rules.statuses import CampaignState, EnrollmentStatus

_E = Enrollment.__table__
_LINE = Line.__table__
_S = EnrollmentStep.__table__
_L = Lead.__table__
_A = Account.__table__
_C = Campaign.__table__
_CS = CampaignSender.__table__
_R = Simulation.__table__
_COLUMNS = [column for column in _E.c if column.name not in ("exclusive_key", "seen_at", "line", "failures")]


def _base() -> Select[Any]:
    return (
        select(
            *_COLUMNS,
            *NAMED,
            _A.c.name.label("account"),
            _C.c.name.label("campaign"),
        )
        .join(_L, (_L.c.id == _E.c.lead_id) & (_L.c.client_id == _E.c.client_id))
        .join(_C, (_C.c.id == _E.c.campaign_id) & (_C.c.client_id == _E.c.client_id))
        .outerjoin(_A, (_A.c.id == _E.c.account_id) & (_A.c.client_id == _E.c.client_id))
    )


def dump(row: Any) -> dict[str, Any]:
    """One enrollment as the API shows it."""
    shown = dict(row._mapping)
    shown["lead"] = named(shown)
    return shown


LISTING = Listing(
    name="enrollments",
    columns=_COLUMNS,
    fields={
        "client_id": Field(_E.c.client_id, "id"),
        "campaign_id": Field(_E.c.campaign_id, "id"),
        "lead_id": Field(_E.c.lead_id, "id"),
        "account_id": Field(_E.c.account_id, "id"),
        "status": Field(_E.c.status, "word", tuple(status.value for status in EnrollmentStatus)),
        "reason": Field(_E.c.reason, "text"),
        "step_key": Field(_E.c.step_key, "text"),
        "enrolled_at": Field(_E.c.enrolled_at, "instant"),
        "next_at": Field(_E.c.next_at, "instant"),
        "ended_at": Field(_E.c.ended_at, "instant"),
        "paused_at": Field(_E.c.paused_at, "instant"),
    },
    sorts={"enrolled_at": _E.c.enrolled_at, "id": _E.c.id},
    default_sort="enrolled_at",
    owner=_E.c.client_id,
    key=_E.c.id,
    dump=dump,
    base=_base,
)


def seen(reading: Reading, enrollment_id: str) -> dict[str, Any]:
    """One enrollment with the steps behind it."""
    row = reading.one(_base().where(_E.c.id == enrollment_id, within(reading.scope, _E.c.client_id)))
    steps = reading.rows(
        select(_S.c.step_key, _S.c.state, _S.c.at, _S.c.variant)
        .where(_S.c.enrollment_id == enrollment_id, within(reading.scope, _S.c.client_id))
        .order_by(_S.c.at, _S.c.step_key)
    )
    return dump(row) | {"steps": [dict(step._mapping) for step in steps]}


def by_status(reading: Reading, campaign_id: str) -> dict[str, int]:
    """How many of a campaign's leads stand where; every status is named."""
    statement = (
        select(_E.c.status, func.count().label("leads"))
        .where(_E.c.campaign_id == campaign_id, within(reading.scope, _E.c.client_id))
        .group_by(_E.c.status)
    )
    found = {row.status: row.leads for row in reading.rows(statement)}
    return {status.value: found.get(status.value, 0) for status in EnrollmentStatus}


def by_campaign(reading: Reading, campaign_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many leads of several campaigns stand where; every status is named."""
    statement = (
        select(_E.c.campaign_id, _E.c.status, func.count().label("leads"))
        .where(_E.c.campaign_id.in_(list(campaign_ids)), within(reading.scope, _E.c.client_id))
        .group_by(_E.c.campaign_id, _E.c.status)
    )
    found = {campaign_id: dict.fromkeys(EnrollmentStatus, 0) for campaign_id in campaign_ids}
    for row in reading.rows(statement):
        found[row.campaign_id][EnrollmentStatus(row.status)] = row.leads
    return {key: {status.value: leads for status, leads in each.items()} for key, each in found.items()}


def by_reason(reading: Reading, campaign_id: str) -> dict[str, int]:
    """Why a campaign's leads that are under way stand still, the commonest reason first.

    For whoever is due in a line that rests, the line says why.
    """
    is_due = _E.c.line.is_not(None) & (_E.c.next_at <= reading.now) & _LINE.c.closed_by.is_not(None)
    reason = case((is_due, _LINE.c.closed_by), else_=_E.c.reason).label("why")
    statement = (
        select(reason, func.count().label("leads"))
        .outerjoin(
            _LINE,
            (_LINE.c.account_id == _E.c.account_id)
            & (_LINE.c.campaign_id == _E.c.campaign_id)
            & (_LINE.c.kind == _E.c.line)
            & (_LINE.c.client_id == _E.c.client_id),
        )
        .where(_E.c.campaign_id == campaign_id, _E.c.ended_at.is_(None), within(reading.scope, _E.c.client_id))
        .group_by(reason)
        .order_by(func.count().desc(), reason)
    )
    return {row.why: row.leads for row in reading.rows(statement)}


def finished_campaigns(reading: Reading, *, before: datetime, limit: int) -> list[str]:
    """Active campaigns with leads, all of which have been at their end since before an instant."""
    mine = (_E.c.campaign_id == _C.c.id, _E.c.client_id == _C.c.client_id)
    goes_on = select(_E.c.id).where(*mine, _E.c.ended_at.is_(None) | (_E.c.ended_at > before)).exists()
    statement = (
        select(_C.c.id)
        .where(_C.c.state == CampaignState.ACTIVE.value, select(_E.c.id).where(*mine).exists(), ~goes_on)
        .where(within(reading.scope, _C.c.client_id))
        .order_by(_C.c.id)
        .limit(limit)
    )
    return list(reading.rows(statement).scalars())


def waiting(reading: Reading, account_ids: Iterable[str]) -> dict[str, int]:
    """Account → its leads that are not at their end, over all campaigns."""
    statement = (
        select(_E.c.account_id, func.count().label("waiting"))
        .where(_E.c.account_id.in_(sorted(account_ids)), _E.c.ended_at.is_(None))
        .where(within(reading.scope, _E.c.client_id))
        .group_by(_E.c.account_id)
    )
    return {row.account_id: row.waiting for row in reading.rows(statement)}


def to_look_at(reading: Reading, *, limit: int) -> list[str]:
    """The enrollments that wait for no send and whose instant has come, the longest due first."""
    statement = (
        select(_E.c.id)
        .where(_E.c.line.is_(None), _E.c.next_at.is_not(None), _E.c.next_at <= reading.now)
        .where(within(reading.scope, _E.c.client_id))
        .order_by(_E.c.next_at, _E.c.id)
        .limit(limit)
    )
    return list(reading.rows(statement).scalars())


def next_look(reading: Reading) -> datetime | None:
    """When the next of them is due."""
    return reading.rows(_NEXT_LOOK).scalar()


_NEXT_LOOK = Prepared(
    select(func.min(_E.c.next_at, type_=_E.c.next_at.type)).where(_E.c.line.is_(None), _E.c.next_at.is_not(None)),
    owner=_E.c.client_id,
)


def under_way(reading: Reading, whose: ColumnElement[bool], *, after: str, limit: int) -> list[str]:
    """The next enrollments that have not ended, in the order of their ids."""
    statement = (
        select(_E.c.id)
        .where(whose, _E.c.ended_at.is_(None), _E.c.id > after, within(reading.scope, _E.c.client_id))
        .order_by(_E.c.id)
        .limit(limit)
    )
    return list(reading.rows(statement).scalars())


def next_leads(
    reading: Reading, client_id: str, conditions: Sequence[Condition], *, after: str, limit: int
) -> list[str]:
    """The next of a client's leads that a filter picks, in the order of their ids."""
    picked, values = chosen(LEADS, conditions)
    statement = (
        select(_L.c.id)
        .where(_L.c.client_id == client_id, _L.c.id > after, within(reading.scope, _L.c.client_id), *picked, *LIVE)
        .order_by(_L.c.id)
        .limit(limit)
    )
    return list(reading.rows(statement, **values).scalars())


def count_leads(reading: Reading, client_id: str, conditions: Sequence[Condition]) -> int:
    """How many of a client's leads a filter picks."""
    picked, values = chosen(LEADS, conditions)
    where = (_L.c.client_id == client_id, within(reading.scope, _L.c.client_id), *picked, *LIVE)
    return int(reading.rows(select(func.count()).select_from(_L).where(*where), **values).scalar_one())


def leads_in(scope: Scope, campaign_id: str) -> ColumnElement[bool]:
    """The condition that picks the leads whose way through a campaign is not at its end."""
    on_their_way = select(_E.c.lead_id).where(
        _E.c.campaign_id == campaign_id, _E.c.ended_at.is_(None), within(scope, _E.c.client_id)
    )
    return _L.c.id.in_(on_their_way)


def leads_without_sender(scope: Scope, campaign_id: str) -> ColumnElement[bool]:
    """The condition that picks those of them whom none of the campaign's senders may write to."""
    sends = select(_CS.c.account_id).where(_CS.c.campaign_id == campaign_id, within(scope, _CS.c.client_id))
    kept_elsewhere = select(_E.c.lead_id).where(
        _E.c.campaign_id == campaign_id,
        *(_E.c.ended_at.is_(None), _E.c.account_id.not_in(sends), within(scope, _E.c.client_id)),
    )
    return _L.c.id.in_(kept_elsewhere)


def _enrolled(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a lead has an enrollment of which this holds."""
    mine = (_E.c.lead_id == _L.c.id, _E.c.client_id == _L.c.client_id)
    return exists(select(literal(1)).where(*mine, condition).correlate(_L))


def _not_enrolled(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a lead has no enrollment of which this holds."""
    return not_(_enrolled(condition))


CAME_TO = type_coerce(_E.c.campaign_id.concat(":").concat(_E.c.status), String)
"""A campaign and what became of the lead in it: its results, by which leads are enrolled in another one."""
extend(
    LEADS,
    in_campaign=Field(_E.c.campaign_id, "member", through=_enrolled),
    not_in_campaign=Field(_E.c.campaign_id, "member", through=_not_enrolled),
    campaign_status=Field(CAME_TO, "member", through=_enrolled),
)


def simulation(reading: Reading, simulation_id: str) -> dict[str, Any]:
    """One simulation with its result, when it is there."""
    row = reading.one(select(_R).where(_R.c.id == simulation_id, within(reading.scope, _R.c.client_id)))
    return dict(row._mapping)


SIMULATIONS = Listing(
    name="simulations",
    columns=[column for column in _R.c if column.name != "result"],
    fields={
        "client_id": Field(_R.c.client_id, "id"),
        "campaign_id": Field(_R.c.campaign_id, "id"),
        "created_at": Field(_R.c.created_at, "instant"),
    },
    sorts={"created_at": _R.c.created_at},
    default_sort="created_at",
    owner=_R.c.client_id,
    key=_R.c.id,
)


def of_campaign(campaign_id: str) -> ColumnElement[bool]:
    """Picks the simulations of one campaign."""
    return _R.c.campaign_id == campaign_id


@dataclass(frozen=True, slots=True)
class Standing:
    """One enrollment of a lead, as rooms above ask for it."""

    id: str
    campaign_id: str
    account_id: str | None
    status: str
    enrolled_at: datetime
    last_step_sent_at: datetime | None
    unsettled: str | None
    ended_at: datetime | None


def of_lead(reading: Reading, lead_id: str) -> list[Standing]:
    """Every enrollment of a lead, the oldest first."""
    columns = [_E.c[each.name] for each in dataclasses.fields(Standing)]
    statement = (
        select(*columns)
        .where(_E.c.lead_id == lead_id, within(reading.scope, _E.c.client_id))
        .order_by(_E.c.enrolled_at, _E.c.id)
    )
    return [Standing(*row) for row in reading.rows(statement)]
