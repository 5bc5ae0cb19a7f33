"""The database's health as it crosses the API."""

from __future__ import annotations

from typing import ClassVar

from marshmallow import fields, validate

from rapport.kernel.schema import EXAMPLE_INSTANT, Shown, shown_instant
from rapport.rules.database_health import Weight


def _unknown(**more: object) -> fields.Field:
    """A number that not every database counts: null where it does not."""
    return fields.Integer(required=True, allow_none=True, **more)


class PoolOut(Shown):
    """The connections of this process."""

    size = fields.Integer(required=True)
    in_use = fields.Integer(required=True)


class WaitsOut(Shown):
    """How often and how long this process waited for one thing."""

    what = fields.String(required=True, validate=validate.OneOf(["connection", "turn"]))
    times = fields.Integer(required=True)
    total_s = fields.Float(required=True)
    longest_s = fields.Float(required=True)
    in_vain = fields.Integer(required=True)


class SlowStatementOut(Shown):
    """A statement, and what it cost when it was slow. Values are not kept."""

    text = fields.String(required=True)
    times = fields.Integer(required=True)
    total_s = fields.Float(required=True)
    worst_s = fields.Float(required=True)
    last_at = shown_instant()


class StatementCostOut(Shown):
    """A statement, and what it cost all processes, as pg_stat_statements says."""

    text = fields.String(required=True)
    times = fields.Integer(required=True)
    total_s = fields.Float(required=True)
    worst_s = fields.Float(required=True)


class DatabaseIndexOut(Shown):
    """An index, its size, and how often something was looked up by it."""

    name = fields.String(required=True)
    table = fields.String(required=True)
    bytes = _unknown()
    scans = _unknown()
    is_unique = fields.Boolean(required=True)


class DatabaseTableOut(Shown):
    """A table, its size and how it is read."""

    name = fields.String(required=True)
    rows = fields.Integer(required=True, metadata={"description": "As the database estimates them."})
    bytes = _unknown()
    index_bytes = _unknown()
    whole_reads = _unknown()
    rows_read_whole = _unknown()
    index_reads = _unknown()
    dead_rows = _unknown()
    analyzed_at = shown_instant(allow_none=True)
    is_analyzed = fields.Boolean(required=True)
    indexes = fields.List(fields.Nested(DatabaseIndexOut), required=True)
    unindexed = fields.List(
        fields.List(fields.String()),
        required=True,
        metadata={"description": "Columns that name rows of another table and begin no index."},
    )


class DatabaseFindingOut(Shown):
    """Something to be said of the database."""

    kind = fields.String(required=True)
    weight = fields.String(required=True, validate=validate.OneOf([each.value for each in Weight]))
    subject = fields.String(required=True)
    sentence = fields.String(required=True)


class DatabaseOut(Shown):
    """How the database is. null: this kind has no such thing, or does not count it."""

    kind = fields.String(required=True, validate=validate.OneOf(["sqlite", "postgresql"]))
    version = fields.String(required=True)
    bytes = fields.Integer(required=True)
    free_bytes = _unknown()
    log_bytes = _unknown()
    connections = _unknown()
    most_connections = _unknown()
    blocks_read = _unknown()
    blocks_found = _unknown()
    found_share = fields.Float(
        required=True, allow_none=True, metadata={"description": "The share of reads that found it in memory."}
    )
    deadlocks = _unknown()
    counted_since = shown_instant(allow_none=True)
    longest_transaction = fields.Float(required=True, allow_none=True, metadata={"description": "In seconds."})
    waiting_for_locks = _unknown()
    pool = fields.Nested(PoolOut, required=True)
    waits = fields.List(fields.Nested(WaitsOut), required=True)
    slow_from_s = fields.Float(required=True)
    slow = fields.List(fields.Nested(SlowStatementOut), required=True)
    statements = fields.List(
        fields.Nested(StatementCostOut),
        required=True,
        allow_none=True,
        metadata={"description": "Those of pg_stat_statements that cost most in all; null where it is not there."},
    )
    tables = fields.List(fields.Nested(DatabaseTableOut), required=True)
    findings = fields.List(fields.Nested(DatabaseFindingOut), required=True)
    example: ClassVar = {
        "kind": "sqlite",
        "version": "3.40.1",
        "bytes": 4_194_304,
        "free_bytes": 0,
        "log_bytes": 65_536,
        "connections": None,
        "most_connections": None,
        "blocks_read": None,
        "blocks_found": None,
        "found_share": None,
        "deadlocks": None,
        "counted_since": None,
        "longest_transaction": None,
        "waiting_for_locks": None,
        "pool": {"size": 12, "in_use": 1},
        "waits": [{"what": "turn", "times": 3, "total_s": 0.042, "longest_s": 0.02, "in_vain": 0}],
        "slow_from_s": 0.2,
        "slow": [
            {
                "text": "SELECT count(*) FROM event",
                "times": 2,
                "total_s": 0.61,
                "worst_s": 0.4,
                "last_at": EXAMPLE_INSTANT,
            }
        ],
        "statements": None,
        "tables": [],
        "findings": [
            {
                "kind": "long_wait",
                "weight": "notice",
                "subject": "turn",
                "sentence": "Somebody waited 1.2 s for a turn.",
            }
        ],
    }
