"""Reading queues, how many conversations are where, and who takes which."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, func, literal, or_, select

from rapport.conversations.models import Conversation, ConversationCount
from rapport.conversations.words import ConversationStatus
from rapport.inbox.models import Queue, Sharing, Taker
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.people.models import Membership, User

_C, _N, _U, _MEMBER = (each.__table__ for each in (Conversation, ConversationCount, User, Membership))
_Q, _S, _TAKER = (each.__table__ for each in (Queue, Sharing, Taker))
_NOBODY = ""


def queues(reading: Reading, client_id: str | None) -> list[dict[str, Any]]:
    """The queues in reach, or of one client."""
    mine = [_Q.c.client_id == client_id] if client_id is not None else []
    statement = select(_Q).where(*mine, within(reading.scope, _Q.c.client_id)).order_by(_Q.c.name_key, _Q.c.id)
    return [_queue(row) for row in reading.rows(statement)]


def queue(reading: Reading, queue_id: str) -> dict[str, Any]:
    """One queue."""
    row = reading.one(select(_Q).where(_Q.c.id == queue_id, within(reading.scope, _Q.c.client_id)))
    return _queue(row)


def _queue(row: Any) -> dict[str, Any]:
    return {key: value for key, value in row._mapping.items() if key != "name_key"}


def holds_any(reading: Reading, queue_id: str) -> bool:
    """Whether a conversation is in a queue."""
    mine = (_C.c.queue_id == queue_id, within(reading.scope, _C.c.client_id))
    return reading.rows(select(_C.c.id).where(*mine).limit(1)).first() is not None


def counts(reading: Reading, client_id: str | None) -> list[dict[str, Any]]:
    """How many conversations are where, by client, queue and assignee."""
    mine = [_N.c.client_id == client_id] if client_id is not None else []
    statement = select(_N).where(*mine, within(reading.scope, _N.c.client_id)).order_by(*list(_N.primary_key.columns))
    found = []
    for row in reading.rows(statement):
        shown = dict(row._mapping)
        shown["queue_id"], shown["assignee_id"] = shown["queue_id"] or None, shown["assignee_id"] or None
        if any(shown[name] for name in NUMBERS):
            found.append(shown)
    return found


NUMBERS = ("open", "snoozed", "closed", "unread", "waiting")


def member_name(reading: Reading, client_id: str, user_id: str) -> str | None:
    """The name of somebody who may work for a client: an agent who is its member, or an admin."""
    is_member = exists(
        select(literal(1)).where(
            _MEMBER.c.user_id == _U.c.id, _MEMBER.c.client_id == client_id, within(reading.scope, _MEMBER.c.client_id)
        )
    )
    may = or_(_U.c.role == "admin", (_U.c.role == "agent") & is_member)
    found: str | None = reading.rows(select(_U.c.name).where(_U.c.id == user_id, _U.c.active.is_(True), may)).scalar()
    return found


def assigned_to(reading: Reading, user_id: str, *, client_id: str | None = None) -> list[str]:
    """The conversations that somebody has, of one client or of all in reach."""
    mine = [_C.c.client_id == client_id] if client_id is not None else []
    statement = select(_C.c.id).where(_C.c.assignee_id == user_id, *mine, within(reading.scope, _C.c.client_id))
    return list(reading.rows(statement.order_by(_C.c.client_id, _C.c.id)).scalars())


def sharing(reading: Reading, client_id: str) -> dict[str, Any]:
    """How a client's conversations are shared out; the defaults where nobody said anything."""
    row = reading.rows(select(_S).where(_S.c.client_id == client_id, within(reading.scope, _S.c.client_id))).first()
    statement = (
        select(_TAKER.c.user_id, _U.c.name, _TAKER.c.capacity, _TAKER.c.is_away)
        .join(_U, _U.c.id == _TAKER.c.user_id)
        .where(_TAKER.c.client_id == client_id, within(reading.scope, _TAKER.c.client_id))
        .order_by(_U.c.name, _U.c.id)
    )
    busy = open_by_assignee(reading, client_id)
    takers = [{**each._mapping, "open": busy.get(each.user_id, 0)} for each in reading.rows(statement)]
    found = {"in_turn": row.in_turn, "capacity": row.capacity} if row is not None else {}
    return {"client_id": client_id, "in_turn": False, "capacity": 30} | found | {"takers": takers}


def open_by_assignee(reading: Reading, client_id: str) -> dict[str, int]:
    """How many open conversations of a client each person has."""
    statement = (
        select(_N.c.assignee_id, func.sum(_N.c.open))
        .where(_N.c.client_id == client_id, _N.c.assignee_id != _NOBODY, within(reading.scope, _N.c.client_id))
        .group_by(_N.c.assignee_id)
    )
    return {row[0]: int(row[1]) for row in reading.rows(statement)}


def unclaimed(reading: Reading, client_id: str, *, limit: int) -> list[str]:
    """The open conversations of a client in which somebody waits and that are nobody's, the longest waiting first."""
    statement = (
        select(_C.c.id)
        .where(
            _C.c.client_id == client_id,
            _C.c.assignee_id.is_(None),
            _C.c.waiting_since.is_not(None),
            _C.c.status == ConversationStatus.OPEN.value,
            within(reading.scope, _C.c.client_id),
        )
        .order_by(_C.c.waiting_since, _C.c.id)
        .limit(limit)
    )
    return list(reading.rows(statement).scalars())
