"""Settings in, a `Service` out."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from argon2 import PasswordHasher

from rapport.accounts import hooks as account_hooks
from rapport.assembly.doors import carriers_of, clock_of, sandbox_instead, shared
from rapport.assembly.service import Service
from rapport.assembly.work import consumers as own_consumers
from rapport.assembly.work import job_types
from rapport.broker import resend as broker_mail
from rapport.broker import tasks as broker_tasks
from rapport.campaigns.queries import Enrolled
from rapport.enrollments.queries import leads_in, leads_without_sender
from rapport.events import log
from rapport.events.consumers import Consumer
from rapport.events.versions import DataVersions
from rapport.jobs.registry import JobType, JobTypes
from rapport.kernel.chance import Chance
from rapport.kernel.clock import Clock
from rapport.kernel.crypto import load_keys
from rapport.kernel.db import make_engine
from rapport.kernel.ids import Ids
from rapport.kernel.line import Line
from rapport.kernel.locks import alone
from rapport.kernel.metrics import Metrics
from rapport.kernel.settings import Settings
from rapport.kernel.signals import Signals
from rapport.kernel.tokens import AccessTokens
from rapport.kernel.tx import Transactions
from rapport.kernel.watching import Watch
from rapport.leads.facts import pending
from rapport.live.board import Board
from rapport.notices.telling import Terms as NoticeTerms
from rapport.outbox.signing import signer_of
from rapport.outbox.turn import Outbox
from rapport.outbox.words import Channel
from rapport.outside.crm.opening import natively
from rapport.outside.guarded import Resolver, ask_the_system
from rapport.outside.unipile.client import connect as connect_unipile
from rapport.people.authenticate import Authenticator
from rapport.people.passwords import Passwords
from rapport.ports.carriers import Carrier
from rapport.ports.crm import Crms
from rapport.ports.mailboxes import Mailboxes
from rapport.ports.unipile import Unipile
from rapport.ports.unipile_hooks import AccountHeard
from rapport.replies import deliveries as reply_deliveries
from rapport.reports.send import Terms as ReportTerms
from rapport.sending.doors import Terms
from rapport.webhooks import tasks as webhook_tasks
from rapport.webhooks.hygiene import Hygiene, ours
from rapport.webhooks.sources import Sources
from rapport.webhooks.unipile import SOURCES, OnHeard, UnipileDeliveries
from rapport.webhooks.verify import verifier

_HASHES_AT_ONCE = 2


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
    if clock is None:
        clock = clock_of(settings)
    watch = Watch(clock, threading.Lock(), settings.db_slow_seconds)
    engine = make_engine(settings, Line(threading.Lock), watch)
    keys = load_keys(settings)
    chance = chance or Chance(keys.key("chance").hex())
    signals = Signals()
    redis, counters, cache = shared(settings, clock)
    metrics = Metrics()
    if unipile is None:
        reached = replace(settings, **sandbox_instead(settings)) if settings.on_sandbox else settings
        unipile = connect_unipile(reached, clock=clock, chance=chance, registry=metrics.registry)
    hooks = UnipileDeliveries(
        unipile,
        whose=account_hooks.whose,
        handlers={AccountHeard: account_hooks.on_status, **reply_deliveries.HANDLERS, **(more_hook_handlers or {})},
    )
    hygiene = Hygiene(unipile, ours(settings, keys), turn=lambda: alone(engine, settings.home, "webhooks"))
    if carriers is None:
        carriers = carriers_of(settings, clock, resolve)
    provider = carriers.get(Channel.EMAIL)
    fetch_mail = broker_mail.fetching(keys, provider if isinstance(provider, Mailboxes) else None)
    processing = webhook_tasks.processing(
        Sources({**dict.fromkeys(SOURCES, hooks), **broker_tasks.sources(keys, fetch_mail)}),
        stopwatch=clock.monotonic,
        longest=webhook_tasks.LONGEST_ON_SQLITE if settings.on_sqlite else webhook_tasks.LONGEST_ROUND,
    )
    reports = ReportTerms(settings.mail_from, settings.webhook_base, keys, settings.off)
    crms = crms or natively(settings, monotonic=clock.monotonic)
    notices = NoticeTerms(settings.mail_from, settings.public_url, settings.off)
    return Service(
        settings=settings,
        engine=engine,
        watch=watch,
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
                *job_types(
                    settings,
                    engine=engine,
                    watch=watch,
                    metrics=metrics,
                    keys=keys,
                    chance=chance,
                    unipile=unipile,
                    crms=crms,
                    mail=provider,
                    fetch_mail=fetch_mail,
                    processing=processing,
                    hygiene=hygiene,
                ),
                *more_job_types,
            ]
        ),
        consumers=(*own_consumers(settings, keys=keys, notices=notices, reports=reports), *consumers),
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
        signer=signer_of(keys),
        processing=processing,
    )
