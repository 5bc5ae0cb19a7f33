"""`Idempotency-Key`: the answer to a POST is kept in the transaction of its effect.

The same key with the same body gets the first answer again, byte for byte, marked `Idempotent-Replayed`;
with another body it is refused. On PostgreSQL a twin that arrives while the first still runs is told so; on
SQLite it waits for the writer's lock and then finds the answer. Answers 2xx and 4xx are kept, 5xx are not: a
caller must be able to heal.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from flask import Request, Response
from sqlalchemy import delete, func, or_, select

from rapport.http.bodies import body_bytes
from rapport.http.files import Upload
from rapport.http.models import IdempotencyKey
from rapport.kernel.crypto import Keys
from rapport.kernel.db import is_postgresql
from rapport.kernel.errors import (
    CONFLICT,
    IDEMPOTENCY_IN_PROGRESS,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED,
    RapportError,
)
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Tx

HEADER = "Idempotency-Key"
_PURPOSE = "idempotency"
KEPT = timedelta(hours=24)
_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")
_KEPT_HEADERS = ("Content-Type", "Location", "ETag", "Retry-After")


@dataclass(frozen=True, slots=True)
class Once:
    """One use of a key: by whom, where, and with which body."""

    caller: str
    route: str
    key: str
    body_hash: str
    kept: timedelta = KEPT
    """How long its answer is believed."""


def once_of(request: Request, principal: Principal, route: str, *, file: Upload | None) -> Once | None:
    """The key of a request, if it has one."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    checked(key)
    body = file.digest if file is not None else body_bytes(request)
    whole = hashlib.sha256(request.path.encode() + b"\0" + request.query_string + b"\0" + body)
    return Once(f"{principal.actor.type}:{principal.actor.id}", route[:200], key, whole.hexdigest())


def checked(key: str) -> str:
    """A key, if it is one."""
    if not _KEY.fullmatch(key):
        raise RapportError(IDEMPOTENCY_KEY_INVALID)
    return key


def recall(tx: Tx, once: Once, keys: Keys) -> Response | None:
    """The first answer, if there was one and it is not too old."""
    _hold(tx, once)
    kept = tx.session.get(IdempotencyKey, (once.caller, once.route, once.key))
    if kept is None:
        return None
    if _gone_at(kept) <= tx.now:
        tx.session.delete(kept)
        tx.session.flush()  # its successor has the same key
        return None
    if kept.body_hash != once.body_hash:
        raise RapportError(IDEMPOTENCY_KEY_REUSED)
    answer = Response(keys.open(kept.body, purpose=_PURPOSE), kept.status)
    answer.headers.clear()
    answer.headers.update(orjson.loads(kept.headers))
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def remember(tx: Tx, once: Once, answer: Response, keys: Keys) -> None:
    """Keep an answer; it is committed with the effect, or not at all. Sealed, for it may show a new secret."""
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    tx.session.add(
        IdempotencyKey(
            caller=once.caller,
            route=once.route,
            key=once.key,
            body_hash=once.body_hash,
            status=answer.status_code,
            headers=orjson.dumps(headers),
            body=keys.seal(answer.get_data(), purpose=_PURPOSE),
            created_at=tx.now,
            kept_until=tx.now + once.kept if once.kept != KEPT else None,
        )
    )


def purge(tx: Tx) -> int:
    """Drop the keys that are too old to be believed."""
    longer = IdempotencyKey.kept_until
    too_old = (IdempotencyKey.created_at <= tx.now - KEPT, or_(longer.is_(None), longer <= tx.now))
    gone = tx.session.execute(delete(IdempotencyKey).where(*too_old))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _gone_at(kept: IdempotencyKey) -> datetime:
    return kept.kept_until or kept.created_at + KEPT


def _hold(tx: Tx, once: Once) -> None:
    """Let no twin run beside us (PostgreSQL; SQLite's writers are alone anyway)."""
    connection = tx.session.connection()
    if not is_postgresql(connection):
        return
    name = f"{once.caller}\0{once.route}\0{once.key}".encode()
    lock = int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big", signed=True)
    if not tx.session.execute(select(func.pg_try_advisory_xact_lock(lock))).scalar():
        raise RapportError(IDEMPOTENCY_IN_PROGRESS, retry_after=1)


def passing(refusal: RapportError) -> bool:
    """Whether a refusal says nothing of the request itself, and so must not be kept as its answer."""
    return refusal.code in (IDEMPOTENCY_IN_PROGRESS, IDEMPOTENCY_KEY_REUSED, CONFLICT)
