"""Places to measure at: a migrated database of a kind, durable, with a folder beside it.

Rows are made by the product's verbs. Credentials are minted as a sign-in would.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rapport.admin import bootstrap, migrations
from rapport.assembly import Service, assemble
from rapport.kernel.principal import SYSTEM
from rapport.kernel.settings import Settings, read_settings
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.people import clients, sessions, users
from rapport.people.models import Client, User
from rapport.rules.permissions import Role
from scripts.servers import PostgreSQL

KINDS = ("sqlite", "postgresql")
PASSWORD = "a password of a measurement"


@dataclass(frozen=True)
class Place:
    """One database and the environment in which the product finds it."""

    kind: str
    home: Path
    environment: dict[str, str]

    def settings(self, **more: str) -> Settings:
        return read_settings(self.environment | more, None)

    @contextmanager
    def service(self) -> Iterator[Service]:
        """The product put together here, in this process."""
        made = assemble(self.settings())
        try:
            yield made
        finally:
            made.close()


@contextmanager
def place(kind: str) -> Iterator[Place]:
    """A fresh place; everything is taken away afterwards. PostgreSQL syncs every commit, as in production."""
    with tempfile.TemporaryDirectory(prefix="rapport-bench-") as folder:
        environment = {
            "RAPPORT_HOME": folder,
            "SECRET_KEY": "the key of a measurement, long enough to be one",
            "RATE_LIMIT_PER_MINUTE": "10000000",
        }
        if kind == "sqlite":
            yield _migrated(Place(kind, Path(folder), environment))
            return
        server = PostgreSQL(durable=True)
        try:
            server.start()
            yield _migrated(Place(kind, Path(folder), environment | {"DATABASE_URL": server.url()}))
        finally:
            server.remove()


def _migrated(made: Place) -> Place:
    with made.service() as service:
        migrations.bring_to(service.engine, "head")
        with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
            bootstrap.prepare(tx, made.home)
    return made


def client(service: Service, name: str) -> Client:
    """A client of the agency."""
    with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        return clients.create(tx, name=name, timezone="Europe/Berlin")


def agent_of(service: Service, client_id: str, number: int = 0) -> User:
    """Somebody who works for one client."""
    with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        return users.create(
            tx,
            email=f"agent-{number}@agency.example",
            name="An agent",
            role=Role.AGENT,
            password_hash=service.passwords.hash(PASSWORD),
            client_ids=[client_id],
        )


def token_of(service: Service, user: User) -> str:
    """An access token, good for as long as a measurement may take."""
    with service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        opened = sessions.open_session(
            tx, tx.session.merge(user), life=timedelta(days=1), address="127.0.0.1", user_agent="bench"
        )
        return service.tokens.mint(
            user_id=user.id,
            session_id=opened.session.id,
            token_id=tx.new_id(),
            now=tx.now,
            life=timedelta(hours=6),
        )
