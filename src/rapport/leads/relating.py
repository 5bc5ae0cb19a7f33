"""How leads stand to our accounts, as it is learned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.kernel.tenancy import SCOPED
from rapport.kernel.tx import Tx
from rapport.leads.models import Relation, RelationState

_RELATION = Relation.__table__


def connected(tx: Tx, client_id: str, account_id: str, leads: Iterable[tuple[str, datetime | None]]) -> None:
    """Note that leads are first-level connections of an account, and since when as far as it is known."""
    rows = [
        {
            "account_id": account_id,
            "lead_id": lead_id,
            "client_id": client_id,
            "state": RelationState.CONNECTED.value,
            "connected_at": since,
        }
        for lead_id, since in dict(leads).items()
    ]
    if not rows:
        return
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    statement = make(_RELATION)
    statement = statement.on_conflict_do_update(
        index_elements=["account_id", "lead_id"],
        set_={"state": statement.excluded.state, "connected_at": statement.excluded.connected_at},
        where=_RELATION.c.state != RelationState.CONNECTED.value,
    )
    tx.session.execute(statement, rows, execution_options={SCOPED: True})
    tx.touch(client_id)
