"""Reading clients, users, sessions and keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from rapport.kernel.ids import shown_owner
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.people.models import ApiKey, Client, Membership, User, UserSession
from rapport.rules.permissions import Role

_C, _U, _S, _M, _K = (each.__table__ for each in (Client, User, UserSession, Membership, ApiKey))

CLIENT_COLUMNS = [column for column in _C.c if column.name != "erasure_salt"]
USER_COLUMNS = [
    _U.c[name] for name in ("id", "email", "name", "role", "active", "created_at", "last_sign_in_at", "version")
]
SESSION_COLUMNS = [_S.c[name] for name in ("id", "created_at", "last_used_at", "expires_at", "address", "user_agent")]
KEY_COLUMNS = [
    _K.c[name]
    for name in (
        "id",
        "client_id",
        "name",
        "prefix",
        "scopes",
        "created_by",
        "created_at",
        "expires_at",
        "last_used_at",
        "revoked_at",
    )
]

CLIENTS = Listing(
    name="clients",
    columns=CLIENT_COLUMNS,
    fields={
        "name": Field(_C.c.name, "text"),
        "slug": Field(_C.c.slug, "text"),
        "timezone": Field(_C.c.timezone, "text"),
        "created_at": Field(_C.c.created_at, "instant"),
        "archived_at": Field(_C.c.archived_at, "instant"),
    },
    sorts={"created_at": _C.c.created_at, "name": _C.c.name},
    default_sort="name",
    default_order="asc",
    owner=_C.c.id,
    key=_C.c.id,
)

USERS = Listing(
    name="users",
    columns=USER_COLUMNS,
    fields={
        "email": Field(_U.c.email, "text"),
        "name": Field(_U.c.name, "text"),
        "role": Field(_U.c.role, "word", tuple(role.value for role in Role)),
        "active": Field(_U.c.active, "flag"),
        "created_at": Field(_U.c.created_at, "instant"),
    },
    sorts={"created_at": _U.c.created_at, "email": _U.c.email, "name": _U.c.name},
    default_sort="created_at",
    owner=None,
    key=_U.c.id,
)


def _shown_key(row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    shown["client_id"] = shown_owner(shown["client_id"])
    return shown


KEYS = Listing(
    name="api_keys",
    columns=KEY_COLUMNS,
    fields={
        "client_id": Field(_K.c.client_id, "id"),
        "name": Field(_K.c.name, "text"),
        "created_at": Field(_K.c.created_at, "instant"),
        "revoked_at": Field(_K.c.revoked_at, "instant"),
    },
    sorts={"created_at": _K.c.created_at, "name": _K.c.name},
    default_sort="created_at",
    owner=_K.c.client_id,
    key=_K.c.id,
    dump=_shown_key,
)


def _members() -> Select[Any]:
    return select(
        _U.c.id, _U.c.email, _U.c.name, _U.c.role, _U.c.active, _M.c.created_at.label("member_since")
    ).join_from(_M, _U, _U.c.id == _M.c.user_id)


MEMBERS = Listing(
    name="members",
    columns=[],
    fields={"role": Field(_U.c.role, "word", tuple(role.value for role in Role))},
    sorts={"name": _U.c.name, "email": _U.c.email},
    default_sort="name",
    default_order="asc",
    owner=_M.c.client_id,
    key=_U.c.id,
    base=_members,
)

SESSIONS = Listing(
    name="sessions",
    columns=SESSION_COLUMNS,
    fields={},
    sorts={"created_at": _S.c.created_at},
    default_sort="created_at",
    owner=None,
    key=_S.c.id,
)


def client(reading: Reading, client_id: str) -> dict[str, Any]:
    """One client as the API shows it."""
    return _one(reading, select(*CLIENT_COLUMNS).where(_C.c.id == client_id, within(reading.scope, _C.c.id)))


def all_client_ids(reading: Reading) -> list[str]:
    """Every client in reach, in a fixed order."""
    return list(reading.rows(select(_C.c.id).where(within(reading.scope, _C.c.id)).order_by(_C.c.id)).scalars())


def erasure_salt(reading: Reading, client_id: str) -> str:
    """What a client's hashes of erased persons are keyed by."""
    found = reading.rows(select(_C.c.erasure_salt).where(_C.c.id == client_id, within(reading.scope, _C.c.id)))
    return str(found.scalar_one())


def user(reading: Reading, user_id: str) -> dict[str, Any]:
    """One user with the clients they are a member of."""
    shown = _one(reading, select(*USER_COLUMNS).where(_U.c.id == user_id))
    shown["client_ids"] = list(
        reading.rows(
            select(_M.c.client_id)
            .where(_M.c.user_id == user_id, within(reading.scope, _M.c.client_id))
            .order_by(_M.c.client_id)
        ).scalars()
    )
    return shown


def member(reading: Reading, client_id: str, user_id: str) -> dict[str, Any]:
    """One member of a client."""
    return _one(
        reading,
        _members().where(_M.c.client_id == client_id, _M.c.user_id == user_id, within(reading.scope, _M.c.client_id)),
    )


def key(reading: Reading, key_id: str) -> dict[str, Any]:
    """One API key, without the key."""
    row = reading.one(select(*KEY_COLUMNS).where(_K.c.id == key_id, within(reading.scope, _K.c.client_id)))
    return _shown_key(row)


def profile(reading: Reading, user_id: str) -> dict[str, Any]:
    """What a user is called."""
    return _one(reading, select(_U.c.name, _U.c.email, _U.c.role).where(_U.c.id == user_id))


def credentials(reading: Reading, email: str) -> tuple[str, str] | None:
    """Id and password hash of an active user, for verification outside any transaction."""
    row = reading.rows(
        select(_U.c.id, _U.c.password_hash).where(_U.c.email == email.lower(), _U.c.active.is_(True))
    ).first()
    return (row.id, row.password_hash) if row is not None else None


def password_hash(reading: Reading, user_id: str) -> str | None:
    found: str | None = reading.rows(select(_U.c.password_hash).where(_U.c.id == user_id)).scalar()
    return found


def open_sessions_of(user_id: str, now: Any) -> tuple[Any, ...]:
    """The conditions that pick a user's open sessions."""
    return (_S.c.user_id == user_id, _S.c.revoked_at.is_(None), _S.c.expires_at > now)


def operators(reading: Reading, client_id: str) -> list[str]:
    """The addresses of those who work for a client; where nobody does, of the admins."""
    active = select(_U.c.email).where(_U.c.active.is_(True)).order_by(_U.c.email)
    agents = active.join(_M, _M.c.user_id == _U.c.id).where(
        _U.c.role == Role.AGENT.value, _M.c.client_id == client_id, within(reading.scope, _M.c.client_id)
    )
    found = list(reading.rows(agents).scalars())
    return found or list(reading.rows(active.where(_U.c.role == Role.ADMIN.value)).scalars())


def members_of(client_id: str) -> Any:
    """The condition that picks a client's members."""
    return _M.c.client_id == client_id


def _one(reading: Reading, statement: Select[Any]) -> dict[str, Any]:
    row = reading.one(statement)
    return dict(row._mapping)
