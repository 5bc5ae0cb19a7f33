"""How leads stand to our accounts, as it is learned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache

from sqlalchemy import bindparam, delete, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.kernel.once import Once
from rapport.kernel.tenancy import SCOPED, Prepared, within
from rapport.kernel.tx import Tx
from rapport.leads.models import Lead, Relation, RelationState

_LEAD = Lead.__table__
_RELATION = Relation.__table__


def invited(
    tx: Tx, client_id: str, account_id: str, lead_id: str, *, at: datetime, invitation_id: str | None = None
) -> None:
    """Note that an invitation of an account is pending with a lead. Who is connected stays so."""
    row = {
        "account_id": account_id,
        "lead_id": lead_id,
        "client_id": client_id,
        "state": RelationState.INVITED.value,
        "invited_at": at,
        "invitation_id": invitation_id,
    }
    tx.write(_note(tx.dialect, ("state", "invited_at", "invitation_id")), row)
    tx.touch(client_id)


def withdrawn(tx: Tx, client_id: str, account_id: str, lead_id: str, *, at: datetime) -> None:
    """Note that a pending invitation was taken back."""
    row = {
        "account_id": account_id,
        "lead_id": lead_id,
        "client_id": client_id,
        "state": RelationState.WITHDRAWN.value,
        "withdrawn_at": at,
    }
    tx.write(_note(tx.dialect, ("state", "withdrawn_at")), row)
    tx.touch(client_id)


def disconnected(tx: Tx, account_id: str, lead_id: str) -> None:
    """Note that a lead is no connection of an account, whatever was believed."""
    statement = delete(_RELATION).where(
        _RELATION.c.account_id == account_id,
        _RELATION.c.lead_id == lead_id,
        _RELATION.c.state == RelationState.CONNECTED.value,
        within(tx.scope, _RELATION.c.client_id),
    )
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})


@cache
def _note(dialect: str, changes: tuple[str, ...]) -> Once:
    """Writes how an account and a lead stand to each other, unless they are connected."""
    statement = (postgresql_insert if dialect == "postgresql" else sqlite_insert)(_RELATION)
    return Once(
        statement.on_conflict_do_update(
            index_elements=["account_id", "lead_id"],
            set_={name: statement.excluded[name] for name in changes},
            where=_RELATION.c.state != RelationState.CONNECTED.value,
        )
    )


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
    tx.write(_note(tx.dialect, ("state", "connected_at")), *rows)
    tx.touch(client_id)


def keep_sender(tx: Tx, lead_id: str, account_id: str) -> None:
    """The sender that first contacted a person keeps them, in all campaigns of the client."""
    tx.change(_KEEP_SENDER, lead=lead_id, account=account_id)


_KEEP_SENDER = Prepared(
    update(_LEAD)
    .where(_LEAD.c.id == bindparam("lead"), _LEAD.c.account_id.is_(None))
    .values(account_id=bindparam("account"), version=_LEAD.c.version + 1),
    owner=_LEAD.c.client_id,
    row="lead",
)
