"""Reading waits: the open ones by when they are due, and what conversations say of theirs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, literal, select

from rapport.conversations.models import Conversation
from rapport.conversations.words import Temperature
from rapport.inbox.models import Wait, WaitTerms
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.kernel.week import shown_week
from rapport.leads.arriving import shown_name
from rapport.leads.models import Lead
from rapport.people.models import User
from rapport.rules.waiting import DEFAULTS, UNSCORED

_W, _T, _C, _L, _U = (each.__table__ for each in (Wait, WaitTerms, Conversation, Lead, User))
_NAMES = ("first_name", "last_name", "public_identifier", "email", "provider_id")
_TEMPERATURES = (*(each.value for each in Temperature), UNSCORED)

STANDS: ColumnElement[bool] = exists(
    select(literal(1)).where(
        _C.c.id == _W.c.conversation_id,
        _C.c.client_id == _W.c.client_id,
        _C.c.wait_number == _W.c.number,
        _C.c.waiting_since.is_not(None),
    )
)
"""A wait that its conversation still has: nobody has answered, though it may not be followed yet."""


def _open() -> Select[Any]:
    of_thread = ("channel", "status", "assignee_id", "temperature", "unread_count", "lead_id", "account_id")
    return (
        select(
            *(_W.c[name] for name in ("conversation_id", "client_id", "since", "target_s", "warn_at", "due_at")),
            *(_W.c[name] for name in ("warned_at", "breached_at")),
            *(_C.c[name] for name in of_thread),
            *(_L.c[name].label(f"lead_{name}") for name in _NAMES),
            _U.c.name.label("assignee"),
        )
        .join(_C, (_C.c.id == _W.c.conversation_id) & (_C.c.client_id == _W.c.client_id))
        .outerjoin(_L, (_L.c.id == _C.c.lead_id) & (_L.c.client_id == _C.c.client_id))
        .outerjoin(_U, _U.c.id == _C.c.assignee_id)
        .where(_W.c.ended_at.is_(None), _C.c.wait_number == _W.c.number, _C.c.waiting_since.is_not(None))
    )


def _dump(row: Any) -> dict[str, Any]:
    shown = dict(row._mapping)
    names = {name: shown.pop(f"lead_{name}") for name in _NAMES}
    shown["lead"] = shown_name(names) if shown["lead_id"] is not None else None
    shown["state"] = "past" if shown["breached_at"] else "near" if shown["warned_at"] else "open"
    return shown


OPEN = Listing(
    name="waits",
    columns=[],
    fields={
        "client_id": Field(_W.c.client_id, "id"),
        "assignee_id": Field(_C.c.assignee_id, "id"),
        "temperature": Field(func.coalesce(_C.c.temperature, UNSCORED), "word", _TEMPERATURES),
        "near": Field(_W.c.warned_at.is_not(None) & _W.c.breached_at.is_(None), "flag"),
        "past": Field(_W.c.breached_at.is_not(None), "flag"),
        "due_at": Field(_W.c.due_at, "instant"),
    },
    sorts={"due_at": _W.c.due_at},
    default_sort="due_at",
    default_order="asc",
    owner=_W.c.client_id,
    key=_W.c.conversation_id,
    dump=_dump,
    base=_open,
)


def thread(reading: Reading, conversation_id: str) -> dict[str, Any] | None:
    """What a wait follows of its conversation."""
    names = ("id", "client_id", "waiting_since", "wait_number", "temperature")
    mine = (_C.c.id == conversation_id, within(reading.scope, _C.c.client_id))
    row = reading.rows(select(*(_C.c[name] for name in names)).where(*mine)).first()
    return dict(row._mapping) if row is not None else None


def temperatures(reading: Reading, client_id: str) -> dict[str, str | None]:
    """How warm each conversation of a client is in which somebody waits."""
    mine = (_C.c.client_id == client_id, _C.c.waiting_since.is_not(None), within(reading.scope, _C.c.client_id))
    return {row.id: row.temperature for row in reading.rows(select(_C.c.id, _C.c.temperature).where(*mine))}


def about(reading: Reading, conversation_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Conversation → with whom, by which account, how warm, and whose: for whoever is told of a wait."""
    names = ("id", "lead_id", "account_id", "campaign_id", "temperature", "assignee_id")
    statement = (
        select(*(_C.c[name] for name in names), *(_L.c[name].label(f"lead_{name}") for name in _NAMES))
        .outerjoin(_L, (_L.c.id == _C.c.lead_id) & (_L.c.client_id == _C.c.client_id))
        .where(_C.c.id.in_(sorted(conversation_ids)), within(reading.scope, _C.c.client_id))
    )
    found = {}
    for row in reading.rows(statement):
        shown = dict(row._mapping)
        known = {name: shown.pop(f"lead_{name}") for name in _NAMES}
        shown["lead"] = shown_name(known) if shown["lead_id"] is not None else "Somebody"
        found[shown.pop("id")] = shown
    return found


def next_at(reading: Reading) -> datetime | None:
    """When the next warning or breach comes, of those that still stand."""
    marks = ((_W.c.warned_at, _W.c.warn_at), (_W.c.breached_at, _W.c.due_at))
    found = []
    for mark, when in marks:
        mine = (_W.c.ended_at.is_(None), mark.is_(None), STANDS, within(reading.scope, _W.c.client_id))
        found.append(reading.rows(select(when).where(*mine).order_by(when).limit(1)).scalar())
    return min((each for each in found if each is not None), default=None)


def terms(reading: Reading, client_id: str) -> dict[str, Any]:
    """How long a client lets people wait; the defaults where nobody said anything."""
    row = reading.rows(select(_T).where(_T.c.client_id == client_id, within(reading.scope, _T.c.client_id))).first()
    if row is None:
        seconds = {f"{name}_s": int(most.total_seconds()) for name, most in DEFAULTS.items()}
        return {"client_id": client_id, **seconds, "hours": None}
    shown = dict(row._mapping)
    shown["hours"] = shown_week(shown["hours"]) if shown["hours"] is not None else None
    return shown
