"""Is it alive, is it ready, and its numbers: for load balancers and Prometheus."""

from __future__ import annotations

from typing import Any

from prometheus_client import generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from rapport.admin import migrations
from rapport.admin.schemas import LiveOut, ReadyOut
from rapport.http.context import Call, Reply
from rapport.http.operation import Room
from rapport.kernel.db import READING
from rapport.rules.permissions import Permission

room = Room("health", "", "Whether the service lives and can work.")


@room.get("/health/live", may=None, out=LiveOut, no_store=True, own=True, limited=False)
def show_live(_call: Call) -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "live"}


@room.get(
    "/health/ready",
    may=None,
    out=ReadyOut,
    no_store=True,
    own=True,
    limited=False,
    also={503: "Not ready: the checks say why."},
)
def show_ready(call: Call) -> Reply:
    """Say whether the service can work: database, migrations, background loops, Redis if configured."""
    checks = {"database": _database(call.service)}
    if checks["database"]["ok"]:
        checks["migrations"] = _migrations(call.service)
    if call.service.settings.background:
        checks["loops"] = _loops(call.service)
    if call.service.redis is not None:
        answers = call.service.redis.alive()
        checks["redis"] = {"ok": answers, "detail": "answers" if answers else "does not answer"}
    ready = all(check["ok"] for check in checks.values())
    return Reply({"status": "ready" if ready else "not_ready", "checks": checks}, status=200 if ready else 503)


@room.get(
    "/metrics", may=Permission.METRICS, out=None, content_type="text/plain; version=0.0.4; charset=utf-8", own=True
)
def show_metrics(call: Call) -> Reply:
    """Numbers for Prometheus. Needs METRICS_TOKEN, an admin or a key with the scope metrics."""
    return Reply(generate_latest(call.service.metrics.registry))


def _database(service: Any) -> dict[str, Any]:
    try:
        with service.engine.execution_options(**{READING: True}).connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as trouble:
        return {"ok": False, "detail": type(trouble).__name__}
    return {"ok": True, "detail": "answers"}


def _migrations(service: Any) -> dict[str, Any]:
    found = migrations.status(service.engine)
    if found.at_head:
        return {"ok": True, "detail": "at head"}
    return {"ok": False, "detail": f"at {found.current or 'nothing'}, wants {found.head}: run rapport migrate"}


def _loops(service: Any) -> dict[str, Any]:
    if service.loops is None:
        return {"ok": False, "detail": "not started"}
    dead = service.loops.dead()
    return {"ok": not dead, "detail": f"dead: {', '.join(dead)}" if dead else "turning"}
