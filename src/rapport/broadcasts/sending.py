"""Sending a broadcast, step by step: its audience is written down, then batch after batch leaves.

The bytes of a batch are stored with its key and the instant of its first call before it leaves, so that whoever comes
after a crash or a time-out repeats the same call, which to the provider is the same batch. One whose key may be
forgotten is looked up by the tag of its first mail, and never sent blind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import update

from rapport.broadcasts import audience, events, queries
from rapport.broadcasts.keeping import get, tell
from rapport.broadcasts.models import Broadcast, BroadcastBatch, BroadcastMail
from rapport.broadcasts.wording import TAG, Unworded, variants_of, worded
from rapport.broadcasts.words import BatchStatus, BroadcastStatus, Exclusion, MailStatus
from rapport.flags.names import Feature
from rapport.flags.queries import is_on
from rapport.jobs.registry import Again
from rapport.kernel.bulk import insert_rows
from rapport.kernel.crypto import Keys
from rapport.kernel.tx import Reading, Tx
from rapport.leads.facts import leads as known_leads
from rapport.outbox import pacing
from rapport.outbox.words import Channel, MailTopic
from rapport.people import queries as people
from rapport.ports.carriers import BatchCarried, Bulk, Failed, PutOff, Refused
from rapport.reports import opting

AT_ONCE = 100
"""As many as the provider takes in one call."""
REMEMBERED = timedelta(hours=23)
"""How long the provider knows a batch by its key: it says 24 hours."""
_LOOK_AGAIN = timedelta(minutes=5)
_PACE = Channel.EMAIL.value
_M = BroadcastMail.__table__
Result = Mapping[str, Any] | Again


@dataclass(frozen=True, slots=True)
class Way:
    """What sending needs of the deployment."""

    bulk: Bulk | None
    """None where no mail provider is set up."""
    keys: Keys
    sender: str
    public_url: str
    interval: timedelta
    """Between two calls to the provider."""
    off: Collection[str]


@dataclass(frozen=True, slots=True)
class Looked:
    """Whether a batch of old had left."""

    was_taken: bool


Came = BatchCarried | Refused | PutOff | Looked | None


class UnansweredError(Exception):
    """No good answer came: the same bytes go again under the same key."""


def call(reading: Reading, broadcast_id: str, progress: Mapping[str, Any], *, way: Way) -> Came:
    """Make the call that the step before announced."""
    if way.bulk is None:
        return None
    row, batch = queries.status_of(reading, broadcast_id), queries.ready_batch(reading, broadcast_id)
    if batch is None or batch.called_at is None:
        return None
    goes_on = row.status == BroadcastStatus.SENDING.value
    if not goes_on or batch.called_at + REMEMBERED <= reading.now:
        return _looked(reading, batch, way.bulk)
    if progress.get("call") != batch.id:
        return None
    came = way.bulk.carry_batch(bytes(batch.body), key=batch.key, now=reading.now)
    if isinstance(came, Failed):
        raise UnansweredError(came.code)
    return came


def _looked(reading: Reading, batch: Any, bulk: Bulk) -> Looked:
    first = queries.in_batch(reading, batch.id)[0]
    found = bulk.was_taken(first.email, (TAG, first.id), since=batch.called_at - timedelta(minutes=1))
    if isinstance(found, Failed):
        raise UnansweredError(found.code)
    return Looked(found)


def step(tx: Tx, broadcast_id: str, came: Came, *, way: Way) -> Result:
    """Write what came of the call, and make the next ready."""
    broadcast = get(tx, broadcast_id)
    if came is not None:
        _settle(tx, broadcast, came)
    if isinstance(came, PutOff):
        return Again({"step": "wait"}, at=came.until)
    if broadcast.status == BroadcastStatus.FREEZING.value:
        return _freeze(tx, broadcast)
    if broadcast.status != BroadcastStatus.SENDING.value:
        return _halt(tx, broadcast)
    if way.bulk is None:
        broadcast.status = BroadcastStatus.PAUSED.value
        return {"status": broadcast.status, "error": "email_not_set_up"}
    if not is_on(tx, Feature.BROADCASTS, broadcast.client_id, off=way.off):
        return Again({"step": f"flag {Feature.BROADCASTS.value}"}, at=tx.now + _LOOK_AGAIN)
    return _announce(tx, broadcast, way)


def _freeze(tx: Tx, broadcast: Broadcast) -> Again:
    """Write down the next of the audience, with why some of it gets nothing."""
    after = queries.last_frozen(tx, broadcast.id)
    until = broadcast.dispatched_at or tx.now
    ids = queries.next_leads(
        tx, broadcast.client_id, broadcast.audience, after=after, limit=audience.AT_ONCE, until=until
    )
    emails = [each.row["email"].lower() for each in known_leads(tx, ids).values() if each.row["email"]]
    taken = queries.addresses_of(tx, broadcast.id, emails)
    blank = dict.fromkeys(column.name for column in _M.c)
    rows = [
        {
            **blank,
            "id": tx.new_id(),
            "client_id": broadcast.client_id,
            "broadcast_id": broadcast.id,
            "lead_id": lead_id,
            "email": email if why is None else None,
            "status": (MailStatus.PENDING if why is None else MailStatus.EXCLUDED).value,
            "reason": why.value if why is not None else None,
            "created_at": tx.now,
        }
        for lead_id, email, why in audience.frozen(tx, broadcast.client_id, ids, taken=taken)
    ]
    insert_rows(tx, _M, rows)
    tx.touch(broadcast.client_id)
    if len(ids) < audience.AT_ONCE:
        broadcast.status, broadcast.updated_at = BroadcastStatus.SENDING.value, tx.now
        found = queries.figures(tx, broadcast.id)
        tell(tx, broadcast, events.FROZEN, recipients=found["pending"], excluded=found["excluded"])
    return Again({"step": "freeze"})


def _announce(tx: Tx, broadcast: Broadcast, way: Way) -> Result:
    """Say, before it is made, that the next call is made: only then may a batch leave."""
    found = queries.ready_batch(tx, broadcast.id)
    batch_id = found.id if found is not None else _batch(tx, broadcast, way)
    if batch_id is None:
        if queries.waiting(tx, broadcast.id, 1):
            return Again({"step": "batch"})  # all of those who were next are left out by now
        return _finish(tx, broadcast)
    if not pacing.take(tx, _PACE, way.interval):
        return Again({"step": "pace"}, at=pacing.free_at(tx, _PACE))
    batch = tx.session.get_one(BroadcastBatch, batch_id)
    batch.called_at = batch.called_at or tx.now
    batch.attempts += 1
    return Again({"step": "call", "call": batch_id, "batch": batch.number})


def _batch(tx: Tx, broadcast: Broadcast, way: Way) -> str | None:
    """Put the next mails into a batch, byte by byte as they leave; None when none of the next may go."""
    waiting = queries.waiting(tx, broadcast.id, AT_ONCE)
    known = known_leads(tx, [each.lead_id for each in waiting])
    judged = audience.judged(tx, broadcast.client_id, known)
    variants = variants_of(broadcast.variants)
    client = str(people.client(tx, broadcast.client_id)["name"])
    batch_id, said, placed = tx.new_id(), [], []
    for mail in waiting:
        lead = known[mail.lead_id].row
        why = judged[mail.lead_id]
        if why is None and lead["email"].lower() != mail.email:
            why = Exclusion.GONE  # the address that was frozen is this person's no more
        if why is not None:
            _exclude(tx, mail.id, why.value, None)
            continue
        link = opting.address(way.public_url, way.keys, broadcast.client_id, mail.email, MailTopic.BROADCASTS)
        made = worded(
            variants,
            lead,
            broadcast_id=broadcast.id,
            client=client,
            sender=way.sender,
            mail_id=mail.id,
            opt_out=link,
        )
        if isinstance(made, Unworded):
            _exclude(tx, mail.id, made.reason, made.variant)
            continue
        said.append(made.said)
        placed.append((mail.id, made.variant))
    if not placed:
        return None
    key = hashlib.sha256("\x1f".join([batch_id, *(mail_id for mail_id, _ in placed)]).encode()).hexdigest()
    tx.session.add(
        BroadcastBatch(
            id=batch_id,
            client_id=broadcast.client_id,
            broadcast_id=broadcast.id,
            number=queries.next_number(tx, broadcast.id),
            key=key,
            body=orjson.dumps(said),
            status=BatchStatus.READY.value,
            attempts=0,
            created_at=tx.now,
        )
    )
    tx.session.flush()
    for place, (mail_id, variant) in enumerate(placed):
        mail = tx.session.get_one(BroadcastMail, mail_id)
        mail.status, mail.batch_id, mail.place, mail.variant = MailStatus.BATCHED.value, batch_id, place, variant
    tx.session.flush()
    return batch_id


def _exclude(tx: Tx, mail_id: str, reason: str, variant: str | None) -> None:
    mail = tx.session.get_one(BroadcastMail, mail_id)
    mail.status, mail.reason, mail.variant = MailStatus.EXCLUDED.value, reason, variant


def _settle(tx: Tx, broadcast: Broadcast, came: BatchCarried | Refused | PutOff | Looked) -> None:
    found = queries.ready_batch(tx, broadcast.id)
    if found is None:
        return
    batch = tx.session.get_one(BroadcastBatch, found.id)
    match came:
        case BatchCarried(ids=ids, refused=refused):
            for place, mail in enumerate(queries.in_batch(tx, batch.id)):
                _left(tx, mail.id, ids[place] if place < len(ids) else None, refused.get(place), tx.now)
            _end(tx, batch, BatchStatus.SENT, None)
        case Looked(was_taken=True):
            for mail in queries.in_batch(tx, batch.id):
                _left(tx, mail.id, None, None, batch.called_at or tx.now)
            _end(tx, batch, BatchStatus.SENT, None)
        case Looked():
            batch.called_at = None  # it never arrived: its key is as good as new
        case PutOff(code=code, until=until, alarming=alarming):
            pacing.hold(tx, _PACE, until, code, channel=_PACE, alarming=alarming)
            batch.error = code[:200]
        case Refused(code=code):
            _give_back(tx, batch, code)
            broadcast.status, broadcast.updated_at = BroadcastStatus.PAUSED.value, tx.now
            tell(tx, broadcast, events.PAUSED, error=code)
    tx.session.flush()


def _left(tx: Tx, mail_id: str, provider_id: str | None, refused: str | None, at: datetime) -> None:
    mail = tx.session.get_one(BroadcastMail, mail_id)
    if refused is not None:
        mail.status, mail.reason = MailStatus.FAILED.value, refused[:200]
        return
    mail.status, mail.sent_at = MailStatus.SENT.value, at
    mail.provider_id = mail.provider_id or provider_id


def _halt(tx: Tx, broadcast: Broadcast) -> Result:
    """It was paused or cancelled: what certainly has not left is taken back, what may have is looked up first."""
    found = queries.ready_batch(tx, broadcast.id)
    if found is not None and found.called_at is not None:
        return Again({"step": "look"})
    if found is not None:
        _give_back(tx, tx.session.get_one(BroadcastBatch, found.id), broadcast.status)
    if broadcast.status == BroadcastStatus.CANCELLED.value:
        tx.session.execute(
            update(BroadcastMail)
            .where(BroadcastMail.broadcast_id == broadcast.id, BroadcastMail.status == MailStatus.PENDING.value)
            .values(status=MailStatus.EXCLUDED.value, reason=Exclusion.CANCELLED.value)
            .execution_options(synchronize_session=False)
        )
    return {"status": broadcast.status}


def _give_back(tx: Tx, batch: BroadcastBatch, why: str) -> None:
    """The mails of a batch that did not leave wait again."""
    tx.session.execute(
        update(BroadcastMail)
        .where(BroadcastMail.batch_id == batch.id)
        .values(status=MailStatus.PENDING.value, batch_id=None, place=None)
        .execution_options(synchronize_session=False)
    )
    _end(tx, batch, BatchStatus.FAILED, why)


def _end(tx: Tx, batch: BroadcastBatch, status: BatchStatus, error: str | None) -> None:
    batch.status, batch.settled_at = status.value, tx.now
    batch.error = error[:200] if error is not None else None


def _finish(tx: Tx, broadcast: Broadcast) -> Result:
    found = queries.figures(tx, broadcast.id)
    broadcast.status, broadcast.finished_at, broadcast.updated_at = BroadcastStatus.SENT.value, tx.now, tx.now
    tell(tx, broadcast, events.FINISHED, sent=found["sent"], failed=found["failed"])
    return {"status": broadcast.status, "sent": found["sent"], "failed": found["failed"]}
