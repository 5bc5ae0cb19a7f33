"""Whose signature stands under what a connection says: the secret that signs to it signs for it as well."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from rapport.kernel.crypto import Keys
from rapport.kernel.tx import Reading
from rapport.outbox.claim import open_secret
from rapport.outbox.models import Connection
from rapport.outbox.words import Channel

Signer = Callable[[Reading, str], tuple[str, tuple[str, ...]] | None]


def signer_of(keys: Keys) -> Signer:
    """Tells the client of a webhook endpoint and its secrets, the one before included while it still signs."""

    def secrets_of(reading: Reading, connection_id: str) -> tuple[str, tuple[str, ...]] | None:
        row = reading.session.execute(
            select(Connection).where(
                Connection.id == connection_id,
                Connection.kind == Channel.WEBHOOK.value,
                Connection.removed_at.is_(None),
            )
        ).scalar()
        if row is None:
            return None
        opened = open_secret(row, keys, reading.now)
        return row.client_id, tuple(opened[each] for each in ("secret", "previous") if each in opened)

    return secrets_of
