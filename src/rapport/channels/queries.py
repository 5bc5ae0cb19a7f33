"""Reading how the channels of clients stand."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, null, select

from rapport.accounts.models import Account, AccountStatus
from rapport.channels.models import MessageChannel
from rapport.channels.words import Why
from rapport.conversations.words import Channel
from rapport.kernel.errors import NOT_FOUND, RapportError, field_error
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.outbox.models import Connection
from rapport.outbox.words import ConnectionStatus

_M, _C, _A = MessageChannel.__table__, Connection.__table__, Account.__table__
_SHOWN = tuple(
    _M.c[name]
    for name in (
        *("id", "client_id", "channel", "transport", "address", "connection_id", "auto_reply_id"),
        *("last_in_at", "last_out_at", "last_error", "last_error_at", "created_at", "version"),
    )
)
_WHY: ColumnElement[str | None] = case(
    (_M.c.switched_off_at.is_not(None), Why.SWITCHED_OFF.value),
    (_C.c.removed_at.is_not(None), Why.CONNECTION_REMOVED.value),
    (_C.c.status == ConnectionStatus.FAILING.value, Why.CONNECTION_FAILING.value),
    (_C.c.status == ConnectionStatus.DISABLED.value, Why.CONNECTION_DISABLED.value),
    else_=null(),
)
"""Why a channel that somebody connected does not count as connected."""
_ROWS = select(*_SHOWN, _WHY.label("why")).outerjoin(
    _C, (_C.c.id == _M.c.connection_id) & (_C.c.client_id == _M.c.client_id)
)


def _shown(row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    return {**shown, "is_connected": shown["why"] is None}


def one(reading: Reading, channel_id: str) -> dict[str, Any]:
    """A channel that somebody connected, as the API shows it."""
    return _shown(reading.one(_ROWS.where(_M.c.id == channel_id, within(reading.scope, _M.c.client_id))))


def of_client(reading: Reading, client_id: str) -> list[dict[str, Any]]:
    """Every channel there is, and how it stands with a client."""
    rows = reading.rows(_ROWS.where(_M.c.client_id == client_id, within(reading.scope, _M.c.client_id)))
    there = {row.channel: _shown(row) for row in rows}
    return [there.get(each.value) or _without_row(reading, client_id, each) for each in Channel]


def _without_row(reading: Reading, client_id: str, channel: Channel) -> dict[str, Any]:
    """LinkedIn, which its accounts are; and what nobody has connected."""
    why: Why | None = Why.NEVER_CONNECTED
    if channel is Channel.LINKEDIN:
        why = _why_not_linkedin(reading, client_id)
    return {
        **dict.fromkeys(column.name for column in _SHOWN),
        "client_id": client_id,
        "channel": channel.value,
        "why": why.value if why is not None else None,
        "is_connected": why is None,
    }


def _why_not_linkedin(reading: Reading, client_id: str) -> Why | None:
    signed_in = func.sum(case((_A.c.status == AccountStatus.OK.value, 1), else_=0))
    mine = (_A.c.client_id == client_id, within(reading.scope, _A.c.client_id))
    many, signed = reading.rows(select(func.count(), signed_in).select_from(_A).where(*mine)).one()
    if not many:
        return Why.NEVER_CONNECTED
    return None if signed else Why.NO_ACCOUNT_SIGNED_IN


def why_not(reading: Reading, client_id: str, channel: str) -> str | None:
    """Why nobody can be written to on a channel of a client now; None when one can."""
    rows = reading.rows(
        _ROWS.where(_M.c.client_id == client_id, _M.c.channel == channel, within(reading.scope, _M.c.client_id))
    )
    row = rows.first()
    return Why.NEVER_CONNECTED.value if row is None else row.why


def by_address(reading: Reading, addresses: list[str]) -> Any | None:
    """The channel of the first of these mailboxes that is anybody's."""
    wanted = [each.lower() for each in addresses]
    found = {
        row.address: row
        for row in reading.rows(
            select(_M.c.id, _M.c.client_id, _M.c.address).where(
                _M.c.address.in_(wanted), within(reading.scope, _M.c.client_id)
            )
        )
    }
    return next((found[each] for each in wanted if each in found), None)


def password_hash(reading: Reading, channel_id: str) -> tuple[str, str] | None:
    """Of a channel that Postmark brings: whose it is, and the hash of what opens it."""
    row = reading.rows(
        select(_M.c.client_id, _M.c.password_hash)
        .where(_M.c.id == channel_id, _M.c.password_hash.is_not(None))
        .where(within(reading.scope, _M.c.client_id))
    ).first()
    return None if row is None else (row.client_id, row.password_hash)


def client_of(reading: Reading, client_id: str | None) -> str:
    """Whose messages a caller tells of: the client they name, or the only one they may speak for."""
    own = reading.scope.client_ids
    if client_id is not None and not reading.scope.allows(client_id):
        raise RapportError(NOT_FOUND)
    if client_id is None and (own is None or len(own) != 1):
        raise field_error("client_id", "Must be given by whoever speaks for more than one client.")
    return client_id if client_id is not None else next(iter(own or ()))


def is_connected(channel: ColumnElement[str], client_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a channel of a client is connected: for figures, which leave out what is not."""
    linkedin = (
        select(literal(1))
        .where(_A.c.client_id == client_id, _A.c.status == AccountStatus.OK.value)
        .correlate_except(_A)
        .exists()
    )
    other = (
        select(literal(1))
        .select_from(_M.outerjoin(_C, (_C.c.id == _M.c.connection_id) & (_C.c.client_id == _M.c.client_id)))
        .where(_M.c.client_id == client_id, _M.c.channel == channel, _WHY.is_(None))
        .correlate_except(_M, _C)
        .exists()
    )
    return case((channel == Channel.LINKEDIN.value, linkedin), else_=other)
