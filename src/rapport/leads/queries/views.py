"""Reading the ways to look at leads: one's own, and those that are shared."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, or_, select

from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import LeadView

_V = LeadView.__table__


def dump(row: Any) -> dict[str, Any]:
    """One view as the API shows it."""
    found = dict(row._mapping)
    found["order"] = "desc" if found.pop("descending") else "asc"
    found.pop("name_key")
    return found


LEAD_VIEWS = Listing(
    name="lead_views",
    columns=list(_V.c),
    fields={"client_id": Field(_V.c.client_id, "id"), "is_shared": Field(_V.c.is_shared, "flag")},
    sorts={"name": _V.c.name_key},
    default_sort="name",
    default_order="asc",
    owner=_V.c.client_id,
    key=_V.c.id,
    dump=dump,
)


def seen_by(user_id: str | None) -> ColumnElement[bool]:
    """The condition that picks what somebody sees."""
    return or_(_V.c.is_shared, _V.c.owner_id == user_id)


def view(reading: Reading, view_id: str, *where: ColumnElement[bool]) -> dict[str, Any]:
    """One view, within what one sees."""
    return dump(reading.one(select(_V).where(_V.c.id == view_id, within(reading.scope, _V.c.client_id), *where)))
