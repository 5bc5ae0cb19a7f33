"""One transaction: what it carries, and in which order it ends.

Verbs take a `Tx` first and never commit. Everything a transaction writes bears one instant, `tx.now`.
What happened is told by `tx.emit`; the events are appended last, just before the commit, because the row
that numbers a client's events is locked from then on (see `events/log.py`).
Transactions begin in exactly three places: `http/transaction.py`, `runtime/loops.py` and `cli.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Result, Row

from rapport.kernel.chance import Chance
from rapport.kernel.clock import Clock
from rapport.kernel.db import AHEAD, READING
from rapport.kernel.errors import NOT_FOUND, RapportError
from rapport.kernel.ids import Ids
from rapport.kernel.once import Once
from rapport.kernel.principal import Actor
from rapport.kernel.tenancy import SCOPED, Prepared, Scope, ScopedSession, ScopeError, guard
from rapport.kernel.waiting import Waiting


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something that happened, before it has a number. `subject` names the rows it is about."""

    client_id: str
    type: str
    data: Mapping[str, object] = field(default_factory=dict)
    subject: Mapping[str, str] = field(default_factory=dict)
    """Column of the event → id: lead_id, conversation_id, campaign_id, enrollment_id, account_id, job_id."""
    dedupe_key: str | None = None
    occurred_at: datetime | None = None
    actor: Actor | None = None


class Reading:
    """Reads under a scope, in autocommit."""

    def __init__(self, connection: Callable[[], Connection], now: datetime, actor: Actor, scope: Scope) -> None:
        self._connection = connection
        self.now = now
        self.actor = actor
        self.scope = scope

    @cached_property
    def session(self) -> ScopedSession:
        """For mapped rows. Most reads do without it: `rows` is several times as fast."""
        session = ScopedSession(self._connection(), autoflush=False)
        guard(session, self.scope)
        return session

    def rows(self, statement: Executable | Prepared, **values: object) -> Result[Any]:
        """Run a statement on bare tables: a prepared one with its values, or one that said `within` itself."""
        if isinstance(statement, Prepared):
            once, values = statement.under(self.scope, values)
            return once.run(self._connection(), values, {SCOPED: self.scope})
        return self._connection().execute(statement, values, execution_options={SCOPED: self.scope})

    def one(self, statement: Executable | Prepared, **values: object) -> Row[Any]:
        """The row that a statement finds first; what it does not find in reach does not exist for the caller."""
        row = self.rows(statement, **values).first()
        if row is None:
            raise RapportError(NOT_FOUND)
        return row


