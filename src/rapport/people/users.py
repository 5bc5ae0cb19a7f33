"""Users: adding, changing, deleting. There is always an active admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from rapport.kernel.errors import LAST_ADMIN, NOT_FOUND, USER_ALREADY_EXISTS, RapportError, field_error
from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx
from rapport.people import events, keys, sessions
from rapport.people.models import Client, Membership, User
from rapport.rules.permissions import Role


def get(tx: Tx, user_id: str) -> User:
    """A user to be changed, locked."""
    user = tx.session.execute(select(User).where(User.id == user_id).with_for_update(key_share=True)).scalar()
    if user is None:
        raise RapportError(NOT_FOUND)
    return user


def create(
    tx: Tx, *, email: str, name: str, role: Role, password_hash: str, client_ids: list[str] | None = None
) -> User:
    """Add a user, with memberships."""
    user = User(
        id=tx.new_id(),
        email=email.lower(),
        name=name,
        role=role.value,
        password_hash=password_hash,
        active=True,
        created_at=tx.now,
    )
    try:
        with tx.session.begin_nested():
            tx.session.add(user)
    except IntegrityError:
        raise RapportError(USER_ALREADY_EXISTS, details={"email": ["Is taken."]}) from None
    for client_id in dict.fromkeys(client_ids or []):
        if tx.session.get(Client, client_id) is None:
            raise field_error("client_ids", f"Unknown client {client_id}.")
        tx.session.add(Membership(user_id=user.id, client_id=client_id, created_at=tx.now))
    tx.emit(
        events.USER_CREATED,
        client_id=AGENCY,
        data={"user_id": user.id, "email": user.email, "role": role.value, "client_ids": client_ids or []},
    )
    return user


def change(tx: Tx, user: User, changes: Mapping[str, Any]) -> None:
    """Change name, role or whether a user may sign in at all."""
    told = sorted(field for field, value in changes.items() if getattr(user, field) != value)
    if not told:
        return
    loses_admin = changes.get("role", user.role) != Role.ADMIN.value or not changes.get("active", user.active)
    if user.role == Role.ADMIN.value and user.active and loses_admin:
        _keep_an_admin(tx, user)
    for field in told:
        setattr(user, field, changes[field])
    if not user.active:
        sessions.end_all(tx, user.id, reason="deactivated")
    tx.emit(
        events.USER_CHANGED,
        client_id=AGENCY,
        data={"user_id": user.id, "email": user.email, "fields": ", ".join(told), "role": user.role},
    )
    events.identities_changed(tx)


def set_password(tx: Tx, user: User, password_hash: str, *, but_session: str | None = None) -> None:
    """Give a user another password and end their other sessions."""
    user.password_hash = password_hash
    tx.emit(events.PASSWORD_CHANGED, client_id=AGENCY, data={"user_id": user.id, "email": user.email})
    sessions.end_all(tx, user.id, reason="password_changed", but=but_session)


def delete(tx: Tx, user: User) -> None:
    """Delete a user with their sessions, memberships and keys; the log keeps what they did."""
    if user.role == Role.ADMIN.value and user.active:
        _keep_an_admin(tx, user)
    sessions.end_all(tx, user.id, reason="deleted")
    keys.revoke_all_of(tx, user.id)
    tx.emit(events.USER_DELETED, client_id=AGENCY, data={"user_id": user.id, "email": user.email})
    tx.session.flush()  # the ended sessions, before the cascade takes them
    tx.session.delete(user)
    events.identities_changed(tx)


def any_admin(tx: Tx) -> bool:
    return tx.session.execute(select(User.id).where(User.role == Role.ADMIN.value).limit(1)).first() is not None


def _keep_an_admin(tx: Tx, leaving: User) -> None:
    """Refuse to lose the last one. All admins are locked, so that two cannot leave at the same moment."""
    tx.session.execute(
        select(User.id).where(User.role == Role.ADMIN.value).order_by(User.id).with_for_update(key_share=True)
    )
    others = tx.session.execute(
        select(func.count())
        .select_from(User)
        .where(User.role == Role.ADMIN.value, User.active.is_(True), User.id != leaving.id)
    ).scalar_one()
    if not others:
        raise RapportError(LAST_ADMIN)
