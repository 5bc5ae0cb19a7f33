"""How a database goes about what it is asked: the plan of each statement, in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.stage import Stage

Asked = tuple[str, Any]
"""A statement and its parameters."""


@contextmanager
def asked(stage: Stage) -> Iterator[list[Asked]]:
    """What a stage's service asks its database meanwhile."""
    seen: list[Asked] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            seen.append((statement, parameters))

    event.listen(stage.service.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(stage.service.engine, "before_cursor_execute", note)


def plans(stage: Stage, statements: list[Asked]) -> list[str]:
    """The plan of each; PostgreSQL is told not to prefer reading the whole of a table that is small."""
    found = []
    with stage.service.engine.connect() as connection:
        on_postgresql = connection.dialect.name == "postgresql"
        if on_postgresql:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for statement, parameters in statements:
            word = "EXPLAIN" if on_postgresql else "EXPLAIN QUERY PLAN"
            rows = connection.exec_driver_sql(f"{word} {statement}", parameters).all()
            found.append("\n".join(str(row[-1]) for row in rows))
    return found
