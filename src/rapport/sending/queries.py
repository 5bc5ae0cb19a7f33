"""Reading actions: for those who carry them out, and for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from rapport.accounts.models import Account, AccountStatus
from rapport.campaigns.models import Campaign
from rapport.enrollments.models import Enrollment, Line
from rapport.kernel.db import is_one_of
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading
from rapport.leads.forbidden import NOTHING, Looked, Target, entry_against
from rapport.leads.models import Lead, Relation, RelationState
from rapport.leads.naming import NAMED, named
from rapport.rules.sequences import StepKind
from rapport.rules.statuses import CampaignState
from rapport.sending.models import THE_ONE, Action, Scheduler, in_states
from rapport.sending.states import OPEN, Origin, State, Wanted

_A = Action.__table__
_S = Scheduler.__table__
_L = Lead.__table__
_ACCOUNT = Account.__table__
_C = Campaign.__table__
_E = Enrollment.__table__
_LINE = Line.__table__
_R = Relation.__table__
_HIDDEN = ("owner", "lease_until", "call_before")
_COLUMNS = [column for column in _A.c if column.name not in _HIDDEN]


def about(row: Mapping[str, Any], *, lead: str, account: str) -> dict[str, Any]:
    """What every event of an action says of it."""
    return {
        "action_id": row["id"],
        "kind": row["kind"],
        "step": row["step_key"],
        "variant": row["variant"],
        "origin": row["origin"],
        "lead": lead,
        "account": account,
    }


def subject(row: Mapping[str, Any]) -> dict[str, str | None]:
    """The rows an event of an action is about."""
    names = ("enrollment_id", "lead_id", "campaign_id", "account_id", "conversation_id")
    return {name: row[name] for name in names}


def open_invitations(reading: Reading, account_ids: Iterable[str]) -> dict[str, int]:
    """Account → invitations on their way or uncertain: they take up room as pending ones do."""
    found = reading.rows(_OPEN_INVITATIONS, account_ids=sorted(account_ids))
    return {row.account_id: row.open for row in found}


_OPEN_INVITATIONS = Prepared(
    select(_A.c.account_id, func.count().label("open"))
    .where(
        _A.c.account_id.in_(bindparam("account_ids", expanding=True)),
        _A.c.kind == StepKind.INVITE.value,
        in_states(State.READY, *OPEN),
        _A.c.state != State.READY.value,
    )
    .group_by(_A.c.account_id),
    owner=_A.c.client_id,
)


def names_of(reading: Reading, row: Mapping[str, Any]) -> tuple[str, str]:
    """The lead and the account of an action, as the timeline names them; asked, unless its row came with them."""
    if "account_name" in row:
        lead = named({name: row[name] for name in _NAMES}) if row["lead_id"] is not None else ""
        return lead, row["account_name"]
    statement = (
        select(_ACCOUNT.c.name.label("account"), *NAMED)
        .outerjoin(_L, (_L.c.id == row["lead_id"]) & (_L.c.client_id == _ACCOUNT.c.client_id))
        .where(_ACCOUNT.c.id == row["account_id"], within(reading.scope, _ACCOUNT.c.client_id))
    )
    found = reading.rows(statement).first()
    if found is None:
        return "", ""
    return (named(dict(found._mapping)) if row["lead_id"] is not None else ""), found.account


_NAMES = tuple(column.name for column in NAMED)
WITH_NAMES = (
    select(_A, _ACCOUNT.c.name.label("account_name"), _L.c.erased_at.label("lead_erased_at"), *NAMED)
    .join(_ACCOUNT, (_ACCOUNT.c.id == _A.c.account_id) & (_ACCOUNT.c.client_id == _A.c.client_id))
    .outerjoin(_L, (_L.c.id == _A.c.lead_id) & (_L.c.client_id == _A.c.client_id))
)
"""Actions with what `names_of` asks."""


def enrollments_of(reading: Reading, *, lead_id: str, account_id: str) -> list[str]:
    """A lead's enrollments under way with one sender."""
    statement = (
        select(_E.c.id)
        .where(_E.c.lead_id == lead_id, _E.c.account_id == account_id, _E.c.ended_at.is_(None))
        .where(within(reading.scope, _E.c.client_id))
        .order_by(_E.c.id)
    )
    return list(reading.rows(statement).scalars())


def called(reading: Reading, action_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]] | None:
    """An action with the rows of its lead (empty without one) and of its account."""
    action = reading.rows(select(_A).where(_A.c.id == action_id, within(reading.scope, _A.c.client_id))).first()
    if action is None:
        return None
    account = reading.rows(
        select(_ACCOUNT).where(_ACCOUNT.c.id == action.account_id, within(reading.scope, _ACCOUNT.c.client_id))
    ).one()
    lead = None
    if action.lead_id is not None:
        lead = reading.rows(select(_L).where(_L.c.id == action.lead_id, within(reading.scope, _L.c.client_id))).first()
    return action._mapping, ({} if lead is None else lead._mapping), account._mapping