class Tx(Reading):
    """A transaction in progress. It begins with the first word to the database."""

    def __init__(self, engine: Engine, now: datetime, actor: Actor, scope: Scope, *, chance: Chance, ids: Ids) -> None:
        super().__init__(lambda: self._connected, now, actor, scope)
        self._engine = engine
        self._kept: Connection | None = None
        self._session: ScopedSession | None = None
        self._waiting = Waiting()
        self.chance = chance
        self._ids = ids
        self.events: list[NewEvent] = []
        self.signals: set[str] = set()
        self.touched: set[str] = set()
        """The clients of whose rows any changed."""

    @property
    def session(self) -> ScopedSession:
        """For mapped rows. There is none until it is asked for, and with it nothing waits any more."""
        if self._session is None:
            connection = self._connected
            self._session = ScopedSession(connection, expire_on_commit=False, join_transaction_mode="rollback_only")
            guard(self._session, self.scope, touched=self.touched)
            self._waiting.send(connection)
        return self._session

    @property
    def dialect(self) -> str:
        """The name of the database's kind, where the two differ."""
        return self._engine.dialect.name

    @property
    def _connected(self) -> Connection:
        """Not a `cached_property`: in Python 3.11 that has one lock for all transactions, and to begin one may wait."""
        if self._kept is None:
            self._kept = self._engine.connect()
            self._kept.begin()
        return self._kept

    def rows(self, statement: Executable | Prepared, **values: object) -> Result[Any]:
        """As for reading, seeing what this transaction wrote before."""
        if self._waiting:
            reads = statement.reads if isinstance(statement, Prepared) else None
            if reads is None or self._waiting.concerns(reads):
                self._waiting.send(self._connected)
        if self._session is not None:
            self._session.flush()  # a statement on bare tables does not flush by itself
        return super().rows(statement, **values)

    def write(self, statement: Once, *rows: Mapping[str, Any]) -> None:
        """Run a write on bare tables, once for each of these rows; that of one row may wait for others.

        What it changes is in the scope because the caller read it within; what it adds is asked here.
        """
        for row in rows:
            if "client_id" in row and not self.scope.allows(row["client_id"]):
                raise ScopeError("a row of a client outside the scope was written")
        self.write_judged(statement, *rows)

    def write_judged(self, statement: Once, *rows: Mapping[str, Any]) -> None:
        """The same, for rows that the caller has judged by a rule of its own."""
        if len(rows) == 1 and self._session is None:
            self._waiting.add(statement, rows[0])
        elif rows:
            self.flush()
            statement.run_all(self._connected, rows)

    def change(self, statement: Prepared, **values: object) -> None:
        """Run a prepared write, which may wait for others."""
        once, values = statement.under(self.scope, values)
        once.announce(self._connected, values, {SCOPED: self.scope})
        self.write_judged(once, values)

    def flush(self) -> None:
        """Send what waits to the database."""
        if self._waiting:
            self._waiting.send(self._connected)
        if self._session is not None:
            self._session.flush()

    def commit(self) -> None:
        """End it so that all is kept. Whoever began it does so, nobody else."""
        if self._session is not None:
            self._session.close()
        if self._kept is not None:
            self._kept.commit()

    def close(self) -> None:
        """Give back the connection; what was not committed is undone."""
        if self._session is not None:
            self._session.close()
        if self._kept is not None:
            self._kept.close()

    def new_id(self) -> str:
        return self._ids.new(self.now)

    def emit(
        self,
        type: str,  # noqa: A002 - the word of the event log
        *,
        client_id: str,
        data: Mapping[str, object] | None = None,
        dedupe_key: str | None = None,
        occurred_at: datetime | None = None,
        actor: Actor | None = None,
        **subject: str | None,
    ) -> None:
        """Tell that something happened; it is in the log when this transaction commits, and only then."""
        named = {column: value for column, value in subject.items() if value is not None}
        self.events.append(NewEvent(client_id, type, data or {}, named, dedupe_key, occurred_at, actor or self.actor))

    def touch(self, client_id: str) -> None:
        """Say that rows of this client changed by a statement the session cannot see."""
        self.touched.add(client_id)

    def signal(self, name: str) -> None:
        """Announce, once this is committed, that something of this name changed. A hint: it may get lost."""
        self.signals.add(name)


class Transactions:
    """Begins readings and transactions on one engine."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Clock,
        ids: Ids,
        chance: Chance,
        finish: Callable[[Tx], None],
        announce: Callable[[frozenset[str]], None],
    ) -> None:
        """`finish` appends the events as the last statements: the event log gives it, kernel knows no tables.
        `announce` hears the signals of a transaction after its commit.
        """
        self._clock = clock
        self._ids = ids
        self._chance = chance
        self._finish = finish
        self._announce = announce
        self._engine = engine
        self._reading_engine = engine.execution_options(**{READING: True})
        self._ahead_engine = engine.execution_options(**{AHEAD: True})

    @contextmanager
    def reading(self, *, actor: Actor, scope: Scope) -> Iterator[Reading]:
        with self._reading_engine.connect() as connection:
            reading = Reading(lambda: connection, self._clock.now(), actor, scope)
            try:
                yield reading
            finally:
                if "session" in vars(reading):
                    reading.session.close()

    @contextmanager
    def transaction(self, *, actor: Actor, scope: Scope, ahead: bool = False) -> Iterator[Tx]:
        """Somebody waits for one that goes `ahead`: of the other writers of this process, where they take turns."""
        engine = self._ahead_engine if ahead else self._engine
        tx = Tx(engine, self._clock.now(), actor, scope, chance=self._chance, ids=self._ids)
        try:
            yield tx
            tx.flush()  # constraint errors come before the log's row is locked
            self._finish(tx)
            tx.flush()
            tx.commit()
        finally:
            tx.close()
        if tx.signals:
            self._announce(frozenset(tx.signals))
