"""Where HTTP begins its transactions and readings: here and nowhere else."""

from __future__ import annotations

from contextlib import AbstractContextManager

from rapport.http.context import Service
from rapport.kernel.principal import Principal
from rapport.kernel.tx import Reading, Tx


def reading(service: Service, principal: Principal) -> AbstractContextManager[Reading]:
    """Reads for one request, under the caller's scope."""
    return service.reading(actor=principal.actor, scope=principal.scope)


def transaction(service: Service, principal: Principal) -> AbstractContextManager[Tx]:
    """One request's transaction, under the caller's scope. It goes ahead of background work, for the caller waits."""
    return service.transaction(actor=principal.actor, scope=principal.scope, ahead=True)
