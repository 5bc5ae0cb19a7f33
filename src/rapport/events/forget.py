"""The one exception to a log that never changes: what it says of a person who was erased.

Rows, numbers, types, instants and actors stay, so that no consumer, count or audit notices; of the data only what
names nobody stays (ids, instants, numbers, what an action counted as, the words by which figures count), every other
text is taken out. See docs/adr/0010.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, select, update

from rapport.events.models import Event
from rapport.kernel.tenancy import SCOPED, ScopeError
from rapport.kernel.tx import Tx
from rapport.rules.limits import Budget

GONE = "(erased)"
_E = Event.__table__
_BATCH = 500
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BUDGETS = frozenset(Budget)
_WORDS = frozenset({"kind", "step", "variant", "origin", "outcome"})
"""Of an action or an outcome: words of the product, and keys that a campaign gives its steps. Figures are made of
them again when the log is read anew.
"""
_WORD = re.compile(r"[a-z0-9_-]{1,40}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T[0-9:.]{5,15}(?:Z|[+-]\d{2}:\d{2})")


def forget(tx: Tx, client_id: str, lead_ids: Sequence[str]) -> int:
    """Take what names a person out of every event about these leads; answers how many events lost something."""
    if not tx.scope.allows(client_id):
        raise ScopeError("events of a client outside the scope")
    changed = 0
    for lead_id in lead_ids:
        last = 0
        while True:
            rows = tx.rows(
                select(_E.c.id, _E.c.seq, _E.c.data)
                .where(_E.c.lead_id == lead_id, _E.c.client_id == client_id, _E.c.seq > last)
                .order_by(_E.c.seq)
                .limit(_BATCH)
            ).all()
            if not rows:
                break
            last = rows[-1].seq
            changed += _write(tx, [(row.id, row.data, without_names(row.data)) for row in rows])
    tx.touch(client_id)
    return changed


def _write(tx: Tx, rows: list[tuple[str, Any, Any]]) -> int:
    changed = [{"_id": event_id, "_data": after} for event_id, before, after in rows if before != after]
    if changed:
        statement = update(_E).where(_E.c.id == bindparam("_id")).values(data=bindparam("_data"))
        tx.session.connection().execute(statement, changed, execution_options={SCOPED: True})
    return len(changed)


def without_names(value: Any) -> Any:
    """Data of an event without any text that could name somebody."""
    if isinstance(value, dict):
        return value if _is_a_count(value) else {key: _kept_or_not(key, each) for key, each in value.items()}
    if isinstance(value, list):
        return [without_names(each) for each in value]
    if isinstance(value, str) and not _ID.fullmatch(value) and not _INSTANT.fullmatch(value):
        return GONE
    return value


def _kept_or_not(key: str, value: Any) -> Any:
    is_word = key in _WORDS and isinstance(value, str) and _WORD.fullmatch(value) is not None
    return value if is_word else without_names(value)


def _is_a_count(value: dict[str, Any]) -> bool:
    """Whether it says what an action counted as: that outlives the person, for limits are rebuilt from it."""
    if value.keys() != {"id", "budget", "on_day", "at"} or not all(isinstance(each, str) for each in value.values()):
        return False
    return (
        _ID.fullmatch(value["id"]) is not None
        and value["budget"] in _BUDGETS
        and _DAY.fullmatch(value["on_day"]) is not None
        and _INSTANT.fullmatch(value["at"]) is not None
    )
