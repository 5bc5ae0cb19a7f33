"""Reads through the cache while others write. As a program, for longer: `python -m tests.faults.readers`."""

from __future__ import annotations

from contextlib import ExitStack

from tests.databases import fresh_database
from tests.faults.readers import Field, play


def test_no_read_is_older_than_the_last_acknowledged_write(tmp_path, seed, record_property):
    with fresh_database("postgresql", tmp_path) as database, ExitStack() as stack:
        where = Field(database, stack)
        seen = play(where, seconds=3.3, seed=seed)
        control = play(where, seconds=0.7, seed=seed, around=True)

    assert seen.wrong() == []
    assert seen.writes > 50
    assert control.stale, "writes around the version must be seen to be stale"
    record_property("says", f"{seen.reads} reads and {seen.writes} writes, {sum(seen.hits.values())} kept answers")
