"""Health and diagnostics as they cross the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import EXAMPLE_INSTANT, Body, Shown, Whole, email_field, id_field, shown_instant, text_field


class LiveOut(Shown):
    """The process answers."""

    status = fields.String(required=True)
    example: ClassVar = {"status": "live"}


class CheckOut(Shown):
    """What one part says of itself."""

    ok = fields.Boolean(required=True)
    detail = fields.String(required=True)


class ReadyOut(Shown):
    """Whether the service can do its work, and what each part says."""

    status = fields.String(required=True, validate=validate.OneOf(["ready", "not_ready"]))
    checks = fields.Dict(keys=fields.String(), values=fields.Nested(CheckOut), required=True)
    example: ClassVar = {
        "status": "ready",
        "checks": {"database": {"ok": True, "detail": "answers"}, "migrations": {"ok": True, "detail": "at head"}},
    }


class MigrationsOut(Shown):
    """Where the database stands."""

    current = fields.String(required=True, allow_none=True)
    head = fields.String(required=True)
    pending = fields.List(fields.String(), required=True)
    at_head = fields.Boolean(required=True)
    example: ClassVar = {"current": "0001", "head": "0001", "pending": [], "at_head": True}


class LoopOut(Shown):
    """One background loop."""

    name = fields.String(required=True)
    alive = fields.Boolean(required=True)
    last_turn_at = shown_instant(allow_none=True)
    next_turn_at = shown_instant(allow_none=True)
    failures_in_a_row = fields.Integer(required=True)
    last_error = fields.String(required=True, allow_none=True)


class StatusOut(Shown):
    """How the service runs."""

    version = fields.String(required=True)
    environment = fields.String(required=True)
    database = fields.String(required=True)
    redis = fields.Boolean(required=True)
    provider = fields.String(required=True, validate=validate.OneOf(["unipile", "sandbox"]))
    pool = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    threads = fields.List(fields.String(), required=True)
    loops = fields.List(fields.Nested(LoopOut), required=True)
    example: ClassVar = {
        "version": "0.1.0",
        "environment": "development",
        "database": "sqlite",
        "redis": False,
        "provider": "sandbox",
        "pool": {"size": 12, "in_use": 1},
        "threads": ["MainThread", "rapport-jobs-1"],
        "loops": [
            {
                "name": "jobs-1",
                "alive": True,
                "last_turn_at": EXAMPLE_INSTANT,
                "next_turn_at": EXAMPLE_INSTANT,
                "failures_in_a_row": 0,
                "last_error": None,
            }
        ],
    }


class BootstrapIn(Body):
    """The first admin."""

    token = fields.String(
        required=True, validate=validate.Length(1, 200), metadata={"description": "From RAPPORT_HOME/bootstrap.token."}
    )
    email = email_field(required=True)
    name = text_field(120, required=True)
    password = fields.String(required=True, validate=validate.Length(12, 200))
    example: ClassVar = {
        "token": "boot_...",
        "email": "root@agency.example",
        "name": "Root",
        "password": "correct horse battery",
    }


class ConsumerOut(Shown):
    """How far one consumer has read one client's log."""

    consumer = fields.String(required=True)
    client_id = fields.String(required=True)
    seq = fields.Integer(required=True)
    behind = fields.Integer(required=True)
    failures = fields.Integer(required=True)
    last_error = fields.String(required=True, allow_none=True)


class ConsumersOut(Shown):
    """How far each consumer has read."""

    items = fields.List(fields.Nested(ConsumerOut), required=True)
    example: ClassVar = {"items": []}


class RewindIn(Body):
    """From where a consumer reads again."""

    client_id = id_field(required=True)
    to = Whole(load_default=0, validate=validate.Range(0, 2**62))
    example: ClassVar = {"client_id": "0190a1b2-7c3d-7e4f-8a9b-0c1d2e3f4a5b", "to": 0}
