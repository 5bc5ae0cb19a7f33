"""The port's implementation for Unipile's API v1: every group of calls in one object.

unipile = connect(settings, clock=clock, chance=chance, registry=metrics.registry)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport.kernel.clock import SystemClock
from rapport.outside.unipile.accounts import Accounts
from rapport.outside.unipile.hooks import Hooks
from rapport.outside.unipile.messaging import Messaging
from rapport.outside.unipile.options import Timekeeping, UnipileOptions
from rapport.outside.unipile.people import People
from rapport.outside.unipile.webhooks import Webhooks

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from rapport.kernel.chance import Chance
    from rapport.kernel.clock import Clock
    from rapport.kernel.settings import Settings


class UnipileClient(Accounts, People, Messaging, Webhooks, Hooks):
    """A `rapport.ports.unipile.Unipile` over HTTP: made once, shared between threads, closed at the end."""


def connect(settings: Settings, *, clock: Clock, chance: Chance, registry: CollectorRegistry) -> UnipileClient:
    """A client for the address and key in the settings. Opens nothing yet, so it does not fail when nobody is there."""
    return UnipileClient(
        UnipileOptions(
            base_url=settings.unipile_base_url,
            api_key=settings.unipile_api_key,
            connect_seconds=settings.unipile_connect_seconds,
            total_seconds=settings.unipile_call_seconds,
            can_follow=settings.unipile_can_follow,
        ),
        timekeeping=Timekeeping(clock=clock, stopwatch=SystemClock().monotonic, chance=chance),
        registry=registry,
    )
