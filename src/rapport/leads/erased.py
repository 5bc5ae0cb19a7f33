"""How an erased person is recognised when they arrive again: by a salted hash on the do-not-contact list, and
nothing that tells who they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, select

from rapport.kernel import locks
from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads.forbidden import Key, chunks
from rapport.leads.models import ERASED, Suppression, SuppressionKind
from rapport.leads.suppression import entry_row, write
from rapport.people.queries import erasure_salt

_S = Suppression.__table__


def remember_erased(tx: Tx, client_id: str, identities: Iterable[Key], *, created_by: str | None) -> None:
    """Keep of an erased person what recognises them when they arrive again, and nothing that tells who they are.

    The client's own entries that name the person go with them: the hashes say the same without a name.
    """
    locks.take(tx, "do-not-contact", client_id)
    salt = erasure_salt(tx, client_id)
    kind = SuppressionKind.PERSON
    keys = sorted(set(identities))
    plain = [f"{each[0]}:{each[1]}" for each in keys]
    tx.session.execute(
        delete(_S).where(_S.c.client_id == client_id, _S.c.kind == kind.value, _S.c.key.in_(plain)),
        execution_options={SCOPED: True},
    )
    hashes = [_hashed(salt, key) for key in keys]
    known = _erased_of(tx, client_id, hashes)
    write(
        tx,
        [
            entry_row(tx, client_id, kind, each, shown=None, reason="erased", created_by=created_by)
            for each in hashes
            if each not in known
        ],
    )


def erased_among(tx: Tx, client_id: str, identities: Sequence[Key]) -> frozenset[Key]:
    """Which of these identities belong to persons that were erased."""
    anybody = tx.rows(
        select(_S.c.id)
        .where(_S.c.client_id == client_id, _S.c.kind == SuppressionKind.PERSON.value)
        .where(_S.c.key.startswith(ERASED))
        .limit(1)
    ).first()
    if anybody is None:
        return frozenset()
    salt = erasure_salt(tx, client_id)
    hashes = {_hashed(salt, key): key for key in identities}
    return frozenset(hashes[found] for found in _erased_of(tx, client_id, list(hashes)))


def _erased_of(tx: Tx, client_id: str, hashes: list[str]) -> set[str]:
    found: set[str] = set()
    for some in chunks(hashes):
        rows = tx.rows(
            select(_S.c.key).where(
                _S.c.client_id == client_id, _S.c.kind == SuppressionKind.PERSON.value, _S.c.key.in_(some)
            )
        )
        found.update(row.key for row in rows)
    return found


def _hashed(salt: str, key: Key) -> str:
    digest = hashlib.blake2b(f"{key[0]}:{key[1]}".encode(), key=salt.encode(), digest_size=32)
    return f"{ERASED}{digest.hexdigest()}"
