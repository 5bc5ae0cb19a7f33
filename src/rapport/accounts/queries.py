"""Reading accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from rapport.accounts.models import Account, AccountStatus
from rapport.events.models import Event
from rapport.kernel.listing import Field, Listing
from rapport.kernel.tenancy import Prepared, within
from rapport.kernel.tx import Reading
from rapport.kernel.week import shown_week
from rapport.rules.limits import LIMITS

_A = Account.__table__
_E = Event.__table__
_LIMITS = tuple(LIMITS)
_OTHERS = tuple(column.name for column in _A.c if column.name not in (*LIMITS, "pacing_seed", "last_used_on"))
COLUMNS = [_A.c[name] for name in (*_OTHERS, *_LIMITS)]


def dump(row: Any) -> dict[str, Any]:
    """One account as the API shows it: the limits together."""
    shown = dict(zip(_OTHERS, row, strict=False))
    shown["hours"] = None if shown["hours"] is None else shown_week(shown["hours"])
    shown["limits"] = dict(zip(_LIMITS, row[len(_OTHERS) :], strict=False))
    return shown


LISTING = Listing(
    name="linkedin_accounts",
    columns=COLUMNS,
    fields={
        "client_id": Field(_A.c.client_id, "id"),
        "name": Field(_A.c.name, "text"),
        "status": Field(_A.c.status, "word", tuple(status.value for status in AccountStatus)),
        "created_at": Field(_A.c.created_at, "instant"),
        "paused_at": Field(_A.c.paused_at, "instant"),
    },
    sorts={"created_at": _A.c.created_at, "name": _A.c.name},
    default_sort="created_at",
    owner=_A.c.client_id,
    key=_A.c.id,
    dump=dump,
)

_ONE = Prepared(select(*COLUMNS).where(_A.c.id == bindparam("account_id")), owner=_A.c.client_id)


def seen(reading: Reading, account_id: str) -> dict[str, Any]:
    """One account as the API shows it."""
    row = reading.one(_ONE, account_id=account_id)
    return dump(row)


def told_before(reading: Reading, account_id: str, *, before: int | None, limit: int) -> Sequence[Any]:
    """What the log says of an account, the newest first; `before` a number when it is not the first page."""
    where = [_E.c.account_id == account_id, within(reading.scope, _E.c.client_id)]
    if before is not None:
        where.append(_E.c.seq < before)
    columns = (_E.c.seq, _E.c.type, _E.c.recorded_at, _E.c.data)
    return reading.rows(select(*columns).where(*where).order_by(_E.c.seq.desc()).limit(limit)).all()


@dataclass(frozen=True, slots=True)
class Sender:
    """What other rooms need to know of an account to call the provider with it."""

    id: str
    client_id: str
    name: str
    unipile_account_id: str | None
    is_paused: bool


def sender(reading: Reading, account_id: str) -> Sender | None:
    """An account as a sender; None when there is none, or none in the scope."""
    row = reading.rows(
        select(_A.c.id, _A.c.client_id, _A.c.name, _A.c.unipile_account_id, _A.c.paused_at).where(
            _A.c.id == account_id, within(reading.scope, _A.c.client_id)
        )
    ).first()
    if row is None:
        return None
    return Sender(row.id, row.client_id, row.name, row.unipile_account_id, row.paused_at is not None)


@dataclass(frozen=True, slots=True)
class Listening:
    """What is asked of an account to understand what people write to it."""

    id: str
    client_id: str
    name: str
    unipile_account_id: str
    provider_id: str | None
    public_identifier: str | None
    is_ok: bool
    status_at: datetime | None


def listening(reading: Reading, **by: str) -> list[Listening]:
    """The connected accounts, those of one `id`, `client_id` or `unipile_account_id` when asked so."""
    known = ("id", "client_id", "name", "unipile_account_id", "provider_id", "public_identifier")
    statement = (
        select(*(_A.c[name] for name in (*known, "status", "status_at")))
        .where(_A.c.unipile_account_id.is_not(None), within(reading.scope, _A.c.client_id))
        .where(*(_A.c[name] == value for name, value in by.items()))
        .order_by(_A.c.id)
    )
    return [
        Listening(
            *(row._mapping[name] for name in known),
            row.status == AccountStatus.OK.value,
            row.status_at,
        )
        for row in reading.rows(statement)
    ]
