"""What is said of a database, and what is not worth a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rapport.rules.database_health import (
    DatabaseFacts,
    IndexFacts,
    TableFacts,
    WaitFacts,
    Weight,
    findings,
)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
WELL = DatabaseFacts("postgresql", "16.2", 1 << 30, connections=20, most_connections=100, blocks_read=10**6)
WELL = replace(WELL, blocks_found=10**9, counted_since=NOW - timedelta(days=30), free_bytes=0, log_bytes=0)
NO_WAITS = (WaitFacts("connection", 3, 0.2, 0), WaitFacts("turn", 900, 0.9, 0))
LARGE = TableFacts("event", 5_000_000, 1 << 30, 1 << 28, whole_reads=90, rows_read_whole=450_000_000, dead_rows=50)
UNUSED = IndexFacts("ix_event_type", "event", 64 << 20, 0, is_unique=False)


def said(database=WELL, waits=NO_WAITS, *tables: TableFacts) -> list[tuple[str, str, str]]:
    return [(each.kind, each.weight.value, each.subject) for each in findings(database, waits, tables, now=NOW)]


def test_of_a_database_that_is_well_nothing_is_said():
    used = replace(UNUSED, scans=1)
    small = TableFacts("flag", 300, 8192, 8192, whole_reads=10**6, rows_read_whole=3 * 10**8, unindexed=(("lead_id",),))
    assert said(WELL, NO_WAITS, replace(LARGE, indexes=(used,)), small) == []


@pytest.mark.parametrize(
    ("database", "kind", "weight"),
    [
        (replace(WELL, connections=81), "connections_run_out", "problem"),
        (replace(WELL, longest_transaction=timedelta(minutes=5)), "long_transaction", "problem"),
        (replace(WELL, log_bytes=300 << 20), "log_is_large", "problem"),
        (replace(WELL, blocks_found=10 * 10**6), "memory_is_short", "notice"),
        (replace(WELL, free_bytes=300 << 20), "much_is_empty", "notice"),
    ],
)
def test_what_is_wrong_with_the_whole(database, kind, weight):
    assert said(database) == [(kind, weight, "postgresql")]


@pytest.mark.parametrize(
    ("otherwise", "kind", "subject"),
    [
        ({"whole_reads": 100, "rows_read_whole": 500_000_000}, "read_whole", "event"),
        ({"dead_rows": 1_100_000}, "dead_rows", "event"),
        ({"is_analyzed": False}, "not_analyzed", "event"),
        ({"unindexed": (("action_id",),)}, "missing_index", "event.action_id"),
        ({"indexes": (UNUSED,)}, "unused_index", "ix_event_type"),
    ],
)
def test_what_costs_a_large_table_time_or_room(otherwise, kind, subject):
    assert said(WELL, NO_WAITS, replace(LARGE, **otherwise)) == [(kind, "notice", subject)]


def test_an_index_is_not_called_unused_before_a_week_was_counted_nor_one_that_keeps_a_promise():
    young = replace(WELL, counted_since=NOW - timedelta(days=6))
    assert said(young, NO_WAITS, replace(LARGE, indexes=(UNUSED,))) == []
    assert said(WELL, NO_WAITS, replace(LARGE, indexes=(replace(UNUSED, is_unique=True),))) == []
    assert said(WELL, NO_WAITS, replace(LARGE, indexes=(replace(UNUSED, scans=None),))) == []


def test_waits_in_vain_are_a_problem_and_stand_before_notices():
    waits = (WaitFacts("turn", 3, 1.5, 0), WaitFacts("connection", 9, 5.0, 2))
    found = findings(WELL, waits, (), now=NOW)
    assert [(each.kind, each.weight) for each in found] == [
        ("waited_in_vain", Weight.PROBLEM),
        ("long_wait", Weight.NOTICE),
    ]
    assert "DB_POOL_SIZE" in found[0].sentence
