"""What the product is, put together: the parts that everything else asks for."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, select

from rapport.accounts.facts import Pending
from rapport.campaigns.queries import Enrolled
from rapport.events.consumers import Consumer
from rapport.events.versions import DataVersions
from rapport.http.guards import Door
from rapport.jobs.registry import JobType, JobTypes
from rapport.kernel.chance import Chance
from rapport.kernel.clock import Clock
from rapport.kernel.crypto import Keys
from rapport.kernel.ids import AGENCY
from rapport.kernel.metrics import Metrics
from rapport.kernel.principal import Actor
from rapport.kernel.settings import Settings
from rapport.kernel.signals import Signals
from rapport.kernel.tenancy import Scope
from rapport.kernel.tokens import AccessTokens
from rapport.kernel.tx import Reading, Transactions, Tx
from rapport.kernel.watching import Watch
from rapport.live.board import Board
from rapport.notices.telling import Terms as NoticeTerms
from rapport.outbox.signing import Signer
from rapport.outbox.turn import Outbox
from rapport.people.authenticate import Authenticator
from rapport.people.events import IDENTITIES
from rapport.people.models import Client
from rapport.people.passwords import Passwords
from rapport.ports.cache import Cache
from rapport.ports.counters import Counters
from rapport.ports.crm import Crms
from rapport.ports.unipile import Unipile
from rapport.reports.send import Terms as ReportTerms
from rapport.sending.doors import Terms
from rapport.webhooks.hygiene import Hygiene
from rapport.webhooks.verify import Verifier

if TYPE_CHECKING:
    from rapport.outside.redis import RedisDoor


@dataclass(slots=True)
class Service:
    """The product, put together."""

    settings: Settings
    engine: Engine
    watch: Watch
    clock: Clock
    chance: Chance
    keys: Keys
    tokens: AccessTokens
    cookies: AccessTokens
    """What the cookie of a signed-in browser says."""
    metrics: Metrics
    signals: Signals
    counters: Counters
    cache: Cache
    versions: DataVersions
    authenticate: Authenticator
    passwords: Passwords
    transactions: Transactions
    job_types: JobTypes
    consumers: tuple[Consumer, ...]
    enrolled: Enrolled
    """Which leads are in a campaign: asked by the campaigns, answered by the room above them."""
    pending: Pending
    """How many invitations of each account are pending: asked by the accounts, answered by the room above them."""
    redis: RedisDoor | None
    unipile: Unipile
    sending: Terms
    outbox: Outbox
    crms: Crms
    notices: NoticeTerms
    reports: ReportTerms
    live: Board
    webhook_verifier: Verifier
    webhook_hygiene: Hygiene
    signer: Signer
    """Whose signature stands under what a connection says: asked at the door, answered by the outbox."""
    processing: JobType
    """The job that makes something of what webhooks delivered: asked for where something is due."""
    door: Door = field(init=False)
    loops: Any = None
    """The supervisor of this process's background loops, once it runs: readiness asks it."""

    def __post_init__(self) -> None:
        self.door = Door(self)
        self.signals.on(IDENTITIES, self.door.forget)

    def reading(self, *, actor: Actor, scope: Scope) -> AbstractContextManager[Reading]:
        return self.transactions.reading(actor=actor, scope=scope)

    def transaction(self, *, actor: Actor, scope: Scope, ahead: bool = False) -> AbstractContextManager[Tx]:
        return self.transactions.transaction(actor=actor, scope=scope, ahead=ahead)

    def client_exists(self, reading: Reading, client_id: str) -> bool:
        """Whether a client of this id is there, in the caller's scope; the agency always is."""
        if client_id == AGENCY:
            return True
        return reading.session.execute(select(Client.id).where(Client.id == client_id)).first() is not None

    def close(self) -> None:
        """Give back every connection."""
        self.unipile.close()
        self.outbox.close()
        self.crms.close()
        self.versions.close()
        self.engine.dispose()
