"""Reading rollups, the milestones behind them, and the zones of what is measured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, Table, bindparam, func, literal, select

from rapport.accounts.models import Account
from rapport.analytics.models import Measured, Milestone, Rollup
from rapport.campaigns.models import Campaign
from rapport.campaigns.queries import sequences_of
from rapport.events.models import EventCursor
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Condition
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading
from rapport.people.models import Client
from rapport.rules.figures import Dim, Mark, MarkKey, Metric, Span
from rapport.rules.zones import instant_at

_R, _M, _Z = Rollup.__table__, Milestone.__table__, Measured.__table__
_A, _C, _CLIENT = Account.__table__, Campaign.__table__, Client.__table__
_CURSOR = EventCursor.__table__
Numbers = dict[str, int]

# For those who write


def zones(reading: Reading, client_id: str, campaign_ids: Iterable[str] | None) -> dict[str, str]:
    """The zones of a client's campaigns as they are set now (None: of all), and under an empty name the client's own.

    A campaign that is gone keeps the zone it was measured in.
    """
    wanted = None if campaign_ids is None else sorted(campaign_ids)
    gone = _zones_measured(reading, client_id)
    there = select(_C.c.id, _C.c.timezone).where(_C.c.client_id == client_id, within(reading.scope, _C.c.client_id))
    if wanted is not None:
        gone, there = gone.where(_Z.c.campaign_id.in_(wanted)), there.where(_C.c.id.in_(wanted))
    own = select(_CLIENT.c.timezone).where(_CLIENT.c.id == client_id, within(reading.scope, _CLIENT.c.id))
    found = {row[0]: row[1] for statement in (gone, there) for row in reading.rows(statement)}
    return found | {"": reading.rows(own).scalar() or "UTC"}


def moved_zones(reading: Reading, client_id: str) -> bool:
    """Whether anything is measured in a zone that is not its own any more."""
    now = zones(reading, client_id, None)
    return any(now[row.campaign_id] != row.timezone for row in reading.rows(_zones_measured(reading, client_id)))


def _zones_measured(reading: Reading, client_id: str) -> Select[Any]:
    return select(_Z.c.campaign_id, _Z.c.timezone).where(
        _Z.c.client_id == client_id, within(reading.scope, _Z.c.client_id)
    )


def measured(reading: Reading, client_id: str, campaign_ids: Iterable[str]) -> dict[str, Any]:
    """What is said of some campaigns and of the client as a whole, as far as anything was counted."""
    rows = reading.rows(_MEASURED, client_id=client_id, campaign_ids=["", *sorted(campaign_ids)])
    return {row.campaign_id: row for row in rows}


_MEASURED = Prepared(
    select(_Z.c.campaign_id, _Z.c.timezone, _Z.c.last_at).where(
        _Z.c.client_id == bindparam("client_id"), _Z.c.campaign_id.in_(bindparam("campaign_ids", expanding=True))
    ),
    owner=_Z.c.client_id,
)


def marks(reading: Reading, whose: Iterable[str]) -> dict[MarkKey, Mark | None]:
    """The milestones of some enrollments and conversations."""
    return {
        (row.whose, row.kind): None
        if row.at is None
        else Mark(row.at, row.campaign_id, row.account_id, row.step_key, row.variant, row.sent_at)
        for row in reading.rows(_MARKS, whose=sorted(whose))
    }


_MARKS = Prepared(
    select(*(column for column in _M.c if column.name != "client_id")).where(
        _M.c.whose.in_(bindparam("whose", expanding=True))
    ),
    owner=_M.c.client_id,
)


def read_so_far(reading: Reading, consumer: str, client_id: str) -> int:
    """The number of the last event that a consumer has counted."""
    statement = select(_CURSOR.c.seq).where(_CURSOR.c.consumer == consumer, _CURSOR.c.client_id == client_id)
    return int(reading.rows(statement).scalar() or 0)


def kept(reading: Reading, client_id: str, tables: Sequence[Table]) -> list[list[dict[str, Any]]]:
    """All rows of a client in some of this room's tables."""
    return [
        [
            dict(row._mapping)
            for row in reading.rows(
                select(table).where(table.c.client_id == client_id, within(reading.scope, table.c.client_id))
            )
        ]
        for table in tables
    ]


# For those who read

