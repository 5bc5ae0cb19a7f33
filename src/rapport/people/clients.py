"""Clients and who works for them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from rapport.events.log import open_stream
from rapport.kernel.errors import CLIENT_ALREADY_EXISTS, NOT_FOUND, RapportError
from rapport.kernel.tx import Tx
from rapport.people import events
from rapport.people.models import Client, Membership, User

NOTICE_DEFAULTS: dict[str, Any] = {
    "emails": [],
    "reply_notices": True,
    "min_temperature": "cold",
    "quiet_from": None,
    "quiet_to": None,
    "max_per_hour": 20,
}
REPORT_DEFAULTS: dict[str, Any] = {"enabled": True, "emails": [], "weekday": 1, "hour": 8}


def get(tx: Tx, client_id: str) -> Client:
    """A client to be changed, locked."""
    client = tx.session.execute(select(Client).where(Client.id == client_id).with_for_update(key_share=True)).scalar()
    if client is None:
        raise RapportError(NOT_FOUND)
    return client


def create(tx: Tx, *, name: str, timezone: str, slug: str | None = None, **preferences: Mapping[str, Any]) -> Client:
    """Add a client and begin its log."""
    client = Client(
        id=tx.new_id(),
        name=name,
        slug=slug or slug_of(name, tx.new_id()),
        timezone=timezone,
        notice_preferences=NOTICE_DEFAULTS | dict(preferences.get("notice_preferences", {})),
        report_preferences=REPORT_DEFAULTS | dict(preferences.get("report_preferences", {})),
        erasure_salt=tx.new_id(),
        created_at=tx.now,
    )
    try:
        with tx.session.begin_nested():
            tx.session.add(client)
    except IntegrityError:
        raise RapportError(CLIENT_ALREADY_EXISTS, details={"slug": ["Is taken."]}) from None
    open_stream(tx, client.id)
    tx.emit(events.CLIENT_CREATED, client_id=client.id, data={"name": name, "slug": client.slug})
    return client


def change(tx: Tx, client: Client, changes: Mapping[str, Any]) -> None:
    """Change what is named; preferences are merged field by field."""
    merged = dict(changes)
    for field in ("notice_preferences", "report_preferences"):
        if field in merged:
            merged[field] = getattr(client, field) | merged[field]
    told = sorted(field for field, value in merged.items() if getattr(client, field) != value)
    if not told:
        return
    for field in told:
        setattr(client, field, merged[field])
    try:
        with tx.session.begin_nested():
            tx.session.flush()  # a taken slug shows here
    except IntegrityError:
        raise RapportError(CLIENT_ALREADY_EXISTS, details={"slug": ["Is taken."]}) from None
    tx.emit(events.CLIENT_CHANGED, client_id=client.id, data={"name": client.name, "fields": ", ".join(told)})


def archive(tx: Tx, client: Client) -> None:
    """Put a client away: its data stays, nothing of it runs. Archiving twice changes nothing."""
    if client.archived_at is None:
        client.archived_at = tx.now
        tx.emit(events.CLIENT_ARCHIVED, client_id=client.id, data={"name": client.name})


def restore(tx: Tx, client: Client) -> None:
    """Take an archived client back."""
    if client.archived_at is not None:
        client.archived_at = None
        tx.emit(events.CLIENT_RESTORED, client_id=client.id, data={"name": client.name})


def add_member(tx: Tx, client: Client, user: User) -> None:
    """Let a user work for a client; doing so twice changes nothing."""
    if tx.session.get(Membership, (user.id, client.id)) is None:
        tx.session.add(Membership(user_id=user.id, client_id=client.id, created_at=tx.now))
        _tell(tx, events.MEMBER_ADDED, client, user)


def remove_member(tx: Tx, client: Client, user: User) -> None:
    """End a membership; what the user remembered of the client is refused at once."""
    membership = tx.session.get(Membership, (user.id, client.id))
    if membership is None:
        raise RapportError(NOT_FOUND)
    tx.session.delete(membership)
    _tell(tx, events.MEMBER_REMOVED, client, user)


def _tell(tx: Tx, event_type: str, client: Client, user: User) -> None:
    tx.emit(event_type, client_id=client.id, data={"user_id": user.id, "email": user.email, "name": client.name})
    events.identities_changed(tx)


def slug_of(name: str, fallback: str) -> str:
    """A name as it may stand in an address."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or f"client-{fallback[-12:]}"
