"""Settling an attempt: what became of the delivery, written if and only if its lease still holds.

The token is the fence: a worker that slept through its lease writes nothing. A receiver that refuses is left alone, one
that fails is tried again on its schedule, and what is put off costs no attempt but cannot go on for longer than a day.
A trouble of the whole channel is told in the agency's log, once a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import assert_never

from sqlalchemy import select

from rapport.kernel.tx import Tx
from rapport.outbox import events, health, pacing
from rapport.outbox.claim import Claimed
from rapport.outbox.ending import connection_of, dead, end
from rapport.outbox.models import Connection, Delivery, DeliveryAttempt
from rapport.outbox.words import AWAITED, OPEN, AttemptOutcome, DeliveryStatus
from rapport.outbox.write import DUE
from rapport.ports.carriers import Carried, Failed, Moved, Outcome, PutOff, Refused
from rapport.rules.delivering import Schedule, next_attempt

_LONGEST_WAIT = timedelta(hours=24)
_ERROR = 200
_MOST_MOVES = 3

_WORDS = {
    Carried: AttemptOutcome.CARRIED,
    Refused: AttemptOutcome.REFUSED,
    Failed: AttemptOutcome.FAILED,
    PutOff: AttemptOutcome.PUT_OFF,
    Moved: AttemptOutcome.MOVED,
}


def settle(tx: Tx, claimed: Claimed, outcome: Outcome, *, found: bool = False) -> bool:
    """Write what came of an attempt; False when its lease was lost, and then nothing is written."""
    row = _held(tx, claimed)
    if row is None:
        return False
    connection = connection_of(tx, row)
    _keep(tx, claimed, outcome, AttemptOutcome.FOUND if found else _WORDS[type(outcome)])
    match outcome:
        case Carried(provider_id=provider_id):
            end(tx, row, DeliveryStatus.SENT, None)
            row.provider_id, row.last_error = provider_id, None
            if row.event_type in AWAITED:
                said = {"channel": row.channel, "event_type": row.event_type, "delivery_id": row.id}
                tx.emit(events.CARRIED, client_id=row.client_id, data=said, conversation_id=row.conversation_id)
            if connection is not None:
                health.succeeded(connection, tx.now)
        case Refused(code=code):
            dead(tx, row, connection, code, refused=outcome)
        case Failed(code=code, uncertain=uncertain):
            if uncertain:
                row.uncertain_since = row.uncertain_since or _began(tx, claimed)
            _again_or_dead(tx, row, connection, code, outcome.asked)
        case PutOff(code=code, until=until):
            _put_off(tx, row, connection, outcome, code, until)
        case Moved(code=code, recipient=recipient):
            _moved(tx, row, connection, code, recipient)
        case _:
            assert_never(outcome)
    return True


def skip(tx: Tx, claimed: Claimed, reason: str) -> bool:
    """Nobody can carry it: it is kept with the reason, and its attempt was none."""
    row = _held(tx, claimed)
    if row is None:
        return False
    attempt = tx.session.get_one(DeliveryAttempt, (row.id, claimed.n))
    tx.session.delete(attempt)
    row.attempts -= 1
    row.tries -= 1
    end(tx, row, DeliveryStatus.SKIPPED, reason)
    return True


def _held(tx: Tx, claimed: Claimed) -> Delivery | None:
    return tx.session.execute(
        select(Delivery)
        .where(Delivery.id == claimed.delivery_id, Delivery.lease_token == claimed.token, Delivery.status.in_(OPEN))
        .with_for_update(key_share=True)
    ).scalar()


def _began(tx: Tx, claimed: Claimed) -> datetime:
    return tx.session.get_one(DeliveryAttempt, (claimed.delivery_id, claimed.n)).started_at


def _keep(tx: Tx, claimed: Claimed, outcome: Outcome, word: AttemptOutcome) -> None:
    attempt = tx.session.get_one(DeliveryAttempt, (claimed.delivery_id, claimed.n))
    attempt.ended_at, attempt.outcome = tx.now, word.value
    attempt.http_status, attempt.response_excerpt = outcome.status, outcome.excerpt
    attempt.error = None if isinstance(outcome, Carried) else outcome.code[:_ERROR]


def _again(tx: Tx, row: Delivery, at: datetime, code: str) -> None:
    row.status, row.next_attempt_at, row.lease_token = DeliveryStatus.RETRY.value, at, None
    row.last_error = code[:_ERROR]
    if at <= tx.now:
        tx.signal(DUE)


def _again_or_dead(tx: Tx, row: Delivery, connection: Connection | None, code: str, asked: timedelta | None) -> None:
    jitter = tx.chance.stream("delivery", row.id, row.tries).random()
    at = next_attempt(tx.now, attempts=row.attempts, schedule=Schedule(row.schedule), jitter=jitter, asked=asked)
    if at is None:
        dead(tx, row, connection, code)
    else:
        _again(tx, row, at, code)


def _put_off(tx: Tx, row: Delivery, connection: Connection | None, outcome: PutOff, code: str, until: datetime) -> None:
    row.attempts -= 1
    pacing.hold(tx, row.pace_key, until, code, channel=row.channel, alarming=outcome.alarming)
    if tx.now - row.queued_at >= _LONGEST_WAIT:
        dead(tx, row, connection, code)
    else:
        _again(tx, row, until, code)


def _moved(tx: Tx, row: Delivery, connection: Connection | None, code: str, recipient: str) -> None:
    """Try it at its new address at once; what is written later goes there by itself."""
    if row.tries > _MOST_MOVES:
        dead(tx, row, connection, code)
        return
    row.attempts -= 1
    row.recipient = recipient
    if connection is not None:
        connection.address = recipient
    _again(tx, row, tx.now, code)
