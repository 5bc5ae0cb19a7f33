"""Who a credential belongs to: one query each, asked a few times a minute per caller and remembered between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from rapport.kernel.crypto import token_hash
from rapport.kernel.errors import UNAUTHENTICATED, RapportError
from rapport.kernel.ids import AGENCY
from rapport.kernel.principal import Actor, Principal
from rapport.kernel.tenancy import ALL_CLIENTS, SCOPED, only
from rapport.kernel.tx import Reading, Tx
from rapport.people import stream_tokens
from rapport.people.models import ApiKey, Membership, User, UserSession
from rapport.rules.permissions import Permission, Role, grantable, of_role

_U, _S, _M, _K = User.__table__, UserSession.__table__, Membership.__table__, ApiKey.__table__
_NOTED_EVERY = timedelta(minutes=1)


class Authenticator:
    """Implements what the HTTP side asks for."""

    def by_session(self, reading: Reading, user_id: str, session_id: str) -> Principal:
        """The user of an access token whose session is open."""
        rows = reading.rows(
            select(_U.c.role, _M.c.client_id)
            .select_from(_S.join(_U, _U.c.id == _S.c.user_id).outerjoin(_M, _M.c.user_id == _U.c.id))
            .where(
                _S.c.id == session_id,
                _S.c.user_id == user_id,
                _S.c.revoked_at.is_(None),
                _S.c.expires_at > reading.now,
                _U.c.active.is_(True),
            )
        ).all()
        if not rows:
            raise RapportError(UNAUTHENTICATED)
        role = Role(rows[0].role)
        scope = ALL_CLIENTS if role is Role.ADMIN else only(row.client_id for row in rows if row.client_id)
        return Principal(Actor("user", user_id), of_role(role), scope, role.value, session_id)

    def by_key(self, reading: Reading, key: str) -> tuple[Principal, datetime | None]:
        """The principal of an API key, and when the key ends. It may what its maker could give it now, and no more."""
        return _of_key(reading, _K.c.key_hash == token_hash(key))

    def by_stream_token(self, tx: Tx, token: str) -> Principal:
        """The user who asked for a stream token, which is spent with this."""
        return self.by_session(tx, *stream_tokens.spend(tx, token))

    def again(self, reading: Reading, principal: Principal) -> Principal:
        """Somebody whom we knew a while ago, as they are now; refused when they may come in no more."""
        if principal.session_id is not None:
            return self.by_session(reading, principal.actor.id or "", principal.session_id)
        return _of_key(reading, _K.c.id == principal.actor.id)[0]

    def note_key_use(self, tx: Tx, key_id: str) -> None:
        """Remember that a key is in use, at most once a minute."""
        tx.session.execute(
            update(ApiKey)
            .where(
                ApiKey.id == key_id,
                (ApiKey.last_used_at.is_(None)) | (ApiKey.last_used_at < tx.now - _NOTED_EVERY),
            )
            .values(last_used_at=tx.now)
            .execution_options(**{SCOPED: True}, synchronize_session=False)
        )


def _of_key(reading: Reading, which: ColumnElement[bool]) -> tuple[Principal, datetime | None]:
    row = reading.rows(
        select(_K.c.id, _K.c.client_id, _K.c.scopes, _K.c.expires_at, _K.c.created_by)
        .add_columns(_U.c.role, _U.c.active, _M.c.client_id.label("member_of"))
        .select_from(
            _K.outerjoin(_U, _U.c.id == _K.c.created_by).outerjoin(
                _M, and_(_M.c.user_id == _U.c.id, _M.c.client_id == _K.c.client_id)
            )
        )
        .where(which, _K.c.revoked_at.is_(None))
    ).first()
    if row is None or (row.expires_at is not None and row.expires_at <= reading.now):
        raise RapportError(UNAUTHENTICATED)
    permissions = frozenset(Permission(each) for each in row.scopes)
    if row.created_by is not None:
        permissions &= _from_maker(row)
    scope = ALL_CLIENTS if row.client_id == AGENCY else only([row.client_id])
    return Principal(Actor("api_key", row.id), permissions, scope), row.expires_at


def _from_maker(row: Any) -> frozenset[Permission]:
    """What the person behind a key could give it now. Without that person it is nobody's key."""
    role = Role(row.role) if row.active else None
    if role is None or (role is not Role.ADMIN and row.member_of is None):
        raise RapportError(UNAUTHENTICATED)
    return grantable(of_role(role))
