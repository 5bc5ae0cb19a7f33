"""The one place where the product is put together: settings in, a `Service` out.

It alone imports the outside, and it alone decides which implementation stands behind a port. Everything
that differs between a test, the demo and production is a parameter of `assemble`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from sqlalchemy import Engine, select

from rapport.accounts import hooks as account_hooks
from rapport.accounts import models as account_models
from rapport.accounts import tasks as account_tasks
from rapport.accounts.facts import Pending
from rapport.alerts import models as alert_models
from rapport.alerts import tasks as alert_tasks
from rapport.analytics import models as analytics_models
from rapport.analytics import tasks as analytics_tasks
from rapport.broadcasts import models as broadcast_models
from rapport.broadcasts import tasks as broadcast_tasks
from rapport.campaigns import models as campaign_models
from rapport.campaigns.queries import Enrolled
from rapport.capture import models as capture_models
from rapport.capture import tasks as capture_tasks
from rapport.conversations import models as conversation_models
from rapport.conversations import record
from rapport.conversations import tasks as conversation_tasks
from rapport.crm import models as crm_models
from rapport.crm import tasks as crm_tasks
from rapport.enrollments import models as enrollment_models
from rapport.enrollments import tasks as enrollment_tasks
from rapport.enrollments.queries import leads_in, leads_without_sender
from rapport.events import log
from rapport.events.consumers import Consumer
from rapport.events.versions import DataVersions
from rapport.flags import models as flag_models
from rapport.http import models as http_models
from rapport.http.guards import Door
from rapport.http.idempotency import purge
from rapport.inbox import models as inbox_models
from rapport.inbox import tasks as inbox_tasks
from rapport.jobs import tasks as job_tasks
from rapport.jobs.models import Job
from rapport.jobs.registry import JobType, JobTypes
from rapport.kernel.chance import Chance
from rapport.kernel.clock import Clock, DatabaseClock, ScaledClock, SystemClock
from rapport.kernel.crypto import Keys, load_keys
from rapport.kernel.db import Base, is_postgresql, make_engine
from rapport.kernel.ids import AGENCY, Ids
from rapport.kernel.line import Line
from rapport.kernel.locks import alone
from rapport.kernel.metrics import Metrics
from rapport.kernel.principal import Actor
from rapport.kernel.settings import Settings
from rapport.kernel.signals import Signals
from rapport.kernel.tenancy import Scope
from rapport.kernel.tokens import AccessTokens
from rapport.kernel.tx import Reading, Transactions, Tx
from rapport.leads import models as lead_models
from rapport.leads import tasks as lead_tasks
from rapport.leads.facts import pending
from rapport.leads.importing import tasks as import_tasks
from rapport.live.board import Board
from rapport.notices import models as notice_models
from rapport.notices import tasks as notice_tasks
from rapport.notices.telling import Terms as NoticeTerms
from rapport.offerings import models as offering_models
from rapport.offerings import tasks as offering_tasks
from rapport.outbox import mail_events
from rapport.outbox import models as outbox_models
from rapport.outbox import tasks as outbox_tasks
from rapport.outbox.turn import Outbox
from rapport.outbox.words import Channel
from rapport.outside.crm.opening import natively
from rapport.outside.guarded import Resolver, ask_the_system, guarded_session
from rapport.outside.memory import MemoryCache, MemoryCounters
from rapport.outside.posting import Poster
from rapport.outside.resend import Mail
from rapport.outside.slack import Slack
from rapport.outside.telegram import Telegram
from rapport.outside.unipile.client import connect as connect_unipile
from rapport.outside.web import new_session
from rapport.outside.webhooks import Webhooks
from rapport.people import tasks as people_tasks
from rapport.people.authenticate import Authenticator
from rapport.people.events import IDENTITIES
from rapport.people.models import Client
from rapport.people.passwords import Passwords
from rapport.ports.cache import Cache
from rapport.ports.carriers import Carrier
from rapport.ports.counters import Counters
from rapport.ports.crm import Crms
from rapport.ports.unipile import Unipile
from rapport.ports.unipile_hooks import AccountHeard
from rapport.replies import deliveries as reply_deliveries
from rapport.replies import models as reply_models
from rapport.replies import tasks as reply_tasks
from rapport.reports import models as report_models
from rapport.reports import tasks as report_tasks
from rapport.reports.send import Terms as ReportTerms
from rapport.rules.occurrences import Every
from rapport.scoring import models as scoring_models
from rapport.scoring import tasks as scoring_tasks
from rapport.sending import models as sending_models
from rapport.sending import tasks as sending_tasks
from rapport.sending.doors import Terms
from rapport.webhooks import models as webhook_models
from rapport.webhooks import tasks as webhook_tasks
from rapport.webhooks.hygiene import Hygiene, ours
from rapport.webhooks.sources import Sources
from rapport.webhooks.unipile import SOURCES, OnHeard, UnipileDeliveries
from rapport.webhooks.verify import Verifier, verifier

if TYPE_CHECKING:
    import requests

    from rapport.outside.redis import RedisDoor

METADATA = Base.metadata
"""Every table of the product: importing this module has imported them all."""
_TABLES = (
    *(account_models, lead_models, campaign_models, enrollment_models, conversation_models, sending_models),
    *(reply_models, inbox_models, http_models, webhook_models, outbox_models, flag_models, notice_models),
    *(offering_models, capture_models, scoring_models),
    *(analytics_models, report_models, crm_models, broadcast_models, alert_models),
)
_HASHES_AT_ONCE = 2


@dataclass(slots=True)
class Service:
    """The product, put together."""

    settings: Settings
    engine: Engine
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


def assemble(
    settings: Settings,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    ids: Ids | None = None,
    hasher: PasswordHasher | None = None,
    authenticate: Authenticator | None = None,
    more_job_types: Sequence[JobType] = (),
    consumers: Sequence[Consumer] = (),
    unipile: Unipile | None = None,
    carriers: Mapping[Channel, Carrier] | None = None,
    crms: Crms | None = None,
    resolve: Resolver = ask_the_system,
    more_hook_handlers: Mapping[type[Any], OnHeard] | None = None,
) -> Service:
    """Put the product together. What is not given is the real thing."""
    settings.home.mkdir(parents=True, exist_ok=True)
    engine = make_engine(settings, Line(threading.Lock))
    if clock is None:
        clock = _clock(settings)
    keys = load_keys(settings)
    chance = chance or Chance(keys.key("chance").hex())
    signals = Signals()
    redis, counters, cache = _shared(settings, clock)
    metrics = Metrics()
    if unipile is None:
        reached = replace(settings, **_sandbox(settings)) if settings.on_sandbox else settings
        unipile = connect_unipile(reached, clock=clock, chance=chance, registry=metrics.registry)
    hooks = UnipileDeliveries(
        unipile,
        whose=account_hooks.whose,
        handlers={AccountHeard: account_hooks.on_status, **reply_deliveries.HANDLERS, **(more_hook_handlers or {})},
    )
    hygiene = Hygiene(unipile, ours(settings, keys), turn=lambda: alone(engine, settings.home, "webhooks"))
    processing = webhook_tasks.processing(
        Sources({**dict.fromkeys(SOURCES, hooks), mail_events.SOURCE: mail_events.hear}),
        stopwatch=clock.monotonic,
        longest=webhook_tasks.LONGEST_ON_SQLITE if settings.on_sqlite else webhook_tasks.LONGEST_ROUND,
    )
    carriers = _carriers(settings, clock, resolve) if carriers is None else carriers
    crms = crms or natively(settings, monotonic=clock.monotonic)
    reports = ReportTerms(settings.mail_from, settings.webhook_base, keys, settings.off)
    notices = NoticeTerms(settings.mail_from, settings.public_url, settings.off)
    return Service(
        settings=settings,
        engine=engine,
        clock=clock,
        chance=chance,
        keys=keys,
        tokens=AccessTokens(keys),
        cookies=AccessTokens(keys, kind="cookie"),
        metrics=metrics,
        signals=signals,
        counters=counters,
        cache=cache,
        versions=DataVersions(engine, threading.Lock()),
        authenticate=authenticate or Authenticator(),
        passwords=Passwords(threading.BoundedSemaphore(_HASHES_AT_ONCE), hasher),
        transactions=Transactions(
            engine,
            clock=clock,
            ids=ids or Ids(turn=threading.Lock()),
            chance=chance,
            finish=log.append,
            announce=signals.announce,
        ),
        job_types=JobTypes(
            [
                *job_tasks.types(archive_days=settings.job_archive_days),
                *people_tasks.TYPES,
                *account_tasks.types(unipile),
                *import_tasks.types(unipile, home=settings.home, file_days=settings.import_file_days),
                *lead_tasks.TYPES,
                *enrollment_tasks.types(chance),
                *reply_tasks.types(
                    unipile,
                    reply_tasks.Terms(
                        silent=timedelta(minutes=settings.reply_silent_minutes),
                        every=timedelta(minutes=settings.reply_poll_minutes),
                        lookback=timedelta(days=settings.reply_lookback_days),
                        patience=timedelta(minutes=settings.webhook_silence_minutes),
                    ),
                ),
                conversation_tasks.CHECK_COUNTS,
                *sending_tasks.types(stale_days=settings.stale_invite_days),
                *webhook_tasks.types(processing, body_days=settings.webhook_body_days),
                webhook_tasks.hygiene(hygiene),
                *(offering_tasks.LINK_AGAIN, scoring_tasks.SCORE_ALL),
                *analytics_tasks.types(chance),
                *crm_tasks.types(crms, keys, off=settings.off),
                *alert_tasks.types(settings.mail_from),
                *broadcast_tasks.types(carriers.get(Channel.EMAIL), keys, settings),
                _PURGE_KEYS,
                *more_job_types,
            ]
        ),
        consumers=(
            *(account_tasks.CHECKER, import_tasks.CONSUMER),
            *_in_turn(enrollment_tasks.FOLLOWER, conversation_tasks.FOLLOWER),
            *_in_turn(reply_tasks.LEARNER, sending_tasks.FORGETTER),
            # The scorer before waits and notices, which ask how warm somebody is.
            *_in_turn(scoring_tasks.SCORER, inbox_tasks.WAITER, inbox_tasks.DEALER, inbox_tasks.FOLLOWER),
            outbox_tasks.consumer(off=settings.off),
            notice_tasks.consumer(notices),
            *_in_turn(offering_tasks.LINKER, capture_tasks.FOLLOWER),
            *(analytics_tasks.CONSUMER, report_tasks.consumer(reports)),
            *(crm_tasks.FOLLOWER, broadcast_tasks.FOLLOWER),
            *consumers,
        ),
        enrolled=Enrolled(leads_in, leads_without_sender),
        pending=pending,
        redis=redis,
        unipile=unipile,
        sending=Terms(
            lease=timedelta(seconds=settings.action_lease_seconds),
            list_lag=timedelta(seconds=settings.unipile_list_lag_seconds),
        ),
        notices=notices,
        crms=crms,
        reports=reports,
        live=Board(most=settings.live_streams, lock=threading.Lock()),
        outbox=Outbox(
            carriers,
            lease=timedelta(seconds=settings.delivery_lease_seconds),
            mail_interval=timedelta(seconds=1 / settings.resend_per_second),
        ),
        webhook_verifier=verifier(settings),
        webhook_hygiene=hygiene,
        processing=processing,
    )


def _in_turn(*consumers: Consumer) -> Iterator[Consumer]:
    """Those that touch rows of people: a batch is about many, so it has the turn of the client's messages before, and
    is small, for whoever sends or hears waits for its end.
    """
    return (replace(each, before=record.turn, batch=_IN_ONE_TURN) for each in consumers)


_IN_ONE_TURN = 25


def _clock(settings: Settings) -> Clock:
    if settings.rapport_speed != 1:
        base = SystemClock()
        return ScaledClock(base, speed=settings.rapport_speed, since=settings.rapport_speed_since or base.now())
    return SystemClock() if settings.on_sqlite else DatabaseClock(SystemClock())


def _shared(settings: Settings, clock: Clock) -> tuple[RedisDoor | None, Counters, Cache]:
    """Counters and cache: shared by all processes through Redis, else this process's own."""
    if not settings.redis_url:
        return None, MemoryCounters(clock), MemoryCache(clock, entries=settings.cache_entries)
    from rapport.outside.redis import RedisCache, RedisCounters, RedisDoor

    redis = RedisDoor(settings.redis_url, clock)
    return redis, RedisCounters(redis, clock), RedisCache(redis, clock, entries=settings.cache_entries)


