"""Many rows into one table, the way the driver does it fastest: COPY on PostgreSQL, `executemany` on SQLite.

Values are made ready by the column's own types, so a row looks the same as one written one by one. It is for verbs
that write thousands of rows; a few go the ordinary way, whose errors say more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import JSON, Table, insert
from sqlalchemy.engine import Connection

from rapport.kernel.db import dumps, is_postgresql
from rapport.kernel.once import Once
from rapport.kernel.tenancy import ScopeError
from rapport.kernel.tx import Tx

_FEW = 50
_OWNER = "client_id"


def insert_rows(tx: Tx, table: Table, rows: Sequence[Mapping[str, Any]], *, judged: bool = False) -> None:
    """Write rows that name every column of the table. A client outside the scope is refused, unless the caller has
    `judged` the rows by a rule of its own.
    """
    if not rows:
        return
    for client_id in {row[_OWNER] for row in rows} if _OWNER in table.c and not judged else ():
        if not tx.scope.allows(client_id):
            raise ScopeError(f"rows of {table.name} of a client outside the scope")
    if len(rows) < _FEW:
        tx.write_judged(_into(table), *rows)
        return
    tx.session.flush()  # what these rows point at must be there before them
    connection = tx.session.connection()
    columns = [_column(rows, column.name, _maker(column.type, connection)) for column in table.c]
    names = ", ".join(connection.dialect.identifier_preparer.format_column(column) for column in table.c)
    name = connection.dialect.identifier_preparer.format_table(table)
    cursor: Any = connection.connection.cursor()
    try:
        if is_postgresql(connection):
            with cursor.copy(f"COPY {name} ({names}) FROM STDIN") as copy:
                for values in zip(*columns, strict=True):
                    copy.write_row(values)
        else:
            marks = ", ".join("?" for _ in columns)
            statement = f"INSERT INTO {name} ({names}) VALUES ({marks})"  # noqa: S608  # nosec B608 - names of our own tables
            cursor.executemany(statement, zip(*columns, strict=True))
    finally:
        cursor.close()


@cache
def _into(table: Table) -> Once:
    return Once(insert(table))


def _column(rows: Sequence[Mapping[str, Any]], name: str, make: Callable[[Any], Any] | None) -> list[Any]:
    """One column's values as the driver takes them. Rows of one transaction share their instants: each is made once."""
    values = [row[name] for row in rows]
    if make is None:
        return values
    if make is dumps:
        return [None if value is None else dumps(value) for value in values]
    made = {value: make(value) for value in set(values)}
    return [made[value] for value in values]


def _maker(type_: Any, connection: Connection) -> Callable[[Any], Any] | None:
    dialect_type = type_.dialect_impl(connection.dialect)
    if isinstance(dialect_type, JSON):
        return dumps
    maker: Callable[[Any], Any] | None = dialect_type.bind_processor(connection.dialect)
    return maker
