"""Reading campaigns, their senders and sequences, and the leads that a text is made for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, select

from rapport.accounts.models import Account, AccountStatus
from rapport.campaigns import personalise, schedule, steps
from rapport.campaigns.models import Campaign, CampaignSender, Goal, SequenceVersion
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import Prepared, Scope, within
from rapport.kernel.tx import Reading
from rapport.leads.models import Lead, LeadTag
from rapport.rules import sequences
from rapport.rules.statuses import CampaignState

_C, _CS, _V = Campaign.__table__, CampaignSender.__table__, SequenceVersion.__table__
_A, _L, _T = Account.__table__, Lead.__table__, LeadTag.__table__

_HIDDEN = ("name_key", "seed")
_OTHERS = tuple(column.name for column in _C.c if column.name not in (*_HIDDEN, *schedule.FIELDS))
_COLUMNS = [column for column in _C.c if column.name not in _HIDDEN]
_LEAD_COLUMNS = [_L.c[name] for name in ("id", "custom", *personalise.COLUMNS)]
_A_CHUNK = 1_000
_LARGEST_NUMBER = 2**31 - 1

READY = AccountStatus.OK.value
"""The status in which an account sends."""

Audience = ColumnElement[bool]
"""A condition that picks the leads a campaign is for."""
Picks = Callable[[Scope, str], Audience]
"""Given the reader's scope and a campaign's id, picks leads."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """Which leads are in a campaign: the room above, which keeps them, says how."""

    on_their_way: Picks
    without_sender: Picks
    """Those of them whom nobody of the campaign's senders may write to."""


def dump(row: Any) -> dict[str, Any]:
    """One campaign as the API shows it, but for its senders."""
    found = row._mapping
    return {name: found[name] for name in _OTHERS} | {"schedule": schedule.shown(found)}


