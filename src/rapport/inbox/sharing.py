"""Whose a conversation is: given by hand, put into a queue, or dealt out in turn to whoever has room.

Somebody is dealt a conversation only while they have fewer open ones than they take; what nobody has room for stays
nobody's until somebody has. Where all have room, whoever was dealt one longest ago is next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from rapport.conversations import standing
from rapport.inbox import events
from rapport.inbox.models import Queue, Sharing, Taker
from rapport.inbox.queries import queues
from rapport.kernel import locks
from rapport.kernel.errors import NOT_FOUND, QUEUE_ALREADY_EXISTS, QUEUE_IN_USE, RapportError, field_error
from rapport.kernel.tx import Tx
from rapport.rules.dealing import Hand, next_hand

DEFAULT_CAPACITY = 30
NOBODY = "nobody"
_AT_ONCE = 100


def assign(tx: Tx, conversation_id: str, user_id: str | None, *, version: int | None = None) -> None:
    """Give a conversation to somebody who works for its client, or with None to nobody."""
    conversation = standing.hold(tx, conversation_id, version=version)
    name: str | None = NOBODY
    if user_id is not None:
        name = queues.member_name(tx, conversation.client_id, user_id)
        if name is None:
            raise field_error("assignee_id", "It names nobody who may work for this client.")
    standing.assign(tx, conversation, user_id, name=name)


def put(tx: Tx, conversation_id: str, queue_id: str | None, *, version: int | None = None) -> None:
    """Put a conversation into a queue of its client, or with None into none."""
    conversation = standing.hold(tx, conversation_id, version=version)
    found = _find(tx, queue_id) if queue_id is not None else None
    if queue_id is not None and (found is None or found.client_id != conversation.client_id):
        raise field_error("queue_id", "It names no queue of this client.")
    standing.put_into(tx, conversation, queue_id, name=found.name if found is not None else "none")


# Queues


def make_queue(tx: Tx, client_id: str, name: str) -> str:
    """Add a queue."""
    made = Queue(id=tx.new_id(), client_id=client_id, created_at=tx.now)
    _name(tx, made, name)
    tx.emit(events.QUEUE_CREATED, client_id=client_id, data={"name": made.name, "queue_id": made.id})
    return made.id


def rename_queue(tx: Tx, queue: Queue, name: str) -> None:
    """Call a queue otherwise."""
    before = queue.name
    if name.strip() != before:
        _name(tx, queue, name)
        data = {"name": queue.name, "before": before, "queue_id": queue.id}
        tx.emit(events.QUEUE_RENAMED, client_id=queue.client_id, data=data)


def remove_queue(tx: Tx, queue: Queue) -> None:
    """Take an empty queue away."""
    locks.take(tx, "conversations", queue.client_id)  # nobody puts anything into it meanwhile
    if queues.holds_any(tx, queue.id):
        raise RapportError(QUEUE_IN_USE)
    tx.session.delete(queue)
    tx.emit(events.QUEUE_REMOVED, client_id=queue.client_id, data={"name": queue.name, "queue_id": queue.id})


def queue(tx: Tx, queue_id: str) -> Queue:
    """A queue to be changed."""
    found = _find(tx, queue_id)
    if found is None:
        raise RapportError(NOT_FOUND)
    return found


def _find(tx: Tx, queue_id: str) -> Queue | None:
    return tx.session.execute(select(Queue).where(Queue.id == queue_id)).scalar()


def _name(tx: Tx, queue: Queue, name: str) -> None:
    queue.name, queue.name_key = name.strip(), name.strip().casefold()[:80]
    try:
        with tx.session.begin_nested():
            tx.session.add(queue)
    except IntegrityError:
        raise RapportError(QUEUE_ALREADY_EXISTS) from None


# In turn


def arrange(tx: Tx, client_id: str, *, in_turn: bool, capacity: int, takers: Iterable[Mapping[str, Any]]) -> None:
    """Say whether a client's conversations are dealt out, and to whom; then deal what waits."""
    locks.take(tx, "conversations", client_id)
    kept = tx.session.get(Sharing, client_id)
    if kept is None:
        tx.session.add(Sharing(client_id=client_id, in_turn=in_turn, capacity=capacity))
    else:
        kept.in_turn, kept.capacity = in_turn, capacity
    turns = {row.user_id: row.turn for row in _takers(tx, client_id)}
    tx.session.execute(delete(Taker).where(Taker.client_id == client_id))
    named: set[str] = set()
    for number, each in enumerate(takers):
        user_id = each["user_id"]
        if user_id in named or queues.member_name(tx, client_id, user_id) is None:
            raise field_error(f"takers.{number}.user_id", "It must name somebody who works for this client, once.")
        named.add(user_id)
        turn = turns.get(user_id, 0)
        row = {"client_id": client_id, "user_id": user_id, "capacity": each["capacity"], "is_away": each["is_away"]}
        tx.session.add(Taker(**row, turn=turn))
    tx.touch(client_id)
    tx.emit(events.SHARING_CHANGED, client_id=client_id, data={"in_turn": in_turn, "takers": len(named)})
    tx.session.flush()  # dealing reads who takes
    deal(tx, client_id)


def deal(tx: Tx, client_id: str) -> int:
    """Give away what is nobody's and waits for an answer, the longest waiting first; answers how much."""
    kept = tx.session.get(Sharing, client_id)
    if kept is None or not kept.in_turn:
        return 0
    locks.take(tx, "conversations", client_id)
    takers = {row.user_id: row for row in _takers(tx, client_id) if not row.is_away}
    busy = queues.open_by_assignee(tx, client_id)
    dealt = 0
    for conversation_id in queues.unclaimed(tx, client_id, limit=_AT_ONCE):
        hands = [
            Hand(user_id, row.turn, busy.get(user_id, 0), kept.capacity if row.capacity is None else row.capacity)
            for user_id, row in takers.items()
        ]
        chosen = next_hand(hands)
        name = queues.member_name(tx, client_id, chosen) if chosen is not None else None
        if chosen is None:
            break
        if name is None:  # not a member any more: never asked again in this round
            del takers[chosen]
            continue
        standing.assign(tx, standing.hold(tx, conversation_id), chosen, name=name)
        takers[chosen].turn = 1 + max(row.turn for row in takers.values())
        busy[chosen] = busy.get(chosen, 0) + 1
        dealt += 1
    return dealt


def _takers(tx: Tx, client_id: str) -> list[Taker]:
    found = tx.session.execute(select(Taker).where(Taker.client_id == client_id).order_by(Taker.user_id))
    return list(found.scalars())


def give_back(tx: Tx, user_id: str, *, client_id: str | None = None) -> int:
    """Let what somebody has be nobody's again, of one client or of all: they do not work there any more."""
    ids = queues.assigned_to(tx, user_id, client_id=client_id)
    for conversation_id in ids:
        standing.assign(tx, standing.hold(tx, conversation_id), None, name=NOBODY)
    return len(ids)
