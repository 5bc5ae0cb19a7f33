"""Turns that a transaction takes by name, where no row is there to be locked yet."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select

from rapport.kernel.tx import Tx


def take(tx: Tx, *names: str) -> None:
    """Wait for the turn of this name; it is given back at the end of the transaction.

    On SQLite a transaction that writes has every turn already.
    """
    connection = tx.session.connection()
    if connection.dialect.name == "postgresql":
        digest = hashlib.blake2b("\x1f".join(names).encode(), digest_size=8).digest()
        connection.execute(select(func.pg_advisory_xact_lock(int.from_bytes(digest, "big", signed=True))))
