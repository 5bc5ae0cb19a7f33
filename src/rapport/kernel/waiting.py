"""Writes that wait, and then reach the database together.

A way to the server and back costs more than most writes do. What nobody reads before the transaction ends need not be
written before: it waits, and goes to PostgreSQL as one statement whose parts are the writes. SQLite is no way off and
takes them one by one, in the order in which they were asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from rapport.kernel.db import is_postgresql
from rapport.kernel.once import Form, Once, execute

_Write = tuple[Once, Mapping[str, Any]]
_VALUE = re.compile(r"%%|%\((\w+)\)s")
_MOST = 32
"""So many at once: every order of writes is a statement of its own, which the server plans and keeps."""


class Waiting:
    """The writes of one transaction that are not sent yet."""

    def __init__(self) -> None:
        self._writes: list[_Write] = []
        self._tables: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._writes)

    def add(self, write: Once, values: Mapping[str, Any]) -> None:
        self._writes.append((write, values))
        self._tables.add(str(write.written))

    def concerns(self, tables: frozenset[str]) -> bool:
        """Whether whoever reads these tables must see what waits."""
        return not self._tables.isdisjoint(tables)

    def send(self, connection: Connection) -> None:
        """Write it all. What fails is as if it had failed when it was asked for: its transaction is undone."""
        writes, self._writes, self._tables = self._writes, [], set()
        if not is_postgresql(connection):
            for write, values in writes:
                write.run_all(connection, [values])
            return
        for batch in _batches(writes):
            _send(connection, batch)


def _batches(writes: Sequence[_Write]) -> list[list[_Write]]:
    """The writes in groups that may be one statement each.

    Its parts all see what was there before it, and two of them must not change one row. So of one table there are
    several only if each says which row it is about, and none reads what another of its group changes.
    """
    batches: list[list[_Write]] = []
    rows: dict[str, set[Any]] = {}
    for write, values in writes:
        table = str(write.written)
        row = values[write.row] if write.row is not None else None
        changed = rows.get(table)
        alone = changed is not None and (row is None or row in changed or None in changed)
        reads = any(each in rows for each in write.tables if each != table)
        if not batches or alone or reads or len(batches[-1]) == _MOST:
            batches.append([])
            rows = {}
        batches[-1].append((write, values))
        rows.setdefault(table, set()).add(row)
    return batches


_texts: dict[tuple[int, ...], tuple[list[Form], str, list[tuple[int, str]]]] = {}
"""By the forms, which are kept beside it: the text of them all, and the form and the name of each of its values."""


def _send(connection: Connection, writes: Sequence[_Write]) -> None:
    if len(writes) == 1:
        write, values = writes[0]
        write.run_all(connection, [values])
        return
    forms = [write.form(connection.dialect, values) for write, values in writes]
    key = tuple([id(form) for form in forms])
    known = _texts.get(key)
    if known is None:
        known = _texts[key] = (forms, *_as_one(forms))
    given = [form.given(values) for form, (_, values) in zip(forms, writes, strict=True)]
    execute(connection, known[1], [given[number][name] for number, name in known[2]], answers=False, by_place=True)


def _as_one(forms: Sequence[Form]) -> tuple[str, list[tuple[int, str]]]:
    places: dict[tuple[int, str], int] = {}

    def said(number: int, form: Form) -> str:
        def named(found: re.Match[str]) -> str:
            name = found.group(1)
            return "%" if name is None else f"${places.setdefault((number, name), len(places) + 1)}"

        return _VALUE.sub(named, form.text)

    texts = [said(number, form) for number, form in enumerate(forms)]
    before = ", ".join(f"w{number} AS ({text})" for number, text in enumerate(texts[:-1]))
    return f"WITH {before} {texts[-1]}", list(places)
