"""When background work is tried again.

A first attempt is made at once; after it come as many retries as the type allows, each after its wait: by
default 1, 5 and 15 minutes. Work that cannot heal, was dismissed or has used its retries ends as failed.
Example: a job that fails at 10:00 for the first time is tried again at 10:01.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

DEFAULT_WAITS: tuple[timedelta, ...] = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Retry:
    at: datetime


@dataclass(frozen=True, slots=True)
class GiveUp:
    why: str


def after_failure(
    now: datetime,
    *,
    attempts: int,
    max_retries: int,
    retryable: bool,
    dismissed: bool,
    waits: Sequence[timedelta],
) -> Retry | GiveUp:
    """What follows a failed attempt; `attempts` counts it."""
    if dismissed:
        return GiveUp("dismissed")
    if not retryable:
        return GiveUp("not_retryable")
    if attempts > max_retries:
        return GiveUp("retries_used")
    return Retry(now + waits[min(attempts, len(waits)) - 1] if waits else now)
