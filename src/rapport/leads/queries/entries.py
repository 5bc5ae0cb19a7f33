"""Reading the do-not-contact lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select

from rapport.kernel.ids import AGENCY
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import within
from rapport.kernel.tx import Reading
from rapport.leads.models import (
    ERASED,
    Suppression,
    SuppressionKind,
)
from rapport.rules import identity

_S = Suppression.__table__


def entries_of(
    reading: Reading,
    client_id: str,
    *,
    identities: Sequence[tuple[str, str]],
    company_key: str | None,
    domain: str | None,
) -> list[dict[str, Any]]:
    """The do-not-contact entries that name a person of a client."""
    persons = [f"{kind}:{value}" for kind, value in identities]
    domains = {identity.email_domain(value) for kind, value in identities if kind == identity.EMAIL} | {domain}
    wanted = (
        (SuppressionKind.PERSON, persons),
        (SuppressionKind.COMPANY, [company_key] if company_key else []),
        (SuppressionKind.DOMAIN, sorted(each for each in domains if each)),
    )
    keys = [and_(_S.c.kind == kind.value, _S.c.key.in_(values)) for kind, values in wanted if values]
    if not keys:
        return []
    rows = reading.rows(
        select(*ENTRY_COLUMNS).where(_S.c.client_id.in_([client_id, AGENCY]), or_(*keys)).order_by(_S.c.id)
    )
    return [entry(row) for row in rows]


ENTRY_COLUMNS = list(_S.c)


def entry(row: Any) -> dict[str, Any]:
    """A do-not-contact entry as the API shows it."""
    found = row._mapping
    return {
        "id": found["id"],
        "client_id": None if found["client_id"] == AGENCY else found["client_id"],
        "kind": found["kind"],
        "value": found["shown"],
        "erased": found["key"].startswith(ERASED),
        "reason": found["reason"],
        "created_by": found["created_by"],
        "created_at": found["created_at"],
    }


ENTRIES = Listing(
    name="do_not_contact",
    columns=ENTRY_COLUMNS,
    fields={
        "client_id": Field(_S.c.client_id, "id"),
        "kind": Field(_S.c.kind, "word", tuple(kind.value for kind in SuppressionKind)),
        "value": Field(_S.c.shown, "text"),
        "reason": Field(_S.c.reason, "text"),
        "created_at": Field(_S.c.created_at, "instant"),
    },
    sorts={"created_at": _S.c.created_at},
    default_sort="created_at",
    owner=_S.c.client_id,
    key=_S.c.id,
    dump=entry,
)


def entry_seen(reading: Reading, entry_id: str) -> dict[str, Any]:
    """One do-not-contact entry as the API shows it."""
    row = reading.one(select(*ENTRY_COLUMNS).where(_S.c.id == entry_id, within(reading.scope, _S.c.client_id)))
    return entry(row)
