"""API keys: made once, shown once, kept as a hash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from rapport.kernel.crypto import new_token, token_hash
from rapport.kernel.errors import NOT_FOUND, RapportError, field_error
from rapport.kernel.ids import AGENCY
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Tx
from rapport.people import events
from rapport.people.models import ApiKey, Client
from rapport.rules.permissions import AGENCY_WIDE_ONLY, Permission, grantable

PREFIX = "rk"
_SHOWN = 10


def create(
    tx: Tx,
    granter: Principal,
    *,
    name: str,
    client_id: str | None,
    scopes: Sequence[Permission],
    expires_at: datetime | None,
) -> tuple[ApiKey, str]:
    """The key's row and the key itself, which nobody sees again."""
    owner = client_id or AGENCY
    if client_id is None and not granter.is_admin:
        raise field_error("client_id", "Only admins make agency-wide keys.")
    if client_id is not None and tx.session.get(Client, client_id) is None:
        raise RapportError(NOT_FOUND)
    may_give = grantable(granter.permissions) if granter.actor.type == "user" else granter.permissions
    beyond = sorted(set(scopes) - may_give)
    if beyond:
        raise field_error("scopes", f"Not yours to give: {', '.join(beyond)}.")
    if client_id is not None and AGENCY_WIDE_ONLY & set(scopes):
        raise field_error("scopes", f"Only for agency-wide keys: {', '.join(sorted(AGENCY_WIDE_ONLY & set(scopes)))}.")
    if expires_at is not None and expires_at <= tx.now:
        raise field_error("expires_at", "Must be in the future.")
    secret = new_token(PREFIX)
    key = ApiKey(
        id=tx.new_id(),
        client_id=owner,
        name=name,
        prefix=secret[:_SHOWN],
        key_hash=token_hash(secret),
        scopes=sorted(set(scopes)),
        created_by=_person_behind(tx, granter),
        created_at=tx.now,
        expires_at=expires_at,
    )
    tx.session.add(key)
    tx.emit(
        events.KEY_CREATED,
        client_id=owner,
        data={"key_id": key.id, "name": name, "prefix": key.prefix, "scopes": key.scopes},
    )
    return key, secret


def _person_behind(tx: Tx, granter: Principal) -> str | None:
    """Whose rights bound the key: its maker's, or those of whoever made the key that makes it."""
    if granter.actor.type != "api_key":
        return granter.actor.id
    return tx.session.execute(select(ApiKey.created_by).where(ApiKey.id == granter.actor.id)).scalar()


def get(tx: Tx, key_id: str) -> ApiKey:
    key = tx.session.execute(select(ApiKey).where(ApiKey.id == key_id).with_for_update(key_share=True)).scalar()
    if key is None:
        raise RapportError(NOT_FOUND)
    return key


def revoke_all_of(tx: Tx, user_id: str) -> None:
    """Refuse every key behind which this person stands."""
    made = select(ApiKey).where(ApiKey.created_by == user_id, ApiKey.revoked_at.is_(None)).order_by(ApiKey.id)
    for key in tx.session.execute(made.with_for_update(key_share=True)).scalars():
        revoke(tx, key)


def revoke(tx: Tx, key: ApiKey) -> None:
    """Refuse a key from now on. Revoking twice changes nothing."""
    if key.revoked_at is None:
        key.revoked_at = tx.now
        tx.emit(
            events.KEY_REVOKED,
            client_id=key.client_id,
            data={"key_id": key.id, "name": key.name, "prefix": key.prefix},
        )
        events.identities_changed(tx)
