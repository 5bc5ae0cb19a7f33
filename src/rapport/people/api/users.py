"""Users over HTTP, for admins."""

from __future__ import annotations

from typing import Any

from flask import request

from rapport.http.context import Call
from rapport.http.etags import check_unchanged
from rapport.http.operation import Room
from rapport.kernel.errors import LAST_ADMIN, NOT_FOUND, USER_ALREADY_EXISTS
from rapport.kernel.listing import Page, page
from rapport.kernel.schema import page_of
from rapport.people import queries, sessions, users
from rapport.people.schemas import EndedOut, NewPasswordIn, UserChange, UserDetailOut, UserIn, UserOut
from rapport.rules.permissions import Permission, Role

room = Room("users", "/users", "Who may sign in.")


def _hash_password(call: Call, **_path: str) -> None:
    """Before the transaction begins: a tenth of a second of work that nobody should wait for."""
    call.body["password_hash"] = call.service.passwords.hash(call.body.pop("password"))


@room.get("", may=Permission.MANAGE, out=page_of(UserOut), listing=queries.USERS)
def list_users(call: Call) -> Page:
    """List users."""
    return page(call.reading, queries.USERS, call.asked)


@room.post(
    "", may=Permission.MANAGE, body=UserIn, out=UserDetailOut, errors=[USER_ALREADY_EXISTS], before=_hash_password
)
def create_user(call: Call) -> dict[str, Any]:
    """Add a user."""
    body = call.body
    user = users.create(
        call.tx,
        email=body["email"],
        name=body["name"],
        role=Role(body["role"]),
        password_hash=body["password_hash"],
        client_ids=body["client_ids"],
    )
    return queries.user(call.tx, user.id)


@room.get("/<id:user_id>", may=Permission.MANAGE, out=UserDetailOut, errors=[NOT_FOUND])
def show_user(call: Call, user_id: str) -> dict[str, Any]:
    """Show a user and their clients."""
    return queries.user(call.reading, user_id)


@room.patch(
    "/<id:user_id>",
    may=Permission.MANAGE,
    body=UserChange,
    out=UserDetailOut,
    errors=[NOT_FOUND, LAST_ADMIN],
    if_match=True,
)
def change_user(call: Call, user_id: str) -> dict[str, Any]:
    """Change a user's name or role, or whether they may sign in."""
    user = users.get(call.tx, user_id)
    check_unchanged(request, queries.user(call.tx, user_id))
    users.change(call.tx, user, call.body)
    return queries.user(call.tx, user_id)


@room.delete("/<id:user_id>", may=Permission.MANAGE, errors=[NOT_FOUND, LAST_ADMIN], if_match=True)
def delete_user(call: Call, user_id: str) -> None:
    """Delete a user; their sessions end at once."""
    user = users.get(call.tx, user_id)
    check_unchanged(request, queries.user(call.tx, user_id))
    users.delete(call.tx, user)


@room.post(
    "/<id:user_id>/password",
    may=Permission.MANAGE,
    body=NewPasswordIn,
    out=None,
    status=204,
    once=False,
    before=_hash_password,
    errors=[NOT_FOUND],
)
def set_user_password(call: Call, user_id: str) -> None:
    """Give a user another password; their sessions end."""
    users.set_password(call.tx, users.get(call.tx, user_id), call.body["password_hash"])


@room.post("/<id:user_id>/sign-out", may=Permission.MANAGE, out=EndedOut, status=200, once=False, errors=[NOT_FOUND])
def sign_user_out(call: Call, user_id: str) -> dict[str, Any]:
    """End all sessions of a user."""
    user = users.get(call.tx, user_id)
    return {"ended": sessions.end_all(call.tx, user.id, reason="ended_by_admin")}
