"""How a connection does: after five dead letters in a row and a day, it counts as failing until somebody looks.

What is written for a failing one becomes a dead letter at once, so that nothing is lost and nobody is hammered. One
that says it wants nothing more is disabled.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from rapport.kernel.tx import Tx
from rapport.outbox import events
from rapport.outbox.models import Connection
from rapport.outbox.words import ConnectionStatus

_IN_A_ROW = 5
_FOR = timedelta(hours=24)


def succeeded(connection: Connection, now: datetime) -> None:
    """It took something: whatever was before is forgotten."""
    connection.last_ok_at = now
    connection.dead_in_a_row, connection.failing_since, connection.last_error = 0, None, None
    if connection.status == ConnectionStatus.FAILING.value:
        connection.status, connection.status_reason = ConnectionStatus.OK.value, None


def failed(tx: Tx, connection: Connection, code: str, *, closed: bool, broken: bool) -> None:
    """A delivery to it died. `closed`: it wants nothing more; `broken`: nothing will ever get through as it is."""
    connection.dead_in_a_row += 1
    connection.failing_since = connection.failing_since or tx.now
    connection.last_error = code[:200]
    if connection.status != ConnectionStatus.OK.value:
        return
    if closed:
        _become(tx, connection, ConnectionStatus.DISABLED, code, events.DISABLED)
    elif broken or (connection.dead_in_a_row >= _IN_A_ROW and connection.failing_since + _FOR <= tx.now):
        _become(tx, connection, ConnectionStatus.FAILING, code, events.FAILING)


def recover(tx: Tx, connection: Connection) -> None:
    """Somebody says that it takes deliveries again."""
    connection.dead_in_a_row, connection.failing_since = 0, None
    if connection.status != ConnectionStatus.OK.value:
        _become(tx, connection, ConnectionStatus.OK, None, events.RECOVERED)


def _become(tx: Tx, connection: Connection, status: ConnectionStatus, why: str | None, event_type: str) -> None:
    connection.status, connection.status_reason = status.value, why[:200] if why else None
    data = {"name": connection.name, "connection_id": connection.id, "error": why or ""}
    tx.emit(event_type, client_id=connection.client_id, data=data)
