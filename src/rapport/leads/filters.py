"""Filters of leads that no column of theirs holds: a tag, a search, an entry on a do-not-contact list.

Each is an expression that is compared like a column, so that lists, counts, exports and bulk actions ask alike.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    TypeDecorator,
    and_,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from rapport.kernel.ids import AGENCY
from rapport.leads.models import Lead, LeadIdentity, LeadTag, Suppression, SuppressionKind
from rapport.rules import identity

_L = Lead.__table__
_T = LeadTag.__table__
_I = LeadIdentity.__table__
_S = Suppression.__table__


class _Searched(TypeDecorator[str]):
    """The type of all that names a lead: to be equal to a text means to hold it somewhere."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        escaped = " ".join(value.casefold().split()).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return f"%{escaped}%"

    class comparator_factory(TypeDecorator.Comparator[Any]):  # noqa: N801 - the name SQLAlchemy looks for
        def operate(self, _op: Any, *other: Any, **_: Any) -> Any:
            return _found(other[0])


def _found(pattern: Any) -> ColumnElement[bool]:
    """The name, in either order, or the company holds the text."""
    both_orders = _L.c.name_key.concat(" ").concat(_L.c.name_key)
    return or_(
        both_orders.like(pattern, escape="\\"),
        func.lower(_L.c.company).like(pattern, escape="\\"),
        _L.c.company_key.like(func.replace(pattern, " ", ""), escape="\\"),
    )


def tagged(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a lead has a tag of which this holds."""
    mine = (_T.c.lead_id == _L.c.id, _T.c.client_id == _L.c.client_id)
    return exists(select(literal(1)).where(*mine, condition).correlate(_L))


def untagged(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a lead has no tag of which this holds."""
    return not_(tagged(condition))


class _DomainOf(FunctionElement[str]):
    """The part of an email address behind the @."""

    type = String()
    inherit_cache = True
    name = "domain_of"


@compiles(_DomainOf, "postgresql")
def _on_postgresql(element: _DomainOf, compiler: Any, **more: Any) -> str:
    return f"split_part({compiler.process(element.clauses, **more)}, '@', 2)"


@compiles(_DomainOf, "sqlite")
def _on_sqlite(element: _DomainOf, compiler: Any, **more: Any) -> str:
    address = compiler.process(element.clauses, **more)
    return f"substr({address}, instr({address}, '@') + 1)"


_HOLDS = _S.c.client_id.in_([_L.c.client_id, literal(AGENCY)])


def _listed(kind: SuppressionKind, key: Any) -> ColumnElement[bool]:
    return exists(select(literal(1)).where(_HOLDS, _S.c.kind == kind.value, _S.c.key == key).correlate(_L))


def _identity_listed(kind: SuppressionKind, key: Any, *which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists(
        select(literal(1))
        .select_from(_I.join(_S, and_(_S.c.kind == kind.value, _S.c.key == key)))
        .where(_I.c.lead_id == _L.c.id, _I.c.client_id == _L.c.client_id, _HOLDS, *which)
        .correlate(_L)
    )


TAG = _T.c.tag
SEARCH: ColumnElement[Any] = literal_column("'q'", _Searched())
HAS_EMAIL = _L.c.email.is_not(None)
DO_NOT_CONTACT = or_(
    _listed(SuppressionKind.COMPANY, _L.c.company_key),
    _listed(SuppressionKind.DOMAIN, _L.c.email_domain),
    _identity_listed(SuppressionKind.PERSON, _I.c.kind.concat(":").concat(_I.c.value)),
    _identity_listed(SuppressionKind.DOMAIN, _DomainOf(_I.c.value), _I.c.kind == identity.EMAIL),
)
"""What `suppression.entries_against` answers for many leads by name, as a condition."""
