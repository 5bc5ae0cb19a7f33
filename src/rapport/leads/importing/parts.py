"""A file in the database, in pieces: any process can go on with it, and nobody holds it whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sqlalchemy import delete, insert, select

from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Reading, Tx
from rapport.leads.models import ImportPart

PIECE = 256 * 1024
_PART = ImportPart.__table__


def store(tx: Tx, import_id: str, client_id: str, file: IO[bytes]) -> int:
    """Keep a file in place of what was kept before; answers its size."""
    drop(tx, client_id, import_id)
    file.seek(0)
    size = number = 0
    while piece := file.read(PIECE):
        values = {"import_id": import_id, "number": number, "client_id": client_id, "content": piece}
        tx.session.execute(insert(_PART), values, execution_options={SCOPED: True})
        size += len(piece)
        number += 1
    return size


def drop(tx: Tx, client_id: str, import_id: str) -> None:
    """Forget a file."""
    mine = (_PART.c.client_id == client_id, _PART.c.import_id == import_id)
    tx.session.execute(delete(_PART).where(*mine), execution_options={SCOPED: True})


def pieces(reading: Reading, import_id: str, *, offset: int = 0) -> Iterator[bytes]:
    """A file's bytes from a place on, a piece at a time."""
    number, skipped = divmod(offset, PIECE)
    while True:
        found = reading.rows(
            select(_PART.c.content).where(
                _PART.c.import_id == import_id, _PART.c.number == number, within(reading.scope, _PART.c.client_id)
            )
        ).scalar()
        if found is None:
            return
        yield bytes(found)[skipped:]
        number, skipped = number + 1, 0


def together(reading: Reading, import_id: str, *, home: Path) -> IO[bytes]:
    """A file on the disk, for readers that need to go back and forth in it; closing it removes it."""
    file = tempfile.TemporaryFile(dir=home)  # noqa: SIM115 - the caller closes it
    for piece in pieces(reading, import_id):
        file.write(piece)
    return file