def invitation_id(reading: Reading, *, account_id: str, lead_id: str) -> str | None:
    """The provider's id of the invitation that an account has pending with a lead, if it told us."""
    statement = select(_R.c.invitation_id).where(
        _R.c.account_id == account_id, _R.c.lead_id == lead_id, within(reading.scope, _R.c.client_id)
    )
    found: str | None = reading.rows(statement).scalar()
    return found


def answered_by(reading: Reading, lead_id: str, enrollment_id: str, at: datetime) -> Mapping[str, Any] | None:
    """The step that a word of a person answers: the last one before it that was said to them, or may have been."""
    found = reading.rows(_ANSWERED, lead_id=lead_id, enrollment_id=enrollment_id, at=at).first()
    return None if found is None else found._mapping


def accepted_by(reading: Reading, lead_id: str, account_id: str) -> Mapping[str, Any] | None:
    """The campaign's invitation that an acceptance answers: the last one by that account that was sent, or may be."""
    found = reading.rows(_ACCEPTED, lead_id=lead_id, account_id=account_id).first()
    return None if found is None else found._mapping


_MAY_HAVE_ARRIVED = in_states(State.SENT, State.CALLING, State.UNCERTAIN)
_SPEAKING = sorted(kind.value for kind in StepKind if kind.speaks)
_STEP_SENT = (
    select(_A.c.enrollment_id, _A.c.campaign_id, _A.c.step_key, _A.c.variant, _A.c.claimed_at)
    .where(_A.c.lead_id == bindparam("lead_id"), _MAY_HAVE_ARRIVED)
    .order_by(_A.c.claimed_at.desc(), _A.c.id.desc())
    .limit(1)
)
_ANSWERED = Prepared(
    _STEP_SENT.where(
        _A.c.enrollment_id == bindparam("enrollment_id"),
        is_one_of(_A.c.kind, *_SPEAKING),
        _A.c.claimed_at <= bindparam("at"),
    ),
    owner=_A.c.client_id,
)
_ACCEPTED = Prepared(
    _STEP_SENT.where(
        _A.c.account_id == bindparam("account_id"),
        _A.c.enrollment_id.is_not(None),
        _A.c.kind == StepKind.INVITE.value,
    ),
    owner=_A.c.client_id,
)


def about_the_step(step: Mapping[str, Any] | None) -> dict[str, str | None] | None:
    """What the event of an answer says of the step that was answered."""
    if step is None:
        return None
    return {"step": step["step_key"], "variant": step["variant"], "sent_at": step["claimed_at"].isoformat()}


def next_turn(reading: Reading) -> datetime | None:
    """When there is something to claim next, in a line or outside of any; None when time alone brings nothing, or
    nothing more is wanted.
    """
    found = reading.rows(_NEXT_TURN).one()
    if found.wanted is not None and found.wanted != Wanted.RUNNING.value:
        return None
    return min((at for at in (found.line, found.ready) if at is not None), default=None)


_NEXT_TURN = Prepared(
    select(
        select(_S.c.wanted).where(_S.c.id == THE_ONE).scalar_subquery().label("wanted"),
        select(func.min(_LINE.c.wakes_at, type_=_LINE.c.wakes_at.type))
        .where(_LINE.c.wakes_at.is_not(None))
        .scalar_subquery()
        .label("line"),
        select(func.min(_A.c.due_at, type_=_A.c.due_at.type))
        .where(in_states(State.READY))
        .scalar_subquery()
        .label("ready"),
    ),
    owner=None,
)
"""Of all clients: who sends looks after all of them."""


def in_flight(reading: Reading) -> int:
    """How many actions are claimed or being called."""
    return int(reading.rows(_IN_FLIGHT).scalar_one())


_IN_FLIGHT = Prepared(
    select(func.count()).select_from(_A).where(in_states(State.CLAIMED, State.CALLING)), owner=_A.c.client_id
)


def _base() -> Select[Any]:
    return (
        select(
            *_COLUMNS,
            *NAMED,
            _ACCOUNT.c.name.label("account"),
            _C.c.name.label("campaign"),
        )
        .join(_ACCOUNT, (_ACCOUNT.c.id == _A.c.account_id) & (_ACCOUNT.c.client_id == _A.c.client_id))
        .outerjoin(_L, (_L.c.id == _A.c.lead_id) & (_L.c.client_id == _A.c.client_id))
        .outerjoin(_C, (_C.c.id == _A.c.campaign_id) & (_C.c.client_id == _A.c.client_id))
    )


def dump(row: Any) -> dict[str, Any]:
    """One action as the API shows it."""
    shown = dict(row._mapping)
    name = named(shown)
    shown["lead"] = name if shown["lead_id"] is not None else None
    shown["needs_a_person"] = shown["state"] == State.UNCERTAIN.value and shown["read_at"] is None
    return shown


