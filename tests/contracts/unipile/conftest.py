"""The provider the contract is held against: the sandbox, and the real one when its address and key are set.

Only what changes nothing is asked of the real one: tests that write ask for `sandbox` by name.
"""

from __future__ import annotations

import os
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry

from rapport.kernel.chance import Chance
from rapport.kernel.clock import Clock, SystemClock
from rapport.kernel.settings import Settings, read_settings
from rapport.outside.unipile.client import connect
from rapport_sandbox.server import SandboxServer
from tests.sandboxes import WorldClock, sandbox_server, settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rapport.outside.unipile.client import UnipileClient
    from rapport.ports.outcomes import Outcome
    from rapport_sandbox.faults import Fault
    from rapport_sandbox.world.people import Person

IS_REAL_AT_HAND = bool(os.environ.get("UNIPILE_API_KEY") and os.environ.get("UNIPILE_BASE_URL"))
PROVIDERS = ["sandbox", "real"] if IS_REAL_AT_HAND else ["sandbox"]


@dataclass
class Provider:
    """A client, an account of its provider, and where the provider is."""

    unipile: UnipileClient
    account_id: str


@dataclass
class SandboxProvider(Provider):
    """A sandbox with a client at it, and the ledger to judge by."""

    server: SandboxServer
    clock: WorldClock
    posts: Iterator[str]
    """Social ids of posts, each given once."""
    since: int = 0
    """The ledger's number when the test began."""

    @property
    def world(self):
        return self.server.sandbox.world

    def stranger(self, **facts: object) -> Person:
        """Somebody the account does not know, who does nothing by themselves."""
        person = self.world.invents(**facts)
        self.world.quiet(person)
        return person

    def friend(self, **facts: object) -> Person:
        """A first-degree relation of the account."""
        person = self.stranger(**facts)
        self.world.connects(person)
        return person

    def arm(self, fault: Fault) -> None:
        self.server.sandbox.faults.arm(fault)

    def arrivals(self, kind: str) -> list[dict[str, object]]:
        """What the ledger says arrived of this kind."""
        lines = self.server.sandbox.ledger.read(service="unipile", after=self.since)
        return [line for line in lines if line["kind"] == kind]

    def effects(self, kind: str) -> int:
        return sum(bool(line["effect"]) for line in self.arrivals(kind))

    def received(self, person: Person) -> list[str]:
        return self.world.received(person)

    def invite(self, person: Person, note: str | None = "Hello") -> Outcome:
        return self.unipile.invite(person.provider_id, account_id=self.account_id, note=note)


@contextmanager
def sandbox_provider() -> Iterator[SandboxProvider]:
    with sandbox_server() as server:
        clock = WorldClock(server.sandbox)
        settings = read_settings(
            settings_for(server) | {"UNIPILE_CALL_SECONDS": "5", "UNIPILE_CAN_FOLLOW": "yes"}, None
        )
        with closing(_connected(settings, clock)) as unipile:
            account_id = server.sandbox.world.account(0).id
            yield SandboxProvider(unipile, account_id, server, clock, _posts(server, unipile, account_id))


def _connected(settings: Settings, clock: Clock) -> UnipileClient:
    return connect(settings, clock=clock, chance=Chance("a test"), registry=CollectorRegistry())


def _posts(server: SandboxServer, unipile: UnipileClient, account_id: str) -> Iterator[str]:
    for number in range(60):
        author = server.sandbox.world.person(number).provider_id
        yield from (post.social_id for post in unipile.posts(author, account_id=account_id, limit=100).items)


@pytest.fixture
def sandbox() -> Iterator[SandboxProvider]:
    """A sandbox of the test's own."""
    with sandbox_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def _module_sandbox() -> Iterator[SandboxProvider]:
    with sandbox_provider() as provider:
        provider.server.sandbox.patience.change(
            burst=None, weekly_invites=None, daily_messages=None, daily_inmails=None, daily_others=None
        )
        friend = provider.friend()
        provider.unipile.start_chat([friend.provider_id], account_id=provider.account_id, text="Hello")
        provider.world.replies(friend, provider.server.sandbox.now(), "Hello yourself")
        provider.server.sandbox.advance(60)
        yield provider


@pytest.fixture
def shared(_module_sandbox: SandboxProvider) -> Iterator[SandboxProvider]:
    """A sandbox of endless patience that the tests of a module share; faults end with the test."""
    sandbox = _module_sandbox.server.sandbox
    _module_sandbox.since = max((line["n"] for line in sandbox.ledger.read()), default=0)
    yield _module_sandbox
    sandbox.faults.disarm()


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """Whichever provider the test is run against; nothing may be written."""
    if request.param == "sandbox":
        yield request.getfixturevalue("shared")
        return
    with closing(_connected(read_settings(dotenv=None), SystemClock())) as unipile:
        linkedin = [one for one in unipile.accounts(limit=100).items if one.type == "LINKEDIN" and one.is_ok]
        if not linkedin:
            pytest.skip("no LinkedIn account is connected and OK")
        yield Provider(unipile, linkedin[0].id)
