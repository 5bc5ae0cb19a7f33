"""Turns that are taken by name: by a transaction where no row is there to be locked yet, or without one."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import BigInteger, Engine, bindparam, func, select

from rapport.kernel.db import READING, is_postgresql
from rapport.kernel.tenancy import Prepared
from rapport.kernel.tx import Tx


def take(tx: Tx, *names: str, shared: bool = False) -> None:
    """Wait for the turn of this name; it is given back at the end of the transaction. A `shared` one several have at
    once, while nobody has it alone; who has it so must not ask for it alone in the same transaction, for two who did
    would wait for each other.

    On SQLite a transaction that writes has every turn already.
    """
    if tx.dialect == "postgresql":
        tx.rows(_SHARE if shared else _TAKE, number=_number(names))


_NUMBER = bindparam("number", type_=BigInteger())
_TAKE = Prepared(select(func.pg_advisory_xact_lock(_NUMBER)), owner=None)
_SHARE = Prepared(select(func.pg_advisory_xact_lock_shared(_NUMBER)), owner=None)


@contextmanager
def alone(engine: Engine, folder: Path, *names: str) -> Iterator[None]:
    """Wait for the turn of this name, with no transaction open: for work that asks the outside in between.

    On PostgreSQL the server keeps the turn for a connection, elsewhere the file system for a file in the folder; both
    give it back when whoever has it dies.
    """
    if is_postgresql(engine):
        number = _number(names)
        with engine.connect().execution_options(**{READING: True}) as connection:
            connection.execute(select(func.pg_advisory_lock(number)))
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(number)))
        return
    handle = os.open(folder / f".{'.'.join(names)}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _number(names: tuple[str, ...]) -> int:
    digest = hashlib.blake2b("\x1f".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
