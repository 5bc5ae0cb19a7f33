"""Statements that are compiled once, and then run by the driver itself.

What is asked for every step that is sent must cost little more than the driver takes. SQLAlchemy says how a statement
reads and what becomes of each value on each database; between there and the driver nothing is done twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, NoReturn

from sqlalchemy import Connection, Delete, Insert, Result, Select, String, Table, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Dialect, IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql import visitors
from sqlalchemy.types import TypeEngine

from rapport.kernel.watching import WATCH, Watch

Statement = Select[Any] | Insert | Update | Delete
Make = Callable[[Any], Any]
_LIST = re.compile(r"IN \(__\[POSTCOMPILE_(\w+)\]\)")
_NAMED = sqlite.dialect(paramstyle="named")


@dataclass(slots=True)
class Form:
    """A statement as one database reads it."""

    text: str
    makers: Mapping[str, Make | None]
    """What becomes of each value that is given."""
    constants: Mapping[str, Any]
    lists: tuple[str, ...]
    """Values each of which stands for several in the text."""
    shown: SimpleResultMetaData
    answers: bool
    readers: tuple[tuple[int, Make], ...]
    """What becomes of the values that are answered at these places."""
    has_literals: bool
    """Some of its values are to be written into the text, which is then another each time."""
    of_length: dict[tuple[int, ...], str] = field(default_factory=dict)

    def given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as the driver takes them."""
        given = dict(self.constants)
        makers = self.makers
        for name, value in values.items():
            if name in makers:  # a question about nothing takes no value
                make = makers[name]
                given[name] = value if make is None else make(value)
        return given


