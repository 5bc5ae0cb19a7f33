"""The stage of a story: a service on a virtual clock, its API, and the people every room's tests know.

Alice is an agent of Acme, Bob a viewer of Acme, Carol an agent of Globex (she must see nothing of Acme),
Root an admin. Rows are made by the real verbs, never inserted by hand.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rapport.accounts import senders
from rapport.accounts.models import Account
from rapport.admin import bootstrap
from rapport.app import create_app
from rapport.assembly import Service, assemble
from rapport.console import signing
from rapport.jobs.models import Job
from rapport.kernel.chance import Chance
from rapport.kernel.clock import VirtualClock
from rapport.kernel.principal import SYSTEM, Actor, Principal
from rapport.kernel.tenancy import ALL_CLIENTS, NO_CLIENTS
from rapport.kernel.tx import Reading, Tx
from rapport.leads import persons
from rapport.people import clients, keys, sessions, users
from rapport.people.models import Client, User
from rapport.rules.permissions import Permission, Role
from rapport.runtime import loops
from tests.databases import Database

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"
PRODUCTION = {
    "RAPPORT_ENV": "production",
    "UNIPILE_BASE_URL": "https://api1.unipile.example",
    "UNIPILE_API_KEY": "k3y",
    "UNIPILE_WEBHOOK_SECRET": "a-word-between-two",
}
"""What a service must be told to start as in production, beside what every stage is told."""
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@dataclass
class Person:
    """Somebody with a credential, talking to the API."""

    stage: Stage
    name: str
    credential: str | None
    id: str = ""
    session_id: str = ""
    cookie: str | None = None
    """What a browser of theirs keeps."""

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("POST", path, json=json, **more)

    def put(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("PUT", path, json=json, **more)

    def patch(self, path: str, json: Any = None, **more: Any) -> TestResponse:
        return self.call("PATCH", path, json=json, **more)

    def delete(self, path: str, **more: Any) -> TestResponse:
        return self.call("DELETE", path, **more)

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        sent = dict(headers or {})
        if self.credential is not None:
            sent.setdefault("Authorization", f"Bearer {self.credential}")
        if not path.startswith(("/api/", "/health", "/metrics")):
            path = f"/api/v1{path}"
        if more.get("json") is None:
            more.pop("json", None)
        return self.stage.http.open(path, method=method, headers=sent, **more)

    def visit(self, path: str, form: Any = None, **more: Any) -> TestResponse:
        """A page of the console, or a form that is sent there, as a browser of theirs would."""
        browser = self.stage.app.test_client(use_cookies=False)
        service = self.stage.service
        sent = {"Accept": "text/html", **more.pop("headers", {})}
        if self.cookie is not None:
            mine = f"{signing.session_cookie(service)}={self.cookie}"
            sent["Cookie"] = f"{mine}; {sent['Cookie']}" if "Cookie" in sent else mine
        if form is None:
            return browser.get(path, headers=sent, **more)
        word = signing.form_word(service, Principal(SYSTEM, frozenset(), NO_CLIENTS, session_id=self.session_id))
        return browser.post(path, data=form, headers={"X-Form-Word": word, **sent}, **more)


class Stage:
    """One service and everybody around it."""

    def __init__(
        self,
        database: Database,
        *,
        settings: dict[str, str] | None = None,
        service: Service | None = None,
        clock: Any = None,
        **assembled: Any,
    ) -> None:
        """With a `service` of its own the stage is around that one: real time, for stories of real faults."""
        self.database = database
        self.clock: Any = clock or VirtualClock(MONDAY)
        self.service: Service = service or assemble(
            database.settings(**(settings or {})),
            clock=self.clock,
            chance=Chance("a test"),
            **({"hasher": CHEAP} | assembled),
        )
        with self.tx() as tx:
            bootstrap.prepare(tx, database.home)
        self._n = 0

    def close(self) -> None:
        self.service.close()

    @cached_property
    def app(self) -> Flask:
        app = create_app(self.service)
        app.testing = False
        return app

    @cached_property
    def http(self) -> FlaskClient:
        return self.app.test_client()

    def tx(self, actor: Actor = SYSTEM) -> AbstractContextManager[Tx]:
        return self.service.transaction(actor=actor, scope=ALL_CLIENTS)

    def reading(self) -> AbstractContextManager[Reading]:
        return self.service.reading(actor=SYSTEM, scope=ALL_CLIENTS)

    def number(self) -> int:
        """Another number each time, for names that must differ."""
        self._n += 1
        return self._n

    def wait(self, **how_long: float) -> None:
        self.clock.advance(timedelta(**how_long))

    # People and clients

    @cached_property
    def acme(self) -> Client:
        return self.client("Acme")

    @cached_property
    def globex(self) -> Client:
        return self.client("Globex")

    @cached_property
    def root(self) -> Person:
        return self.person("Root", Role.ADMIN)

    @cached_property
    def alice(self) -> Person:
        return self.person("Alice", Role.AGENT, self.acme)

    @cached_property
    def bob(self) -> Person:
        return self.person("Bob", Role.VIEWER, self.acme)

    @cached_property
    def carol(self) -> Person:
        return self.person("Carol", Role.AGENT, self.globex)

    @cached_property
    def nobody(self) -> Person:
        return Person(self, "nobody", None)

    def client(self, name: str, *, timezone: str = "Europe/Berlin") -> Client:
        with self.tx() as tx:
            return clients.create(tx, name=name, timezone=timezone)

    def user(self, name: str, role: Role, *of: Client, email: str | None = None) -> User:
        with self.tx() as tx:
            return users.create(
                tx,
                email=email or f"{name.lower()}@agency.example",
                name=name,
                role=role,
                password_hash=self.service.passwords.hash(PASSWORD),
                client_ids=[client.id for client in of],
            )

    def person(self, name: str, role: Role, *of: Client) -> Person:
        user = self.user(name, role, *of)
        return self.signed_in(user)

    def signed_in(self, user: User) -> Person:
        with self.tx() as tx:
            opened = sessions.open_session(
                tx, tx.session.get_one(User, user.id), life=timedelta(days=30), address="192.0.2.1", user_agent="test"
            )
            token = self.service.tokens.mint(
                user_id=user.id,
                session_id=opened.session.id,
                token_id=tx.new_id(),
                now=tx.now,
                life=timedelta(days=400),
            )
            cookie = self.service.cookies.mint(
                user_id=user.id,
                session_id=opened.session.id,
                token_id=tx.new_id(),
                now=tx.now,
                life=timedelta(days=400),
            )
        return Person(self, user.name, token, user.id, opened.session.id, cookie)

    def key(
        self, *scopes: Permission, of: Client | None = None, by: Person | None = None, name: str = "a key"
    ) -> Person:
        granter = by or self.root
        principal = self.service.door._look_up(granter.credential or "")[0]
        with self.tx(principal.actor) as tx:
            row, secret = keys.create(
                tx,
                principal,
                name=name,
                client_id=of.id if of else None,
                scopes=list(scopes),
                expires_at=None,
            )
        return Person(self, "key", secret, row.id)

    def account(self, name: str = "Mira", *, of: Client | None = None, **more: Any) -> Account:
        with self.tx() as tx:
            return senders.add(tx, client_id=(of or self.acme).id, name=name, timezone="Europe/Berlin", **more)

    def lead(self, name: str = "Ada Lovelace", *, of: Client | None = None, **more: Any) -> str:
        """A lead of a client, known by a public identifier made of the name unless told otherwise."""
        first, _, last = name.partition(" ")
        custom, tags = more.pop("custom", {}), more.pop("tags", ())
        given = {"first_name": first, "last_name": last or None}
        if not {"email", "profile_url", "provider_id", "member_id"} & more.keys():
            given["profile_url"] = name.lower().replace(" ", "-")
        with self.tx() as tx:
            return persons.add(tx, (of or self.acme).id, given=given | more, custom=custom, tags=tags)

    # Background work

    def run_due_jobs(self, most: int = 50) -> int:
        """Run what is due now, one after the other, as a worker would; answers how many."""
        ran = 0
        running = loops.Running()
        loops.delivery_turn(self.service)
        while ran < most and self._claimable():
            loops.job_turn(self.service, running, worker="test-worker", stopping=lambda: False)
            ran += 1
        return ran

    def run_consumers(self) -> None:
        """Let every consumer read the log to its end."""
        while loops.consumer_turn(self.service) <= self.clock.now():
            pass

    def run_inbox(self) -> None:
        """Let what time has made due in the inbox be done."""
        loops.inbox_turn(self.service)

    def _claimable(self) -> bool:
        from rapport.jobs import claim
        from rapport.jobs.models import Executor

        with self.reading() as reading:
            return claim.any_due(reading, executor=Executor.WORKER, types=self.service.job_types.run_here())

    def job(self, job_id: str) -> Job:
        with self.reading() as reading:
            return reading.session.get_one(Job, job_id)
