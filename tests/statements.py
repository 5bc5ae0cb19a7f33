"""What a database is asked meanwhile: equal work is what equal time is made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from tests.stage import Stage


@contextmanager
def statements(stage: Stage) -> Iterator[list[str]]:
    """The statements that a stage's service sends to its database, as they are sent."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(stage.service.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(stage.service.engine, "before_cursor_execute", note)