class Once:
    """A statement on bare tables. What differs from one run to the next is a `bindparam`, or a column of a row."""

    def __init__(self, statement: Statement, *, row: str | None = None) -> None:
        """Of a write about one row, `row` is the value that is its key: two with different ones never meet."""
        self.statement: Any = statement
        self.row = row
        self._forms: dict[tuple[str, ...], Form] = {}

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables it names, wherever it does."""
        return frozenset(each.name for each in visitors.iterate(self.statement) if isinstance(each, Table))

    @property
    def written(self) -> str | None:
        """The table it changes; a question changes none."""
        return None if isinstance(self.statement, Select) else str(self.statement.table.name)

    def run(self, connection: Connection, values: Mapping[str, Any], options: Mapping[str, Any]) -> Result[Any]:
        """Run it with these values; answers rows as any statement does. `options` are for whoever listens."""
        form = self.form(connection.dialect, values)
        if form.has_literals:
            return connection.execute(self.statement, values, execution_options=options)
        self.announce(connection, values, options)
        text, given = _said(form, values)
        rows = execute(connection, text, given, answers=form.answers)
        if form.readers:
            rows = [_read(row, form.readers) for row in rows]
        return IteratorResult(form.shown, iter(rows))

    def run_all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once for each of these rows, which name the same columns."""
        form = self.form(connection.dialect, rows[0])
        given = [form.given(row) for row in rows]
        execute(connection, form.text, given[0] if len(given) == 1 else given, answers=False)

    def announce(self, connection: Connection, values: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        """Tell whoever listens to this engine's statements, before they are text, that this one is to be run."""
        for listener in connection.dispatch.before_execute:
            listener(connection, self.statement, [], values, options)

    def form(self, dialect: Dialect, values: Mapping[str, Any]) -> Form:
        """How it reads on a database when it is given values of these names."""
        # A select names its values itself; a write is also told which columns it writes.
        key = (dialect.name, *values) if _takes_columns(self.statement) else (dialect.name,)
        form = self._forms.get(key)
        if form is None:
            form = self._forms[key] = _form_of(self.statement, dialect, list(values))
        return form


def _takes_columns(statement: Any) -> bool:
    """Whether the names of the values it is given say which columns it writes."""
    return not isinstance(statement, Select) and getattr(statement, "select", None) is None


def _form_of(statement: Statement, dialect: Dialect, names: list[str]) -> Form:
    columns = names if _takes_columns(statement) else None
    on_sqlite = dialect.name == "sqlite"
    compiled = statement.compile(dialect=_NAMED if on_sqlite else dialect, column_keys=columns)
    text = str(compiled)
    lists = tuple(_LIST.findall(text))
    makers = {name: _maker(bind.type, dialect) for name, bind in compiled.binds.items()}
    if not on_sqlite:
        of_texts = {name for name in lists if isinstance(compiled.binds[name].type, String)}
        text = _LIST.sub(lambda found: _any_of(found.group(1), of_texts), text)
        makers |= {name: _text_of if name in of_texts else partial(_list_of, makers[name]) for name in lists}
        lists = ()  # to the driver each is one value
    fixed = {name: bind.effective_value for name, bind in compiled.binds.items() if not bind.required}
    answered = list(statement.exported_columns)
    readers = [_reader(column.type, dialect) for column in answered]
    return Form(
        text=text,
        makers=makers,
        constants={name: _made(makers[name], value) for name, value in fixed.items() if name not in names},
        lists=lists,
        shown=SimpleResultMetaData([str(column.key) for column in answered]),
        answers=bool(answered),
        readers=tuple((place, read) for place, read in enumerate(readers) if read is not None),
        has_literals=bool(compiled.literal_execute_params),
    )


def _any_of(name: str, of_texts: set[str]) -> str:
    return f"= ANY(%({name})s::VARCHAR[])" if name in of_texts else f"= ANY(%({name})s)"


def _text_of(values: Sequence[str | None]) -> str:
    """A list of texts as PostgreSQL reads one; its driver would ask each for its kind first."""
    return "{" + ",".join(["NULL" if each is None else _quoted(each) for each in values]) + "}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _list_of(make: Make | None, values: Sequence[Any]) -> list[Any]:
    return [_made(make, each) for each in values]


def _maker(type_: TypeEngine[Any], dialect: Dialect) -> Make | None:
    make: Make | None = type_.dialect_impl(dialect).bind_processor(dialect)
    return make


def _reader(type_: TypeEngine[Any], dialect: Dialect) -> Make | None:
    read: Make | None = type_.dialect_impl(dialect).result_processor(dialect, None)
    return read


def _read(row: Sequence[Any], readers: tuple[tuple[int, Make], ...]) -> tuple[Any, ...]:
    values = list(row)
    for place, read in readers:
        if values[place] is not None:
            values[place] = read(values[place])
    return tuple(values)


def _made(make: Make | None, value: Any) -> Any:
    return value if make is None else make(value)


def _said(form: Form, values: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The text for these values, and the values as the driver takes them."""
    if not form.lists:
        return form.text, form.given(values)
    given = form.given({name: value for name, value in values.items() if name not in form.lists})
    made = {name: _list_of(form.makers[name], values[name]) for name in form.lists}
    # SQLite knows no lists: each value is named, up to the next power of two, so that there are few texts.
    for name, each in made.items():
        each.extend([each[-1] if each else None] * (_round(len(each)) - len(each)))
        given.update({f"{name}__{number}": value for number, value in enumerate(each)})
    lengths = tuple(len(each) for each in made.values())
    text = form.of_length.get(lengths)
    if text is None:
        text = form.of_length[lengths] = _LIST.sub(lambda found: _named(found.group(1), made), form.text)
    return text, given


def _round(length: int) -> int:
    return 1 << max(0, length - 1).bit_length()


def _named(name: str, made: Mapping[str, Sequence[Any]]) -> str:
    return f"IN ({', '.join(f':{name}__{number}' for number in range(len(made[name])))})"


def execute(connection: Connection, text: str, given: Any, *, answers: bool, by_place: bool = False) -> list[Any]:
    """Run it, telling whoever listens to this engine's statements. Values `by_place` are what `$1` and so on stand
    for, which PostgreSQL itself reads: its driver looks through a text with many names each time.
    """
    name = _BY_PLACE if by_place else _BY_NAME
    cursor = connection.info.get(name) or _cursor(connection, name)
    many = isinstance(given, list) and not by_place
    watch: Watch | None = connection.info.get(WATCH)
    began = watch.stopwatch() if watch is not None else 0.0
    try:
        for listener in connection.dispatch.before_cursor_execute:
            text, given = listener(connection, cursor, text, given, None, many)
        (cursor.executemany if many else cursor.execute)(text, given)
        rows: list[Any] = cursor.fetchall() if answers else []
    except connection.dialect.loaded_dbapi.Error as failure:
        del connection.info[name]  # whoever makes of it what SQLAlchemy does closes it
        _fail(connection, failure, text, given, cursor)
    if watch is not None:
        watch.took(text, began)
    return rows


_BY_NAME, _BY_PLACE = "rapport_cursor", "rapport_cursor_by_place"


def _cursor(connection: Connection, name: str) -> Any:
    """One of the two that a connection keeps as long as it lives: an answer is read whole before the next question."""
    own: Any = connection.connection.driver_connection
    cursor = connection.dialect.loaded_dbapi.RawCursor(own) if name == _BY_PLACE else own.cursor()
    connection.info[name] = cursor
    return cursor


def _fail(connection: Connection, failure: Exception, text: str, given: Any, cursor: Any) -> NoReturn:
    """Raise what SQLAlchemy makes of a driver's error, having given up a connection that is lost."""
    connection._handle_dbapi_exception(failure, text, given, cursor, None)  # noqa: SLF001 - nothing public does all of it
