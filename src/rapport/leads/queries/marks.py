"""Reading what was said and noted of leads: notes, tags, custom fields and their part of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Text, cast, func, select, true

from rapport.events.models import Event
from rapport.events.queries import TIMELINE as LOG
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import (
    Lead,
    LeadNote,
    LeadTag,
)
from rapport.leads.queries.register import LIVE

_L, _T, _N = (each.__table__ for each in (Lead, LeadTag, LeadNote))
MOST_TAGS = 1_000
NOTES = Listing(
    name="lead_notes",
    columns=[_N.c.id, _N.c.lead_id, _N.c.text, _N.c.author_id, _N.c.created_at],
    fields={"author_id": Field(_N.c.author_id, "id"), "created_at": Field(_N.c.created_at, "instant")},
    sorts={"created_at": _N.c.created_at},
    default_sort="created_at",
    owner=_N.c.client_id,
    key=_N.c.id,
)

TIMELINE = replace(LOG, name="lead_events", sorts={"seq": Event.__table__.c.seq}, default_sort="seq")
"""A lead's part of the log, in the order in which it was written."""


def about(lead_ids: Sequence[str]) -> Any:
    """The condition that picks the events about these leads."""
    return TIMELINE.fields["lead_id"].column.in_(lead_ids)


def notes_of(lead_id: str) -> Any:
    """The condition that picks the notes about a lead."""
    return _N.c.lead_id == lead_id


def note_seen(reading: Reading, note_id: str) -> dict[str, Any]:
    """One note as the API shows it."""
    row = reading.one(select(*NOTES.columns).where(_N.c.id == note_id, within(reading.scope, _N.c.client_id)))
    return dict(row._mapping)


def tags_of(reading: Reading, lead_id: str) -> list[str]:
    """The tags of a lead."""
    return list(
        reading.rows(
            select(_T.c.tag).where(_T.c.lead_id == lead_id, within(reading.scope, _T.c.client_id)).order_by(_T.c.tag)
        ).scalars()
    )


def tags(reading: Reading, client_id: str | None) -> list[dict[str, Any]]:
    """The tags of a client (None: of all in scope) with how many leads have each, the most used first."""
    count = func.count()
    rows = reading.rows(
        select(_T.c.tag, count.label("leads"))
        .where(within(reading.scope, _T.c.client_id), *([_T.c.client_id == client_id] if client_id else []))
        .group_by(_T.c.tag)
        .order_by(count.desc(), _T.c.tag)
        .limit(MOST_TAGS)
    )
    return [dict(row._mapping) for row in rows]


def custom_fields(reading: Reading, client_id: str | None) -> list[dict[str, Any]]:
    """The custom fields of a client (None: of all in scope) with how many leads have each."""
    on_postgresql = reading.session.connection().dialect.name == "postgresql"
    names = (
        func.jsonb_object_keys(_L.c.custom).table_valued("key", name="each_name").render_derived()
        if on_postgresql
        else func.json_each(_L.c.custom).table_valued("key", name="each_name")
    )
    key = cast(names.c.key, Text)
    mine = [within(reading.scope, _L.c.client_id), *([_L.c.client_id == client_id] if client_id else [])]
    rows = reading.rows(
        select(key.label("name"), func.count().label("leads"))
        .select_from(_L.join(names, true()))
        .where(*mine, *LIVE)
        .group_by(key)
        .order_by(key)
    )
    return [dict(row._mapping) for row in rows]