_WHERE = ("campaign_id", "account_id", "step_key", "variant")
_FREE: dict[Dim, tuple[str, ...]] = {
    Dim.CLIENT: (),
    Dim.CAMPAIGN: ("campaign_id",),
    Dim.ACCOUNT: ("account_id",),
    Dim.SENDER: ("campaign_id", "account_id"),
    Dim.STEP: ("campaign_id", "step_key"),
    Dim.VARIANT: ("campaign_id", "step_key", "variant"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, of a wall or of UTC."""

    first: date
    last: date
    span: Span = Span.LOCAL_DAY

    def all(self) -> list[date]:
        return [self.first + timedelta(days=each) for each in range((self.last - self.first).days + 1)]


def numbers(reading: Reading, dim: Dim, period: Period | None = None, **only: str) -> dict[tuple[str, ...], Numbers]:
    """Counts of all time or of a period, by campaign, account, step and variant, as far as `only` leaves a choice."""
    columns = [*(_R.c[name] for name in _WHERE), _R.c.metric, func.sum(_R.c.value).label("value")]
    statement = _over(_of(reading, dim, only), period).with_only_columns(*columns)
    statement = statement.group_by(*(_R.c[name] for name in _WHERE), _R.c.metric)
    found: dict[tuple[str, ...], Numbers] = defaultdict(dict)
    for row in reading.rows(statement):
        found[tuple(row[:4])][row.metric] = int(row.value)
    return dict(found)


def by_slot(reading: Reading, dim: Dim, span: Span, *, first: int, last: int, **only: str) -> dict[int, Numbers]:
    """Counts by the day or the hour, from the first slot to the last."""
    statement = (
        _of(reading, dim, only)
        .with_only_columns(_R.c.slot, _R.c.metric, func.sum(_R.c.value).label("value"))
        .where(_R.c.span == span.value, _R.c.slot >= first, _R.c.slot <= last)
        .group_by(_R.c.slot, _R.c.metric)
    )
    found: dict[int, Numbers] = defaultdict(dict)
    for row in reading.rows(statement):
        found[row.slot][row.metric] = int(row.value)
    return dict(found)


def _of(reading: Reading, dim: Dim, only: dict[str, str]) -> Select[Any]:
    chosen = {name: "" for name in _WHERE if name not in _FREE[dim]} | only
    return select(_R).where(
        _R.c.dim == dim.value,
        *(_R.c[name] == value for name, value in chosen.items()),
        within(reading.scope, _R.c.client_id),
    )


def reply_times(reading: Reading, period: Period | None, zone: str, **only: str) -> list[float]:
    """How many seconds passed from the first word to each person until their first reply, in order."""
    first = _M.alias("first")
    statement = (
        select(_M.c.at.label("replied_at"), first.c.at.label("contacted_at"))
        .join(first, (first.c.whose == _M.c.whose) & (first.c.client_id == _M.c.client_id))
        .where(
            _M.c.kind == Metric.REPLIED.value,
            first.c.kind == Metric.CONTACTED.value,
            *(_M.c[name] == value for name, value in only.items()),
            within(reading.scope, _M.c.client_id),
        )
    )
    if period is not None:
        statement = statement.where(
            _M.c.at >= _begins(period.first, zone), _M.c.at < _begins(period.last + timedelta(days=1), zone)
        )
    return sorted((row.replied_at - row.contacted_at).total_seconds() for row in reading.rows(statement))


def _begins(day: date, zone: str) -> datetime:
    return instant_at(datetime.combine(day, time(0)), zone)


def ages(reading: Reading, kind: Metric, campaign_id: str, *, most: int) -> list[float]:
    """How many seconds ago people came so far, of the newest."""
    statement = (
        select(_M.c.at)
        .where(_M.c.campaign_id == campaign_id, _M.c.kind == kind.value, within(reading.scope, _M.c.client_id))
        .where(_M.c.at.is_not(None))
        .order_by(_M.c.at.desc())
        .limit(most)
    )
    return [max(0.0, (reading.now - at).total_seconds()) for at in reading.rows(statement).scalars()]


def delays(reading: Reading, kind: Metric, campaign_id: str, *, most: int) -> list[float]:
    """How many seconds passed from a step to its answer, of the newest answers."""
    statement = (
        select(_M.c.at, _M.c.sent_at)
        .where(_M.c.campaign_id == campaign_id, _M.c.kind == kind.value, within(reading.scope, _M.c.client_id))
        .where(_M.c.at.is_not(None), _M.c.sent_at.is_not(None))
        .order_by(_M.c.at.desc())
        .limit(most)
    )
    return [max(0.0, (row.at - row.sent_at).total_seconds()) for row in reading.rows(statement)]


# What is measured


def of_client(client_id: str) -> Condition:
    """The filter of a list for one client."""
    return Condition("client_id", "eq", client_id)


@dataclass(frozen=True, slots=True)
class Subject:
    """What figures are asked of: a campaign, or a client with all of its campaigns."""

    client_id: str
    campaign_id: str
    name: str
    zone: str
    last_at: datetime | None

    @property
    def dim(self) -> Dim:
        return Dim.CAMPAIGN if self.campaign_id else Dim.CLIENT

    @property
    def only(self) -> dict[str, str]:
        """What picks its rows."""
        whole = {"client_id": self.client_id}
        return whole | {"campaign_id": self.campaign_id} if self.campaign_id else whole


def campaign(reading: Reading, campaign_id: str) -> Subject:
    """A campaign of the caller's."""
    statement = _subjects(_C.c.client_id, _C.c.id, _C.c.name, _C.c.timezone, _Z.c.campaign_id == _C.c.id)
    return _subject(reading, statement.where(_C.c.id == campaign_id, within(reading.scope, _C.c.client_id)))


def client(reading: Reading, client_id: str) -> Subject:
    """A client of the caller's."""
    statement = _subjects(
        _CLIENT.c.id, literal("").label("campaign_id"), _CLIENT.c.name, _CLIENT.c.timezone, _Z.c.campaign_id == ""
    )
    return _subject(reading, statement.where(_CLIENT.c.id == client_id, within(reading.scope, _CLIENT.c.id)))


def _subjects(client_id: Any, campaign_id: Any, name: Any, zone: Any, same: Any) -> Select[Any]:
    shown = (
        client_id.label("owner"),
        campaign_id.label("campaign"),
        name,
        func.coalesce(_Z.c.timezone, zone),
        _Z.c.last_at,
    )
    return select(*shown).outerjoin(_Z, (_Z.c.client_id == client_id) & same)


def _subject(reading: Reading, statement: Select[Any]) -> Subject:
    row = reading.rows(statement).first()
    if row is None:
        raise RapportError(NOT_FOUND)
    return Subject(*row)


def campaigns_of(reading: Reading, client_id: str) -> list[Any]:
    """A client's campaigns that have begun, in the order of their names."""
    statement = (
        select(_C.c.id, _C.c.name, _C.c.state, _C.c.started_at, _Z.c.last_at)
        .outerjoin(_Z, (_Z.c.client_id == _C.c.client_id) & (_Z.c.campaign_id == _C.c.id))
        .where(_C.c.client_id == client_id, _C.c.started_at.is_not(None), within(reading.scope, _C.c.client_id))
        .order_by(_C.c.name_key, _C.c.id)
    )
    return list(reading.rows(statement).all())


def accounts_of(reading: Reading, client_id: str) -> list[str]:
    """The ids of a client's accounts, in the order of their names."""
    statement = (
        select(_A.c.id)
        .where(_A.c.client_id == client_id, within(reading.scope, _A.c.client_id))
        .order_by(_A.c.name, _A.c.id)
    )
    return list(reading.rows(statement).scalars())


def clients_seen(reading: Reading) -> list[Any]:
    """The clients the caller may see, in the order of their names."""
    statement = (
        select(_CLIENT.c.id, _CLIENT.c.name, _Z.c.last_at)
        .outerjoin(_Z, (_Z.c.client_id == _CLIENT.c.id) & (_Z.c.campaign_id == ""))
        .where(_CLIENT.c.archived_at.is_(None), within(reading.scope, _CLIENT.c.id))
        .order_by(_CLIENT.c.name, _CLIENT.c.id)
    )
    return list(reading.rows(statement).all())


def account_names(reading: Reading, ids: Iterable[str]) -> dict[str, str]:
    """The names of accounts; those that are gone have none."""
    statement = select(_A.c.id, _A.c.name).where(_A.c.id.in_(sorted(ids)), within(reading.scope, _A.c.client_id))
    return {row.id: row.name for row in reading.rows(statement)}


def order_of_steps(reading: Reading, campaign_id: str) -> dict[str, tuple[int, str]]:
    """Step → its place in the sequence and its kind; those that only an older version has come behind."""
    found: dict[str, tuple[int, str]] = {}
    for sequence in sequences_of(reading, campaign_id):
        for step in sequence.steps:
            found.setdefault(step.key, (len(found), step.kind.value))
    return found


def numbers_by_client(reading: Reading, period: Period | None) -> dict[str, Numbers]:
    """Counts of all time or of a period, by client."""
    columns = (_R.c.client_id, _R.c.metric, func.sum(_R.c.value).label("value"))
    statement = _over(_of(reading, Dim.CLIENT, {}), period).with_only_columns(*columns)
    found: dict[str, Numbers] = defaultdict(dict)
    for row in reading.rows(statement.group_by(_R.c.client_id, _R.c.metric)):
        found[row.client_id][row.metric] = int(row.value)
    return dict(found)


def _over(statement: Select[Any], period: Period | None) -> Select[Any]:
    if period is None:
        return statement.where(_R.c.span == Span.TOTAL.value)
    first, last = period.first.toordinal(), period.last.toordinal()
    return statement.where(_R.c.span == period.span.value, _R.c.slot >= first, _R.c.slot <= last)
