"""The lines in which leads wait to be sent something: when each is worth a look, and who stands first.

Whoever puts an enrollment in a line wakes the line. Lines are locked before the enrollments in them are looked
for, so that somebody who joins while a line is being closed waits, and then wakes it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.enrollments.models import Enrollment, Line
from rapport.kernel.once import Once
from rapport.kernel.tenancy import SCOPED, Prepared, within
from rapport.kernel.tx import Reading, Tx

_E = Enrollment.__table__
_L = Line.__table__
DUE = "sending.due"
"""The signal that somebody may be sent something now."""

Key = tuple[str, str, str]
"""Account, campaign and kind of step."""


@dataclass(frozen=True, slots=True)
class Head:
    """A line and who stands first in it."""

    key: Key
    client_id: str
    enrollment_id: str | None
    """None: nobody is in the line."""


def wake(tx: Tx, joined: Mapping[Key, tuple[str, datetime]]) -> None:
    """Have lines looked at, each at an instant or earlier. Values are the client and the instant."""
    if not joined:
        return
    rows = [
        {
            "account_id": account_id,
            "campaign_id": campaign_id,
            "kind": kind,
            "client_id": client_id,
            "wakes_at": at,
            "closed_by": None,
        }
        for (account_id, campaign_id, kind), (client_id, at) in sorted(joined.items())
    ]
    tx.write(_wake(tx.dialect), *rows)
    if any(at <= tx.now for _, at in joined.values()):
        tx.signal(DUE)


@cache
def _wake(dialect: str) -> Once:
    make, sooner = (postgresql_insert, func.least) if dialect == "postgresql" else (sqlite_insert, func.min)
    statement = make(_L)
    wanted = statement.excluded.wakes_at
    sooner_of_both = sooner(func.coalesce(_L.c.wakes_at, wanted), wanted)
    return Once(
        statement.on_conflict_do_update(
            index_elements=["account_id", "campaign_id", "kind"], set_={"wakes_at": sooner_of_both}
        )
    )


def reopen(tx: Tx, whose: ColumnElement[bool], *, if_without_end: bool = False) -> None:
    """Have every line of an account or a campaign looked at now: something changed that they all wait for.

    With `if_without_end` only those that time would not have opened.
    """
    resting = _L.c.wakes_at.is_(None) if if_without_end else or_(_L.c.wakes_at.is_(None), _L.c.wakes_at > tx.now)
    statement = update(_L).where(whose, resting, within(tx.scope, _L.c.client_id)).values(wakes_at=tx.now)
    tx.session.execute(statement, execution_options={SCOPED: True, "synchronize_session": False})
    tx.signal(DUE)


def of_account(account_id: str) -> ColumnElement[bool]:
    return _L.c.account_id == account_id


def of_campaign(campaign_id: str) -> ColumnElement[bool]:
    return _L.c.campaign_id == campaign_id


def of_client(client_id: str) -> ColumnElement[bool]:
    return _L.c.client_id == client_id


def due_accounts(reading: Reading, *, limit: int) -> list[str]:
    """The senders with a line that is worth a look now, the longest due first."""
    statement = (
        select(_L.c.account_id)
        .where(_L.c.wakes_at <= reading.now, within(reading.scope, _L.c.client_id))
        .group_by(_L.c.account_id)
        .order_by(func.min(_L.c.wakes_at), _L.c.account_id)
        .limit(limit)
    )
    return list(reading.rows(statement).scalars())


def heads(tx: Tx, account_ids: Sequence[str]) -> list[Head]:
    """The lines of these accounts that are worth a look now, locked, with the first of each."""
    return firsts(tx, [tuple(row) for row in tx.rows(_AWAKE, account_ids=account_ids, now=tx.now)])


_KEY = (_L.c.account_id, _L.c.campaign_id, _L.c.kind)
_AWAKE = Prepared(
    select(*_KEY)
    .where(_L.c.account_id.in_(bindparam("account_ids", expanding=True)), _L.c.wakes_at <= bindparam("now"))
    .order_by(*_KEY)
    .with_for_update(key_share=True),
    owner=_L.c.client_id,
)


def firsts(tx: Tx, keys: Iterable[Sequence[str]]) -> list[Head]:
    """Who stands first in each of these lines, which the caller has locked."""
    wanted = {tuple(key) for key in keys}
    if not wanted:
        return []
    # Each part alone finds some lines beside those wanted; an account has few.
    accounts, campaigns, kinds = (sorted(set(each)) for each in zip(*wanted, strict=True))
    found = tx.rows(_FIRSTS, account_ids=accounts, campaign_ids=campaigns, kinds=kinds)
    heads = [Head((row.account_id, row.campaign_id, row.kind), row.client_id, row.first) for row in found]
    return [head for head in heads if head.key in wanted]


_FIRST = (
    select(_E.c.id)
    .where(
        _E.c.account_id == _L.c.account_id,
        _E.c.campaign_id == _L.c.campaign_id,
        _E.c.line == _L.c.kind,
        _E.c.line.is_not(None),
        _E.c.client_id == _L.c.client_id,
    )
    .order_by(_E.c.next_at, _E.c.id)
    .limit(1)
    .correlate(_L)
    .scalar_subquery()
)
_FIRSTS = Prepared(
    select(*_KEY, _L.c.client_id, _FIRST.label("first"))
    .where(
        _L.c.account_id.in_(bindparam("account_ids", expanding=True)),
        _L.c.campaign_id.in_(bindparam("campaign_ids", expanding=True)),
        _L.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(*_KEY),
    owner=_L.c.client_id,
)


def lock_heads(tx: Tx, heads: Sequence[Head]) -> dict[str, Mapping[str, Any]]:
    """The rows of who stands first, locked, without waiting: those at whom nobody else is."""
    ids = [head.enrollment_id for head in heads if head.enrollment_id is not None]
    if not ids:
        return {}
    return {row.id: row._mapping for row in tx.rows(_LOCKED, enrollment_ids=ids)}


_LOCKED = Prepared(
    select(_E)
    .where(_E.c.id.in_(bindparam("enrollment_ids", expanding=True)), _E.c.line.is_not(None))
    .order_by(_E.c.id)
    .with_for_update(skip_locked=True, key_share=True),
    owner=_E.c.client_id,
)


def rest(tx: Tx, resting: Mapping[Key, tuple[datetime | None, str | None]]) -> None:
    """Let lines, which the caller has locked, rest: each until an instant (None: until something happens), and why."""
    if not resting:
        return
    rows: list[dict[str, Any]] = [
        {"_account": account_id, "_campaign": campaign_id, "_kind": kind, "_until": until, "_reason": reason}
        for (account_id, campaign_id, kind), (until, reason) in sorted(resting.items())
    ]
    tx.write(_REST, *rows)


_REST = Once(
    update(_L)
    .where(
        _L.c.account_id == bindparam("_account"),
        _L.c.campaign_id == bindparam("_campaign"),
        _L.c.kind == bindparam("_kind"),
    )
    .values(wakes_at=bindparam("_until"), closed_by=bindparam("_reason"))
)
