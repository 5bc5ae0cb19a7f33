"""How the service runs, for admins."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.pool import QueuePool

from rapport import __version__
from rapport.admin import bootstrap, migrations, queries
from rapport.admin.schemas import BootstrapIn, ConsumersOut, MigrationsOut, RewindIn, StatusOut
from rapport.events import consumers
from rapport.http.context import Call
from rapport.http.operation import Room
from rapport.http.transaction import transaction
from rapport.kernel.errors import BOOTSTRAP_DONE, CREDENTIALS_INVALID, NOT_FOUND, RATE_LIMITED, RapportError
from rapport.kernel.principal import SYSTEM, Principal
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.people import queries as people_queries
from rapport.people.schemas import UserDetailOut
from rapport.rules.permissions import Permission

room = Room("admin", "/admin", "Looking after the service.")


@room.get("/status", may=Permission.MANAGE, out=StatusOut, no_store=True)
def show_status(call: Call) -> dict[str, Any]:
    """Show how the service runs: database, pool, threads, loops."""
    service = call.service
    pool = service.engine.pool
    counted = isinstance(pool, QueuePool)
    return {
        "version": __version__,
        "environment": service.settings.rapport_env,
        "database": service.engine.dialect.name,
        "redis": service.redis is not None,
        "provider": "unipile" if service.settings.unipile_api_key else "sandbox",
        "pool": {"size": pool.size(), "in_use": pool.checkedout()} if counted else {},
        "threads": service.loops.thread_names() if service.loops else [],
        "loops": service.loops.status() if service.loops else [],
    }


@room.get("/migrations", may=Permission.MANAGE, out=MigrationsOut)
def show_migrations(call: Call) -> dict[str, Any]:
    """Show which migrations the database has and which this code wants."""
    found = migrations.status(call.service.engine)
    return {"current": found.current, "head": found.head, "pending": list(found.pending), "at_head": found.at_head}


@room.get("/consumers", may=Permission.MANAGE, out=ConsumersOut)
def list_consumers(call: Call) -> dict[str, Any]:
    """Show how far each consumer has read each client's log, and what stops it."""
    return {"items": queries.consumers(call.reading)}


@room.post(
    "/consumers/<string:name>/rewind", may=Permission.MANAGE, body=RewindIn, out=None, status=204, errors=[NOT_FOUND]
)
def rewind_consumer(call: Call, name: str) -> None:
    """Let a consumer read a client's log again from a number. Its consequences are not doubled.

    One that counts begins at the beginning, by a job that replaces what it has counted.
    """
    consumer = {each.name: each for each in call.service.consumers}.get(name)
    if consumer is None or not call.service.client_exists(call.tx, call.body["client_id"]):
        raise RapportError(NOT_FOUND)
    if consumer.again is not None:
        consumer.again(call.tx, call.body["client_id"])
    else:
        consumers.rewind(call.tx, name, call.body["client_id"], to=call.body["to"])


@room.post(
    "/bootstrap",
    may=None,
    body=BootstrapIn,
    out=UserDetailOut,
    once=False,
    own=True,
    errors=[BOOTSTRAP_DONE, CREDENTIALS_INVALID],
)
def bootstrap_service(call: Call) -> dict[str, Any]:
    """Make the first admin with the token from RAPPORT_HOME/bootstrap.token."""
    allowance = call.service.counters.hit(
        "bootstrap", request.remote_addr or "-", limit=call.service.settings.login_limit_per_minute
    )
    if not allowance.allowed:
        raise RapportError(RATE_LIMITED, retry_after=allowance.reset_in)
    body = call.body
    hashed = call.service.passwords.hash(body["password"])
    everyone = Principal(SYSTEM, frozenset(), ALL_CLIENTS)
    with transaction(call.service, everyone) as tx:
        user_id = bootstrap.first_admin(
            tx,
            call.service.settings.home,
            token=body["token"],
            email=body["email"],
            name=body["name"],
            password_hash=hashed,
        )
        return people_queries.user(tx, user_id)
