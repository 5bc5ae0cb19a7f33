"""What the sending asks of whoever runs it: transactions, the provider, the clock, and some settings."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from rapport.kernel.clock import Clock
from rapport.kernel.principal import Actor
from rapport.kernel.tenancy import Scope
from rapport.kernel.tx import Reading, Tx
from rapport.ports.unipile import Unipile


@dataclass(frozen=True, slots=True)
class Terms:
    """How long an action is held, and how far the provider's lists may be behind."""

    lease: timedelta
    list_lag: timedelta


class Doors(Protocol):
    """The service, as far as the sending knows it."""

    @property
    def clock(self) -> Clock: ...

    @property
    def unipile(self) -> Unipile: ...

    @property
    def sending(self) -> Terms: ...

    def reading(self, *, actor: Actor, scope: Scope) -> AbstractContextManager[Reading]: ...

    def transaction(self, *, actor: Actor, scope: Scope) -> AbstractContextManager[Tx]: ...
