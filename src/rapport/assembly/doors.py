"""Which implementation stands behind a port, by the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapport.assembly.service import Service
from rapport.kernel.clock import Clock, DatabaseClock, ScaledClock, SystemClock
from rapport.kernel.db import is_postgresql
from rapport.kernel.settings import Settings
from rapport.outbox.words import Channel
from rapport.outside.guarded import Resolver, guarded_session
from rapport.outside.memory import MemoryCache, MemoryCounters
from rapport.outside.posting import Poster
from rapport.outside.resend import Mail
from rapport.outside.slack import Slack
from rapport.outside.telegram import Telegram
from rapport.outside.web import new_session
from rapport.outside.webhooks import Webhooks
from rapport.ports.cache import Cache
from rapport.ports.carriers import Carrier
from rapport.ports.counters import Counters

if TYPE_CHECKING:
    import requests

    from rapport.outside.redis import RedisDoor


def clock_of(settings: Settings) -> Clock:
    """The clock of this installation."""
    if settings.rapport_speed != 1:
        base = SystemClock()
        return ScaledClock(base, speed=settings.rapport_speed, since=settings.rapport_speed_since or base.now())
    return SystemClock() if settings.on_sqlite else DatabaseClock(SystemClock())


def shared(settings: Settings, clock: Clock) -> tuple[RedisDoor | None, Counters, Cache]:
    """Counters and cache: shared by all processes through Redis, else this process's own."""
    if not settings.redis_url:
        return None, MemoryCounters(clock), MemoryCache(clock, entries=settings.cache_entries)
    from rapport.outside.redis import RedisCache, RedisCounters, RedisDoor

    redis = RedisDoor(settings.redis_url, clock)
    return redis, RedisCounters(redis, clock), RedisCache(redis, clock, entries=settings.cache_entries)


def carriers_of(settings: Settings, clock: Clock, resolve: Resolver) -> dict[Channel, Carrier]:
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


def sandbox_instead(settings: Settings) -> dict[str, Any]:
    """What of the settings leads to the sandbox in Unipile's place."""
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
