"""Reading notice rules."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.notices.models import NoticeRule
from rapport.notices.words import CHANNELS

_R = NoticeRule.__table__
COLUMNS = list(_R.c)

RULES = Listing(
    name="notice_rules",
    columns=COLUMNS,
    fields={
        "client_id": Field(_R.c.client_id, "id"),
        "channel": Field(_R.c.channel, "word", CHANNELS),
        "enabled": Field(_R.c.enabled, "flag"),
        "connection_id": Field(_R.c.connection_id, "id"),
    },
    sorts={"created_at": _R.c.created_at},
    default_sort="created_at",
    owner=_R.c.client_id,
    key=_R.c.id,
)


def rule(reading: Reading, rule_id: str) -> dict[str, Any]:
    """One rule as the API shows it."""
    row = reading.one(select(*COLUMNS).where(_R.c.id == rule_id, within(reading.scope, _R.c.client_id)))
    return dict(row._mapping)
