"""Having something read or looked at: each answers its job, and what is asked for twice is one job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from rapport.accounts.queries import Listening
from rapport.jobs.enqueue import enqueue
from rapport.kernel.tx import Tx
from rapport.replies.types import INVITATIONS, MATCH, POLL, READ_CHAT, RELATIONS, THREADS

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def poll(tx: Tx, account: Listening, *, why: str, since: datetime | None = None) -> str:
    """Have an account's messages read, from where the last reading ended or from an instant on."""
    payload = {"account_id": account.id, "why": why}
    if since is not None:
        payload["since"] = since.isoformat()
    return enqueue(
        tx,
        POLL,
        client_id=account.client_id,
        payload=payload,
        entity=("account", account.id),
        entity_label=account.name,
        dedupe_key=f"replies.poll:{account.id}:{payload.get('since', '')}",
    )[0].id


def read_chat(tx: Tx, account: Listening, chat_id: str) -> str:
    """Have the newest messages of a chat read. A reading that has begun may be past what is meant: each is another."""
    payload = {"account_id": account.id, "chat_id": chat_id}
    return enqueue(tx, READ_CHAT, client_id=account.client_id, payload=payload)[0].id


def match(tx: Tx, client_id: str, *, after: timedelta) -> str:
    """Have the unmatched messages of a client looked at, soon: many leads that arrive at once are one reason."""
    due = _BEGINNING + -(-(tx.now - _BEGINNING + after) // after) * after if after else tx.now
    key = f"replies.match:{due.isoformat()}"
    return enqueue(tx, MATCH, client_id=client_id, payload={}, dedupe_key=key, run_at=due)[0].id


def invitations(tx: Tx, account: Listening) -> str:
    """Have an account's pending invitations read."""
    return enqueue(
        tx,
        INVITATIONS,
        client_id=account.client_id,
        payload={"account_id": account.id},
        entity=("account", account.id),
        entity_label=account.name,
        dedupe_key=f"replies.invitations:{account.id}",
    )[0].id


def threads(tx: Tx, account: Listening) -> str:
    """Have the chats found of an account's threads without a name."""
    return enqueue(
        tx,
        THREADS,
        client_id=account.client_id,
        payload={"account_id": account.id},
        entity=("account", account.id),
        entity_label=account.name,
        dedupe_key=f"replies.threads:{account.id}",
    )[0].id


def sync(tx: Tx, client_id: str, account_ids: Sequence[str], *, everything: bool) -> str:
    """Have the connections of accounts read: all of them, or the new ones."""
    ids = sorted(account_ids)
    key = f"replies.relations:{'all' if everything else 'new'}:{','.join(ids)}"
    payload = {"account_ids": ids, "all": everything}
    return enqueue(tx, RELATIONS, client_id=client_id, payload=payload, dedupe_key=key[:200])[0].id
