"""The demo's seed: a client, three people, two senders. Running it again changes nothing that is there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from rapport.accounts import senders
from rapport.admin import queries
from rapport.kernel.tx import Tx
from rapport.people import clients, users
from rapport.people.passwords import Passwords
from rapport.ports.unipile_records import Account as Seen
from rapport.rules.permissions import Role

ADMIN = "demo@rapport.example"
AGENT = "agent@rapport.example"
VIEWER = "viewer@rapport.example"
_SLUG = "acme-demo"
_FILE = "demo-password"


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo was seeded with."""

    client_id: str
    account_ids: tuple[str, ...]
    """The senders that were made now; empty when the demo was there."""


def password(home: Path, given: str) -> str:
    """The demo's password: the one given, else one made once and kept beside the data."""
    if given:
        return given
    path = home / _FILE
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("-".join(secrets.token_hex(3) for _ in range(3)))
    return path.read_text().strip()


def seed(tx: Tx, passwords: Passwords, secret: str, *, accounts: Sequence[Seen] = ()) -> Demo:
    """Fill an empty service with the demo; on a filled one, only make the printed password hold.

    `accounts` are the sandbox's: each becomes a sender.
    """
    hashed = cache(lambda: passwords.hash(secret))  # one for all three: they have one password, and hashing takes long
    good = cache(lambda known: passwords.good(known, secret))
    client = queries.client_by_slug(tx, _SLUG)
    new = client is None
    if client is None:
        client = clients.create(tx, name="Acme Demo", slug=_SLUG, timezone="Europe/Berlin")
    for email, name, role in (
        (ADMIN, "Dana Demo", Role.ADMIN),
        (AGENT, "Alex Agent", Role.AGENT),
        (VIEWER, "Vera Viewer", Role.VIEWER),
    ):
        user = queries.user_by_email(tx, email)
        if user is None:
            member: dict[str, Any] = {} if role is Role.ADMIN else {"client_ids": [client.id]}
            tx.session.flush()  # the membership refers to the client
            users.create(tx, email=email, name=name, role=role, password_hash=hashed(), **member)
        elif not good(user.password_hash):
            users.set_password(tx, user, hashed())
    made = [_sender(tx, client.id, seen) for seen in accounts] if new else []
    return Demo(client.id, tuple(made))


def _sender(tx: Tx, client_id: str, seen: Seen) -> str:
    name = seen.name or "A sender"
    return senders.add(
        tx, client_id=client_id, name=name, timezone="Europe/Berlin", unipile_account_id=seen.id, warmup=False
    ).id
