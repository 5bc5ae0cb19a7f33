"""A second pair of eyes on every statement of the whole test run: does it stay inside the scope it runs under?

The product scopes what it can see; a statement on bare tables only says that it applied `within`. Here that
word is checked: under a restricted scope, every table of tenants' rows it names must be held to clients of
that scope, or the statement fails the test that sent it. A table is held by a condition without which no row
of it is read: that its owner is such a client, or is the owner of a table that is held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Delete, Engine, Insert, Join, Select, Table, Update, event
from sqlalchemy.engine.default import StrCompileDialect
from sqlalchemy.orm import ORMExecuteState
from sqlalchemy.sql import operators, visitors
from sqlalchemy.sql.compiler import StrSQLCompiler
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, Grouping
from sqlalchemy.sql.selectable import FromGrouping

from rapport.kernel.ids import AGENCY
from rapport.kernel.tenancy import SCOPED, Scope, ScopedSession, owned_tables

OWNER = {"client": "id"}
"""The column that names the client, where it is not `client_id`."""
SHARED = {"suppression", "feature_flag"}
"""Tables whose rows of the agency hold for every client, and so are read by all."""
judged: Counter[str] = Counter()


class UnscopedError(AssertionError):
    """A statement under a restricted scope that could reach beyond it."""


def unscoped(statement: Any, scope: Scope, rows: list[dict[str, Any]] | None = None) -> set[str]:
    """The tables of tenants' rows that a statement does not hold to the scope's clients."""
    assert scope.client_ids is not None
    owned = owned_tables()
    if isinstance(statement, Insert):
        table = statement.table
        allowed = scope.client_ids | {AGENCY}  # whose log takes what anybody did
        beyond = any(row.get(OWNER.get(table.name, "client_id")) not in allowed for row in rows or [{}])
        return {table.name} & owned if beyond else set()
    named = {each.name for each in visitors.iterate(statement) if isinstance(each, Table) and each.name in owned}
    conditions = list(_conditions(statement, frozenset(), frozenset()))
    given = (rows or [{}])[0]
    held = {name for each, may in conditions if (name := _held(each, scope.client_ids, given)) in may}
    followed: set[str] = set()
    while followed != held:
        followed = set(held)
        held |= {name for each, may in conditions for name in _follows(each, held) if name in may}
    return named - held


_Names = frozenset[str]


def _conditions(element: Any, may: _Names, around: _Names) -> Iterator[tuple[BinaryExpression[Any], _Names]]:
    """Every condition that must be true, with the tables it may hold: those whose rows it can keep away.

    Not what is one side of an OR, nor denied, nor a column. A subquery's condition keeps away rows of the
    subquery and none of the tables `around` it; one of an outer join, only rows of its optional side.
    """
    inner: list[tuple[Any, _Names, _Names]]
    if isinstance(element, BinaryExpression):
        yield element, may
    if isinstance(element, Select | Update | Delete):
        froms = _froms(element) if isinstance(element, Select) else [element.table]
        own = frozenset().union(*(_tables(each) for each in froms)) - around
        inner = [(each, own, around) for each in froms]
        inner.append((element.whereclause, own, around | own))
        inner += [(each, frozenset(), around | own) for each in element.get_children()]
    elif isinstance(element, Join):
        left, right = _tables(element.left), _tables(element.right)
        of_left = frozenset() if element.full else may & left
        of_right = frozenset() if element.full else may & right
        of_both = of_right if element.isouter else of_left | of_right
        inner = [(element.left, of_left, around), (element.right, of_right, around)]
        inner.append((element.onclause, of_both, around | left | right))
    else:
        every = isinstance(element, BooleanClauseList) and element.operator is operators.and_
        kept = may if every or isinstance(element, Grouping | FromGrouping) else frozenset()
        inner = [(each, kept, around) for each in element.get_children()]
    for each, its, outside in inner:
        if each is not None:
            yield from _conditions(each, its, outside)


def _froms(statement: Select[Any]) -> list[Any]:
    """`get_final_froms`, which would write all of the statement in a dialect that lacks what ours have."""
    state = statement._compile_state_factory(statement, StrSQLCompiler(StrCompileDialect(), None))
    return list(state._get_display_froms())


def _tables(source: Any) -> _Names:
    """The tables that a FROM names outside its subqueries."""
    if isinstance(source, Join):
        return _tables(source.left) | _tables(source.right)
    if isinstance(source, FromGrouping):
        return _tables(source.element)
    return frozenset({source.name}) if isinstance(source, Table) else frozenset()


def _owner_of(element: Any) -> str | None:
    """The table whose owner this column names, if it is such a column."""
    table = getattr(element, "table", None)
    owner = isinstance(table, Table) and element.name == OWNER.get(table.name, "client_id")
    return table.name if owner and isinstance(table, Table) else None


def _follows(element: BinaryExpression[Any], held: set[str]) -> set[str | None]:
    """The tables that this condition holds to the owner of one that is held already."""
    sides = (_owner_of(element.left), _owner_of(element.right))
    if element.operator is operators.eq and None not in sides:
        return {one for one, other in (sides, sides[::-1]) if other in held}
    if element.operator is operators.in_op and sides[0] in SHARED:
        owners = list(getattr(getattr(element.right, "element", element.right), "clauses", ()))
        fits = [_owner_of(each) in held or getattr(each, "value", None) == AGENCY for each in owners]
        return {sides[0]} if fits and all(fits) else set()
    return set()


def _held(element: BinaryExpression[Any], client_ids: frozenset[str], given: dict[str, Any]) -> str | None:
    """The table that this condition, with what was given for its parameters, holds to the clients."""
    if element.operator not in (operators.eq, operators.in_op):
        return None
    table = getattr(element.left, "table", None)
    if not isinstance(table, Table) or element.left.name != OWNER.get(table.name, "client_id"):
        return None
    value = getattr(element.right, "value", None) or given.get(getattr(element.right, "key", None))
    wanted = {value} if isinstance(value, str) else set(value) if value is not None else None
    allowed = client_ids | {AGENCY} if table.name in SHARED else client_ids
    return table.name if wanted is not None and wanted <= allowed else None


def _judge(state: ORMExecuteState) -> None:
    """Judges what a session runs itself."""
    scope = state.session.info.get("scope")
    if not state.execution_options.get(SCOPED) or not isinstance(scope, Scope) or scope.client_ids is None:
        return
    parameters = state.parameters
    rows = list(parameters) if isinstance(parameters, list) else [dict(parameters)] if parameters else None
    _refuse_beyond(state.statement, scope, rows)


def _judge_rows(_connection: Any, statement: Any, many: Any, one: Any, options: Mapping[str, Any]) -> None:
    """Judges what `Reading.rows` runs on the connection, past any session."""
    scope = options.get(SCOPED)
    if isinstance(scope, Scope) and scope.client_ids is not None:
        _refuse_beyond(statement, scope, [dict(given) for given in (many or [one])])


def _refuse_beyond(statement: Any, scope: Scope, rows: list[dict[str, Any]] | None) -> None:
    beyond = unscoped(statement, scope, rows)
    judged["statements"] += 1
    if beyond:
        raise UnscopedError(f"{', '.join(sorted(beyond))} is not held to the scope by: {statement}")


def watch() -> None:
    """Judge from here on, in this process."""
    if not event.contains(ScopedSession, "do_orm_execute", _judge):
        event.listen(ScopedSession, "do_orm_execute", _judge)
        event.listen(Engine, "before_execute", _judge_rows)