def _sends(found: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(_CS.c.campaign_id == _C.c.id, _CS.c.client_id == _C.c.client_id, found)


LISTING = Listing(
    name="campaigns",
    columns=_COLUMNS,
    fields={
        "id": Field(_C.c.id, "id"),
        "client_id": Field(_C.c.client_id, "id"),
        "state": Field(_C.c.state, "word", tuple(state.value for state in CampaignState)),
        "goal": Field(_C.c.goal, "word", tuple(goal.value for goal in Goal)),
        "name": Field(_C.c.name, "text"),
        "account_id": Field(
            _CS.c.account_id,
            "member",
            through=_sends,
        ),
        "created_at": Field(_C.c.created_at, "instant"),
        "started_at": Field(_C.c.started_at, "instant"),
    },
    sorts={"created_at": _C.c.created_at, "name": _C.c.name_key},
    default_sort="created_at",
    owner=_C.c.client_id,
    key=_C.c.id,
    dump=dump,
)


def with_senders(reading: Reading, shown: Sequence[dict[str, Any]]) -> None:
    """Give the campaigns of a page the ids of their senders."""
    found: dict[str, list[str]] = defaultdict(list)
    rows = reading.rows(
        select(_CS.c.campaign_id, _CS.c.account_id)
        .where(_CS.c.campaign_id.in_([each["id"] for each in shown]), within(reading.scope, _CS.c.client_id))
        .order_by(_CS.c.account_id)
    )
    for row in rows:
        found[row.campaign_id].append(row.account_id)
    for each in shown:
        each["account_ids"] = found[each["id"]]


def has_name(reading: Reading, client_id: str, name_key: str) -> bool:
    """Whether a client has a campaign of this folded name."""
    statement = select(_C.c.id).where(
        _C.c.client_id == client_id, _C.c.name_key == name_key, within(reading.scope, _C.c.client_id)
    )
    return reading.rows(statement).first() is not None


def seen(reading: Reading, campaign_id: str) -> dict[str, Any]:
    """One campaign as the API shows it."""
    row = reading.one(select(*_COLUMNS).where(_C.c.id == campaign_id, within(reading.scope, _C.c.client_id)))
    shown = dump(row)
    with_senders(reading, [shown])
    return shown


_KEPT = Prepared(select(_C).where(_C.c.id == bindparam("campaign_id")), owner=_C.c.client_id)


def kept(reading: Reading, campaign_id: str) -> Mapping[str, Any]:
    """One campaign's row."""
    row = reading.one(_KEPT, campaign_id=campaign_id)
    return dict(row._mapping)


_SENDER_COLUMNS = [_A.c.id.label("account_id"), *(_A.c[name] for name in ("name", "status", "paused_at", "timezone"))]


def senders(reading: Reading, campaign_id: str) -> list[dict[str, Any]]:
    """The accounts that send for a campaign, and how they are."""
    rows = reading.rows(
        select(*_SENDER_COLUMNS, _CS.c.added_at)
        .join_from(_CS, _A, _A.c.id == _CS.c.account_id)
        .where(
            _CS.c.campaign_id == campaign_id,
            within(reading.scope, _CS.c.client_id),
            within(reading.scope, _A.c.client_id),
        )
        .order_by(_A.c.id)
    )
    return [dict(row._mapping) for row in rows]


def with_hours(reading: Reading, campaign_id: str) -> list[Mapping[str, Any]]:
    """Of the accounts that send for a campaign, those with working hours of their own."""
    rows = reading.rows(
        select(_A.c.id, _A.c.name, _A.c.timezone, _A.c.hours)
        .join_from(_CS, _A, _A.c.id == _CS.c.account_id)
        .where(_CS.c.campaign_id == campaign_id, _A.c.hours.is_not(None))
        .where(within(reading.scope, _CS.c.client_id), within(reading.scope, _A.c.client_id))
        .order_by(_A.c.id)
    )
    return [row._mapping for row in rows]


_SENDER_IDS = Prepared(
    select(_CS.c.campaign_id, _CS.c.account_id).where(_CS.c.campaign_id.in_(bindparam("campaign_ids", expanding=True))),
    owner=_CS.c.client_id,
)


def sender_ids(reading: Reading, campaign_ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Campaign → the accounts that send for it."""
    found: dict[str, set[str]] = {campaign_id: set() for campaign_id in campaign_ids}
    for row in reading.rows(_SENDER_IDS, campaign_ids=sorted(found)):
        found[row.campaign_id].add(row.account_id)
    return {campaign_id: frozenset(accounts) for campaign_id, accounts in found.items()}


def names_of_accounts(reading: Reading, client_id: str, account_ids: Iterable[str]) -> dict[str, str]:
    """The names of those of the accounts that are the client's."""
    rows = reading.rows(
        select(_A.c.id, _A.c.name).where(
            _A.c.id.in_(list(account_ids)), _A.c.client_id == client_id, within(reading.scope, _A.c.client_id)
        )
    )
    return {row.id: row.name for row in rows}


_VERSION_COLUMNS = [
    _V.c[name] for name in ("id", "campaign_id", "number", "steps", "used_at", "created_by", "created_at")
]

VERSIONS = Listing(
    name="sequence_versions",
    columns=_VERSION_COLUMNS,
    fields={"created_at": Field(_V.c.created_at, "instant")},
    sorts={"number": _V.c.number},
    default_sort="number",
    owner=_V.c.client_id,
    key=_V.c.id,
)


def versions_of(campaign_id: str) -> ColumnElement[bool]:
    """The condition that picks a campaign's versions."""
    return _V.c.campaign_id == campaign_id


def version(reading: Reading, campaign_id: str, number: int | None) -> dict[str, Any]:
    """One version of a campaign's sequence as the API shows it; with None, the one that holds."""
    if number is not None and not 0 < number <= _LARGEST_NUMBER:
        raise RapportError(NOT_FOUND)
    statement = select(*_VERSION_COLUMNS).where(versions_of(campaign_id), within(reading.scope, _V.c.client_id))
    if number is not None:
        statement = statement.where(_V.c.number == number)
    row = reading.one(statement.order_by(_V.c.number.desc()).limit(1))
    return dict(row._mapping)


def sequence(reading: Reading, campaign_id: str) -> sequences.Sequence:
    """The sequence that holds, as the rules read it."""
    row = reading.one(_NEWEST, campaign_id=campaign_id)
    return steps.sequence(row.id, row.number, row.steps)


_NEWEST = Prepared(
    select(_V.c.id, _V.c.number, _V.c.steps)
    .where(_V.c.campaign_id == bindparam("campaign_id"))
    .order_by(_V.c.number.desc())
    .limit(1),
    owner=_V.c.client_id,
)


def sequences_of(reading: Reading, campaign_id: str) -> list[sequences.Sequence]:
    """Every version of a campaign's sequence as the rules read it, the newest first."""
    statement = select(_V.c.id, _V.c.number, _V.c.steps).where(
        versions_of(campaign_id), within(reading.scope, _V.c.client_id)
    )
    rows = reading.rows(statement.order_by(_V.c.number.desc()))
    return [steps.sequence(row.id, row.number, row.steps) for row in rows]


def id_by_name(reading: Reading, *, client_id: str, name_key: str) -> str:
    """The campaign a client calls by this name."""
    statement = select(_C.c.id).where(
        _C.c.client_id == client_id, _C.c.name_key == name_key, within(reading.scope, _C.c.client_id)
    )
    found = reading.rows(statement).scalar()
    if found is None:
        raise RapportError(NOT_FOUND)
    return str(found)


def a_lead(lead_id: str) -> Audience:
    """Picks one lead."""
    return _L.c.id == lead_id


def tagged(scope: Scope, tag: str) -> Audience:
    """Picks the leads that have a tag."""
    return _L.c.id.in_(select(_T.c.lead_id).where(_T.c.tag == tag, within(scope, _T.c.client_id)))


def leads(reading: Reading, client_id: str, audience: Audience) -> Iterator[Mapping[str, Any]]:
    """What is known of a client's leads that an audience picks, as far as texts may name it; only their ids are all in
    memory, for an audience is asked once: of a large campaign it takes longer than to read a piece of its leads.
    """
    ids = list(reading.rows(select(_L.c.id).where(*_live(reading, client_id), audience).order_by(_L.c.id)).scalars())
    for start in range(0, len(ids), _A_CHUNK):
        for row in reading.rows(_SOME_LEADS, lead_ids=ids[start : start + _A_CHUNK]):
            yield row._mapping


_SOME_LEADS = Prepared(
    select(*_LEAD_COLUMNS).where(_L.c.id.in_(bindparam("lead_ids", expanding=True))).order_by(_L.c.id),
    owner=_L.c.client_id,
)


def concerned(
    reading: Reading, client_id: str, audience: Audience, *, sample: int
) -> tuple[int, list[Mapping[str, Any]]]:
    """How many of a client's leads an audience picks, and some of them."""
    where = (*_live(reading, client_id), audience)
    count = int(reading.rows(select(func.count()).select_from(_L).where(*where)).scalar_one())
    some = reading.rows(select(*_LEAD_COLUMNS).where(*where).order_by(_L.c.id).limit(sample)) if count else ()
    return count, [row._mapping for row in some]


def _live(reading: Reading, client_id: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions that pick a client's leads who are still themselves."""
    return (
        _L.c.client_id == client_id,
        within(reading.scope, _L.c.client_id),
        _L.c.erased_at.is_(None),
        _L.c.merged_into_id.is_(None),
    )