LISTING = Listing(
    name="actions",
    columns=_COLUMNS,
    fields={
        "client_id": Field(_A.c.client_id, "id"),
        "account_id": Field(_A.c.account_id, "id"),
        "campaign_id": Field(_A.c.campaign_id, "id"),
        "enrollment_id": Field(_A.c.enrollment_id, "id"),
        "lead_id": Field(_A.c.lead_id, "id"),
        "state": Field(_A.c.state, "word", tuple(state.value for state in State)),
        "kind": Field(_A.c.kind, "word", tuple(kind.value for kind in StepKind if kind.acts)),
        "origin": Field(_A.c.origin, "word", tuple(origin.value for origin in Origin)),
        "created_at": Field(_A.c.created_at, "instant"),
        "settled_at": Field(_A.c.settled_at, "instant"),
    },
    sorts={"created_at": _A.c.created_at, "id": _A.c.id},
    default_sort="created_at",
    owner=_A.c.client_id,
    key=_A.c.id,
    dump=dump,
    base=_base,
)


def seen(reading: Reading, action_id: str) -> dict[str, Any]:
    """One action."""
    row = reading.one(_base().where(_A.c.id == action_id, within(reading.scope, _A.c.client_id)))
    return dump(row)


def why_not_now(reading: Reading, row: Mapping[str, Any], *, looked: Looked = NOTHING) -> str | None:
    """What has come between the claim of a campaign's action and its call, in a word; None when nothing has."""
    found = reading.rows(_OVERTAKEN, enrollment_id=row["enrollment_id"], account_id=row["account_id"]).first()
    if found is None:
        return "gone"
    words = {
        "sending_stopped": found.wanted == Wanted.STOPPED.value,
        "ended": found.ended_at is not None or found.replied_at is not None,
        "paused": found.paused_at is not None,
        "campaign_not_active": found.state != CampaignState.ACTIVE.value,
        "sender_not_ready": found.account_paused_at is not None or found.status != AccountStatus.OK.value,
    }
    target = Target(row["lead_id"], row["client_id"], found.company_key, found.email_domain)
    overtaken = next((word for word, is_so in words.items() if is_so), None)
    return overtaken or ("do_not_contact" if entry_against(reading, target, looked) else None)


_OVERTAKEN = Prepared(
    select(
        *(_E.c.ended_at, _E.c.paused_at, _E.c.replied_at, _C.c.state, _ACCOUNT.c.status),
        *(_ACCOUNT.c.paused_at.label("account_paused_at"), _L.c.company_key, _L.c.email_domain),
        select(_S.c.wanted).where(_S.c.id == THE_ONE).scalar_subquery().label("wanted"),
    )
    .join(_C, (_C.c.id == _E.c.campaign_id) & (_C.c.client_id == _E.c.client_id))
    .join(_ACCOUNT, (_ACCOUNT.c.id == bindparam("account_id")) & (_ACCOUNT.c.client_id == _E.c.client_id))
    .join(_L, (_L.c.id == _E.c.lead_id) & (_L.c.client_id == _E.c.client_id))
    .where(_E.c.id == bindparam("enrollment_id")),
    owner=_E.c.client_id,
)


def uncertain(reading: Reading) -> int:
    """How many actions nobody knows the end of."""
    return int(reading.rows(_UNCERTAIN).scalar_one())


_UNCERTAIN = Prepared(select(func.count()).select_from(_A).where(in_states(State.UNCERTAIN)), owner=_A.c.client_id)


def next_turns(reading: Reading) -> list[dict[str, Any]]:
    """When each sender is looked at next, and what it waits for."""
    statement = (
        select(
            _LINE.c.account_id,
            _ACCOUNT.c.name,
            func.min(_LINE.c.wakes_at, type_=_LINE.c.wakes_at.type).label("next_at"),
            func.count().label("lines"),
            func.min(_LINE.c.closed_by).label("closed_by"),
        )
        .join(_ACCOUNT, (_ACCOUNT.c.id == _LINE.c.account_id) & (_ACCOUNT.c.client_id == _LINE.c.client_id))
        .where(within(reading.scope, _LINE.c.client_id))
        .group_by(_LINE.c.account_id, _ACCOUNT.c.name)
        .order_by(_ACCOUNT.c.name, _LINE.c.account_id)
        .limit(500)
    )
    return [dict(row._mapping) for row in reading.rows(statement)]


def stale_invitations(reading: Reading, *, before: datetime, limit: int) -> list[Mapping[str, Any]]:
    """Invitations pending since before an instant whose withdrawal nobody has asked for yet, the oldest first."""
    wanted = (
        select(_A.c.id)
        .where(
            _A.c.account_id == _R.c.account_id,
            _A.c.lead_id == _R.c.lead_id,
            _A.c.client_id == _R.c.client_id,
            _A.c.kind == StepKind.WITHDRAW.value,
            in_states(State.READY, *OPEN),
        )
        .exists()
    )
    statement = (
        select(_R.c.client_id, _R.c.account_id, _R.c.lead_id, _R.c.invitation_id, _L.c.provider_id)
        .join(_L, (_L.c.id == _R.c.lead_id) & (_L.c.client_id == _R.c.client_id))
        .where(_R.c.state == RelationState.INVITED.value, _R.c.invited_at < before, ~wanted)
        .where(within(reading.scope, _R.c.client_id))
        .order_by(_R.c.invited_at, _R.c.account_id, _R.c.lead_id)
        .limit(limit)
    )
    return [row._mapping for row in reading.rows(statement)]
