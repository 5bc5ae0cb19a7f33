"""The database's manners: one engine, one base for all tables, and column types that agree on both.

SQLite runs in WAL with `synchronous=FULL` (an intent lost in a power cut would be a double send) and
takes its write lock at BEGIN, so that two writers queue instead of one failing at its commit. They queue in a
line of ours, for SQLite lets whoever asks at the right moment overtake all. Readers run in autocommit: no
transaction to roll back. On both databases the driver is left in autocommit and BEGIN is said here, for
switching a connection to and fro costs as much as a small read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Engine,
    MetaData,
    String,
    TextClause,
    TypeDecorator,
    create_engine,
    event,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase

from rapport.kernel.line import Line
from rapport.kernel.once import execute
from rapport.kernel.settings import Settings
from rapport.kernel.watching import TURN, Watch, pool_under, watch_statements

AHEAD = "rapport_ahead"
"""The option of a connection whose transactions go ahead of others in line, because somebody waits for them."""
READING = "rapport_reading"
"""Execution option of a connection that only reads: it begins no transaction."""


_BEGIN = "BEGIN IMMEDIATE"
_TURN = "rapport_turn"


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware in, aware out, UTC in the database. A naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any]:
        """PostgreSQL takes the instant; on SQLite it is text, of one length, so that texts order as instants do."""
        return in_utc if dialect.name == "postgresql" else _text_of

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:  # noqa: ARG002
        """PostgreSQL answers aware instants; SQLite answers text, which is read at once as what it is: UTC."""
        return None if dialect.name == "postgresql" else _instant_of


def in_utc(value: datetime | None) -> datetime | None:
    """An instant as it is written; one without a time zone is refused."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return value.astimezone(UTC)


def _text_of(value: datetime | None) -> str | None:
    instant = in_utc(value)
    return None if instant is None else instant.replace(tzinfo=None).isoformat(" ", "microseconds")


def _instant_of(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


Id = String(36).with_variant(String(36, collation="C"), "postgresql")
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
Instant = UTCDateTime()


class Base(DeclarativeBase):
    """The base of every table. Names of constraints are fixed, so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def is_one_of(column: Any, *words: str) -> ColumnElement[bool]:
    """The condition that a column says one of these words of ours, in the very words of a partial index.

    With a list of parameters in their place SQLite cannot tell that the index serves, and reads the whole table.
    """
    said: list[ColumnElement[Any]] = [literal_column(f"'{word}'") for word in words]
    return column == said[0] if len(said) == 1 else column.in_(said)  # type: ignore[no-any-return]


def dumps(value: Any) -> str:
    """A value as it stands in a JSON column."""
    return orjson.dumps(value).decode()


def make_engine(settings: Settings, line: Line, watch: Watch) -> Engine:
    """The engine for the configured database, with its pool and its rules for every connection.

    In `line` the writers of this process wait for SQLite's one write lock. `watch` notes what is slow and who waits.

    An error says the statement, never its parameters: those are people's names and mails, and errors are logged.
    """
    if settings.on_sqlite:
        engine = create_engine(
            settings.database,
            poolclass=pool_under(watch),
            connect_args={"timeout": settings.db_wait_seconds, "check_same_thread": False},
            pool_size=settings.db_pool_size,
            max_overflow=4,
            pool_timeout=settings.db_wait_seconds,
            pool_use_lifo=True,  # what another connection writes empties a connection's cache of pages
            hide_parameters=True,
            json_serializer=dumps,
            json_deserializer=orjson.loads,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", partial(_begin_sqlite, line, watch, settings.db_wait_seconds))
        for given_back in ("checkin", "invalidate"):  # "commit" and "rollback" are told before they are done
            event.listen(engine, given_back, partial(_leave, line))
        watch_statements(engine, watch)
        return engine
    engine = create_engine(
        settings.database,
        poolclass=pool_under(watch),
        connect_args={
            "connect_timeout": max(2, int(settings.db_wait_seconds)),
            "options": f"-c timezone=utc -c lock_timeout={int(settings.db_wait_seconds * 1000)}"
            " -c idle_in_transaction_session_timeout=60000",
            "application_name": "rapport",
        },
        pool_size=settings.db_pool_size,
        max_overflow=4,
        pool_timeout=settings.db_wait_seconds,
        pool_use_lifo=True,
        hide_parameters=True,
        json_serializer=dumps,
        json_deserializer=orjson.loads,
    )
    event.listen(engine, "connect", _prepare_postgresql)
    event.listen(engine, "begin", _begin_postgresql)
    watch_statements(engine, watch)
    return engine


def lowered(text: str | None) -> str | None:
    """A text in small letters, letter by letter, as PostgreSQL's `lower` has it."""
    if text is None:
        return None
    return text.lower() if text.isascii() else "".join([each.lower()[0] for each in text])


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.create_function("lower", 1, lowered, deterministic=True)  # SQLite's own knows A to Z only
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",
        "journal_size_limit=67108864",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(line: Line, watch: Watch, patience: float, connection: Connection) -> None:
    if connection.get_execution_options().get(READING):
        return
    if _TURN not in connection.info:
        began = watch.stopwatch()
        came = line.take(patience, ahead=AHEAD in connection.get_execution_options())
        watch.waited(TURN, began, in_vain=not came)
        if not came:
            raise OperationalError(_BEGIN, None, sqlite3.OperationalError("database is locked"))
        connection.info[_TURN] = True
    connection.exec_driver_sql(_BEGIN)


def _leave(line: Line, _connection: object, record: Any, *_: object) -> None:
    """A connection that is given back, whatever became of it, gives back its turn."""
    if record.info.pop(_TURN, False):
        line.leave()


def part(condition: str) -> dict[str, TextClause]:
    """What makes an index one of a part of the rows, on both databases."""
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


def _prepare_postgresql(connection: Any, _record: object) -> None:
    connection.autocommit = True


def _begin_postgresql(connection: Connection) -> None:
    if not connection.get_execution_options().get(READING):
        execute(connection, "BEGIN", None, answers=False)


_GAVE_WAY = frozenset({"40P01", "40001", "55P03"})
"""A deadlock, a serialization failure, a lock that was not given in time."""


def gave_way(failure: BaseException) -> bool:
    """Whether the database undid a transaction so that others could go on: tried again, it has its turn."""
    return isinstance(failure, DBAPIError) and getattr(failure.orig, "sqlstate", None) in _GAVE_WAY


def is_postgresql(engine_or_connection: Engine | Connection) -> bool:
    return engine_or_connection.dialect.name == "postgresql"
