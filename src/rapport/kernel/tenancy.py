"""The one place where every read and write of a tenant's rows is scoped to the caller's clients.

A table of a tenant's rows derives from `Owned`. Whoever works on it through a session gets, without asking:
reads limited to the session's scope, writes of foreign rows refused, and a loud failure when the session
has no scope at all. Statements on bare tables (the fast path) cannot be rewritten, so they must say
`within(...)`; one that does not is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnClause, ColumnElement, Insert, Select, Table, TextClause, Update, bindparam, event, true
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, with_loader_criteria
from sqlalchemy.sql import visitors

from rapport.kernel.db import Base, Id
from rapport.kernel.once import Once

SCOPED = "rapport_scoped"
"""Execution option by which a statement on bare tables says that `within` was applied, or within what scope."""

_CLIENT, _CLIENTS = "scope_client", "scope_clients"


class ScopeError(RuntimeError):
    """A defect of ours, never a caller's mistake: rows of a tenant were touched without or beyond a scope."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The clients whose rows may be touched; `None` means all of them."""

    client_ids: frozenset[str] | None

    def allows(self, client_id: str) -> bool:
        return self.client_ids is None or client_id in self.client_ids

    @property
    def everything(self) -> bool:
        return self.client_ids is None


ALL_CLIENTS = Scope(None)
NO_CLIENTS = Scope(frozenset())


def only(client_ids: Iterable[str]) -> Scope:
    return Scope(frozenset(client_ids))


class Owned:
    """Mixin of every table whose rows belong to one client."""

    client_id: Mapped[str] = mapped_column(Id, nullable=False)


@cache
def owned_tables() -> frozenset[str]:
    """The names of all tables that hold tenants' rows."""
    return frozenset(
        mapper.local_table.name  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, Owned)
    )


def within(scope: Scope, column: Any) -> ColumnElement[bool]:
    """The condition that keeps a statement on bare tables inside the scope."""
    if scope.client_ids is None:
        return true()
    if len(scope.client_ids) == 1:
        return column == next(iter(scope.client_ids))  # type: ignore[no-any-return]
    return column.in_(scope.client_ids)  # type: ignore[no-any-return]


class Prepared:
    """A statement on bare tables, built once and run inside whatever scope it is asked under.

    To build a statement of twenty columns takes longer than to run it; so what differs from one run to the
    next is a `bindparam`, and there is one statement for each shape that a scope can have.
    """

    def __init__(self, statement: Select[Any] | Insert | Update, *, owner: Any, row: str | None = None) -> None:
        """`owner` is the column that names the client; `None` for tables that belong to no client. Of an update
        of one row, `row` is the value that is its key.
        """
        self._owned = owner is not None
        self._of_all = Once(statement, row=row)
        if self._owned and not isinstance(statement, Insert):
            self._of_one = Once(statement.where(owner == bindparam(_CLIENT)), row=row)
            self._of_several = Once(statement.where(owner.in_(bindparam(_CLIENTS, expanding=True))), row=row)

    @property
    def reads(self) -> frozenset[str] | None:
        """The tables that it reads; None of what writes."""
        return None if self._of_all.written is not None else self._of_all.tables

    def under(self, scope: Scope, values: dict[str, object]) -> tuple[Once, dict[str, object]]:
        """The statement for this scope, and the values with those of the scope added."""
        if scope.client_ids is None or not self._owned:
            return self._of_all, values
        if len(scope.client_ids) == 1:
            return self._of_one, {**values, _CLIENT: next(iter(scope.client_ids))}
        return self._of_several, {**values, _CLIENTS: list(scope.client_ids)}


def guard(session: Session, scope: Scope | None, *, touched: set[str] | None = None) -> None:
    """Bind a session to a scope: from here on the rules above hold for it. The clients whose rows it writes are noted
    as `touched`.
    """
    session.info["scope"] = scope
    session.info["touched"] = set() if touched is None else touched


def _scope_of(session: Session) -> Scope:
    scope = session.info.get("scope")
    if not isinstance(scope, Scope):
        raise ScopeError("rows of a tenant were touched by a session that has no scope")
    return scope


def _named(statement: Any, by_class: frozenset[str]) -> tuple[bool, bool]:
    """Whether a statement names owned tables by their classes, and whether it names any as a bare table.

    Everywhere, also in a subquery: only what is named by its class can be limited by us. `by_class` are the
    tables of the classes it is about: their bare columns are SQLAlchemy's own doing (`Session.get`, RETURNING).
    """
    owned = owned_tables()
    found: set[str] = set()
    mapped = set(owned & by_class)
    bare = False
    for element in visitors.iterate(statement):
        table = element.table if isinstance(element, ColumnClause) else element
        if not isinstance(table, Table) or (name := table.name) not in owned:
            continue
        found.add(name)
        if "parententity" in element._annotations:  # noqa: SLF001 - nothing public tells a class's column from a table's
            mapped.add(name)
        elif table is not element and name not in by_class:
            bare = True
    return bool(mapped), bare or bool(found - mapped)


def _on_execute(state: ORMExecuteState) -> None:
    if state.is_column_load or state.is_relationship_load:
        return
    statement = state.statement
    if state.execution_options.get(SCOPED):
        _scope_of(state.session)
        return
    if isinstance(statement, TextClause):
        raise ScopeError("a statement in plain text cannot be scoped")
    about = frozenset(mapper.local_table.name for mapper in state.all_mappers)  # type: ignore[attr-defined]
    mapped, bare = _named(statement, about)
    if bare:
        raise ScopeError("a statement on a tenant's bare table did not say within(scope)")
    if not mapped:
        return
    scope = _scope_of(state.session)
    if scope.client_ids is None:
        return
    clients = list(scope.client_ids)
    state.statement = statement.options(
        with_loader_criteria(Owned, lambda cls: cls.client_id.in_(clients), include_aliases=True)
    )


def _before_flush(session: Session, _context: object, _instances: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Owned):
            scope = _scope_of(session)
            if not scope.allows(row.client_id):
                raise ScopeError(f"a {type(row).__name__} of a client outside the scope was written")
            session.info["touched"].add(row.client_id)


class ScopedSession(Session):
    """A session that obeys this module."""


event.listen(ScopedSession, "do_orm_execute", _on_execute)
event.listen(ScopedSession, "before_flush", _before_flush)
