"""Which kinds of job there are: who runs them, how often they are tried, what they are given.

Rooms declare their types beside the handlers in `tasks.py`; the assembly gathers them here once. A type
that only n8n runs has no handler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from rapport.jobs.models import Executor, Job
from rapport.kernel.errors import JOB_TYPE_UNKNOWN, RapportError
from rapport.kernel.tx import Reading
from rapport.rules.occurrences import Every
from rapport.rules.retrying import DEFAULT_WAITS


@dataclass(frozen=True, slots=True)
class Again:
    """A handler's word that a step of long work is done and more are to follow, at once or not before `at`.

    The step is committed with this word, so that a worker which dies loses one step and not the work.
    """

    progress: Mapping[str, Any]
    """How far the work came: shown in the job."""
    at: datetime | None = None


Handler = Callable[..., Mapping[str, Any] | Again | None]
"""Runs in one transaction with the settling of the job: its effect and its end are one commit. It is given the
transaction, the job and, where the type has a `before`, what that found.
"""


class Work(Protocol):
    """A job, as whoever does it needs to know of it."""

    id: str
    client_id: str
    entity_id: str | None
    payload: dict[str, Any]
    attempts: int
    created_at: datetime


class CannotHealError(Exception):
    """A handler's word that trying again would fail again."""


@dataclass(frozen=True, slots=True)
class JobType:
    """One kind of work."""

    name: str
    summary: str
    executor: Executor = Executor.WORKER
    handler: Handler | None = None
    before: Callable[[Reading, Job], Any] | None = None
    """Slow work and questions to the outside, while no transaction is open; the handler is given what it found."""
    max_retries: int = 3
    waits: tuple[timedelta, ...] = DEFAULT_WAITS
    on_request: bool = False
    """May people and integrators ask for it by `POST /jobs`?"""
    by_n8n_too: bool = False
    """May a client have its n8n do this instead of a worker?"""
    agency: bool = False
    """Belongs to no client: only admins ask for it and see it."""
    every: Every | None = None
    """Recurring upkeep fires by itself."""
    at_start: bool = False
    """Recurring upkeep that fires at each start of a process as well."""


class JobTypes:
    """All types by name."""

    def __init__(self, types: Iterable[JobType]) -> None:
        self._types: dict[str, JobType] = {}
        for each in types:
            if each.name in self._types:
                raise ValueError(f"job type {each.name} is declared twice")
            if (each.handler is None) != (each.executor is Executor.N8N):
                raise ValueError(f"job type {each.name}: a worker's type has a handler, n8n's has none")
            if each.by_n8n_too and each.handler is None:
                raise ValueError(f"job type {each.name}: n8n does it anyway")
            if each.before is not None and each.handler is None:
                raise ValueError(f"job type {each.name}: what comes before a handler needs one")
            self._types[each.name] = each

    def get(self, name: str) -> JobType:
        found = self._types.get(name)
        if found is None:
            raise RapportError(JOB_TYPE_UNKNOWN, details={"type": [f"Known: {', '.join(sorted(self._types))}."]})
        return found

    def waits_of(self, name: str) -> tuple[timedelta, ...]:
        """The waits of a type, or the usual ones when a newer process made a job this one does not know."""
        found = self._types.get(name)
        return found.waits if found else DEFAULT_WAITS

    def all(self) -> list[JobType]:
        return sorted(self._types.values(), key=lambda each: each.name)

    def run_here(self) -> list[str]:
        """The types whose handler this process has."""
        return [each.name for each in self.all() if each.handler is not None]