def _carriers(settings: Settings, clock: Clock, resolve: Resolver) -> dict[Channel, Carrier]:
    """Who carries deliveries. Where the sandbox stands in for Unipile, it does so for the others as well."""
    sandbox = f"http://127.0.0.1:{settings.sandbox_port}" if settings.on_sandbox else ""
    seconds, connect = settings.delivery_call_seconds, settings.delivery_connect_seconds
    allowed, insecure = settings.webhook_networks, settings.allow_insecure_webhooks

    def poster(session: requests.Session) -> Poster:
        return Poster(session, seconds, clock.monotonic)

    def guarded() -> Poster:
        return poster(guarded_session(connect_seconds=connect, read_seconds=seconds, allowed=allowed, resolve=resolve))

    found: dict[Channel, Carrier] = {
        Channel.WEBHOOK: Webhooks(guarded(), insecure=insecure),
        Channel.SLACK: Slack(guarded(), anywhere=insecure),
        Channel.TELEGRAM: Telegram(
            poster(new_session(connect_seconds=connect, read_seconds=seconds, keep_alive=False)),
            base_url=settings.telegram_api_url or (f"{sandbox}/telegram" if sandbox else "https://api.telegram.org"),
        ),
    }
    key = settings.resend_api_key or ("re_sandbox" if sandbox else "")
    if key:
        url = settings.resend_api_url or (f"{sandbox}/resend" if sandbox else "https://api.resend.com")
        found[Channel.EMAIL] = Mail(
            base_url=url, key=key, seconds=seconds, connect_seconds=connect, monotonic=clock.monotonic
        )
    return found


def _sandbox(settings: Settings) -> dict[str, Any]:
    return {"unipile_base_url": f"http://127.0.0.1:{settings.sandbox_port}", "unipile_api_key": "sandbox"}


def measure_clock(service: Service) -> None:
    """Learn how far this machine's clock is from the database's: leases of several machines must compare."""
    if not isinstance(service.clock, DatabaseClock) or not is_postgresql(service.engine):
        return
    base = SystemClock()
    with service.engine.connect() as connection:
        before = base.now()
        database_now = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        service.clock.measure(before, database_now, base.now())


def _purge_keys(tx: Tx, _job: Job) -> dict[str, Any]:
    return {"deleted": purge(tx)}


_PURGE_KEYS = JobType(
    "http.purge_idempotency_keys",
    "Deletes the answers kept for Idempotency-Keys that are older than 24 hours.",
    handler=_purge_keys,
    on_request=True,
    agency=True,
    every=Every(timedelta(hours=1), offset=timedelta(minutes=5)),
)
