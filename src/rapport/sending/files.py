"""Files that go with a message: kept, byte for byte, from before the call until nobody needs them.

A file is uploaded first and belongs to whoever uploaded it until a reply takes it. One that no reply takes is deleted
after a day; what was sent keeps its name, while its bytes go after a month.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from rapport.kernel.errors import field_error
from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Reading, Tx
from rapport.ports.unipile_records import Upload
from rapport.sending.models import ActionFile

MOST_BYTES = 15 * 1024 * 1024
MOST_FILES = 5
UNTAKEN = timedelta(days=1)
KEPT = timedelta(days=30)
_F = ActionFile.__table__
_ABOUT = [_F.c[name] for name in ("id", "client_id", "file_name", "content_type", "size", "created_at")]
_OPTIONS = {SCOPED: True, "synchronize_session": False}


def keep(tx: Tx, client_id: str, *, name: str, content_type: str, content: bytes) -> dict[str, Any]:
    """Keep an uploaded file for a reply; answers what is shown of it."""
    row = {
        "id": tx.new_id(),
        "client_id": client_id,
        "file_name": name,
        "content_type": content_type,
        "size": len(content),
        "created_at": tx.now,
    }
    rest = {"action_id": None, "position": 0, "content": content}
    tx.session.execute(insert(_F), row | rest, execution_options=_OPTIONS)
    tx.touch(client_id)
    return row


def attach(tx: Tx, action_id: str, client_id: str, file_ids: Sequence[str]) -> None:
    """Let files go with an action. One that is gone, or goes with another already, is refused by its id."""
    if len(file_ids) > MOST_FILES:
        raise field_error("file_ids", f"At most {MOST_FILES} files go with a message.")
    for position, file_id in enumerate(file_ids):
        taken = tx.session.execute(
            update(_F)
            .where(_F.c.id == file_id, _F.c.client_id == client_id, _F.c.action_id.is_(None))
            .values(action_id=action_id, position=position),
            execution_options=_OPTIONS,
        )
        if not taken.rowcount:  # type: ignore[attr-defined]
            raise field_error("file_ids", "It names a file that does not wait to be sent.")


def copy(tx: Tx, action_id: str, again_id: str) -> None:
    """Let the files of an action that was not sent go with the one that tries again."""
    names = ("client_id", "position", "file_name", "content_type", "size", "content", "created_at")
    rows = tx.rows(select(*(_F.c[name] for name in names)).where(_of(tx, action_id))).all()
    for row in rows:
        values = {**row._mapping, "id": tx.new_id(), "action_id": again_id}
        tx.session.execute(insert(_F), values, execution_options=_OPTIONS)


def uploads(reading: Reading, action_id: str) -> tuple[Upload, ...]:
    """The files of an action as the provider takes them."""
    statement = select(_F.c.file_name, _F.c.content, _F.c.content_type).where(_of(reading, action_id))
    rows = reading.rows(statement.order_by(_F.c.position, _F.c.id))
    return tuple(Upload(row.file_name, row.content, row.content_type) for row in rows)


def shown(reading: Reading, action_id: str) -> tuple[Mapping[str, Any], ...]:
    """What a message that an action sent says of its files."""
    rows = reading.rows(select(*_ABOUT).where(_of(reading, action_id)).order_by(_F.c.position, _F.c.id))
    return tuple(
        {
            "id": None,
            "type": "file",
            "file_name": row.file_name,
            "mimetype": row.content_type,
            "file_size": row.size,
        }
        for row in rows
    )


def _of(reading: Reading, action_id: str) -> Any:
    return (_F.c.action_id == action_id) & within(reading.scope, _F.c.client_id)


def tidy(tx: Tx) -> dict[str, int]:
    """Delete what nobody took, and empty what was sent long ago."""
    untaken = delete(_F).where(_F.c.action_id.is_(None), _F.c.created_at < tx.now - UNTAKEN, _own(tx))
    old = update(_F).where(_F.c.created_at < tx.now - KEPT, func.length(_F.c.content) > 0, _own(tx)).values(content=b"")
    deleted = tx.session.execute(untaken, execution_options=_OPTIONS).rowcount  # type: ignore[attr-defined]
    emptied = tx.session.execute(old, execution_options=_OPTIONS).rowcount  # type: ignore[attr-defined]
    return {"deleted": deleted, "emptied": emptied}


def _own(tx: Tx) -> Any:
    return within(tx.scope, _F.c.client_id)
