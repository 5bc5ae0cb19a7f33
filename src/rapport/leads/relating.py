"""How leads stand to our accounts, as it is learned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.kernel.tenancy import SCOPED, within
from rapport.kernel.tx import Tx
from rapport.leads.models import Lead, Relation, RelationState

_LEAD = Lead.__table__
_RELATION = Relation.__table__


def invited(
    tx: Tx, client_id: str, account_id: str, lead_id: str, *, at: datetime, invitation_id: str | None = None
) -> None:
    """Note that an invitation of an account is pending with a lead. Who is connected stays so."""
    _note(
        tx,
        {
            "account_id": account_id,
            "lead_id": lead_id,
            "client_id": client_id,
            "state": RelationState.INVITED.value,
            "invited_at": at,
            "invitation_id": invitation_id,
        },
        changes=("state", "invited_at", "invitation_id"),
        where=_RELATION.c.state != RelationState.CONNECTED.value,
    )


def withdrawn(tx: Tx, client_id: str, account_id: str, lead_id: str, *, at: datetime) -> None:
    """Note that a pending invitation was taken back."""
    _note(
        tx,
        {
            "account_id": account_id,
            "lead_id": lead_id,
            "client_id": client_id,
            "state": RelationState.WITHDRAWN.value,
            "withdrawn_at": at,
        },
        changes=("state", "withdrawn_at"),
        where=_RELATION.c.state != RelationState.CONNECTED.value,
    )


def disconnected(tx: Tx, account_id: str, lead_id: str) -> None:
    """Note that a lead is no connection of an account, whatever was believed."""
    statement = delete(_RELATION).where(
        _RELATION.c.account_id == account_id,
        _RELATION.c.lead_id == lead_id,
        _RELATION.c.state == RelationState.CONNECTED.value,
        within(tx.scope, _RELATION.c.client_id),
    )
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})


def _note(tx: Tx, row: dict[str, Any], *, changes: tuple[str, ...], where: ColumnElement[bool]) -> None:
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    statement = make(_RELATION)
    statement = statement.on_conflict_do_update(
        index_elements=["account_id", "lead_id"],
        set_={name: statement.excluded[name] for name in changes},
        where=where,
    )
    tx.session.execute(statement, [row], execution_options={SCOPED: True})
    tx.touch(row["client_id"])


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


def keep_sender(tx: Tx, lead_id: str, account_id: str) -> None:
    """The sender that first contacted a person keeps them, in all campaigns of the client."""
    statement = (
        update(_LEAD)
        .where(_LEAD.c.id == lead_id, _LEAD.c.account_id.is_(None), within(tx.scope, _LEAD.c.client_id))
        .values(account_id=account_id, version=_LEAD.c.version + 1)
    )
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})
