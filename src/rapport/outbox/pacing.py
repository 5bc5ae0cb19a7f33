"""How fast a channel goes: the next place in its pace is taken by one, and a provider that asks for time gets it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from rapport.kernel.ids import AGENCY
from rapport.kernel.tx import Tx
from rapport.outbox import events
from rapport.outbox.models import Pace


def take(tx: Tx, key: str, interval: timedelta) -> bool:
    """Take the next place; False when another took it just now, or nothing may leave yet."""
    make = postgresql_insert if tx.session.connection().dialect.name == "postgresql" else sqlite_insert
    given = make(Pace).values(key=key, free_at=tx.now + interval, reason=None)
    taken = given.on_conflict_do_update(
        index_elements=[Pace.key],
        set_={"free_at": given.excluded.free_at, "reason": None},
        where=Pace.free_at <= tx.now,
    ).returning(Pace.key)
    return tx.session.execute(taken).first() is not None


def free_at(tx: Tx, key: str) -> datetime:
    """When the next place is free."""
    found: datetime | None = tx.session.execute(select(Pace.free_at).where(Pace.key == key)).scalar()
    return found or tx.now


def hold(tx: Tx, key: str, until: datetime, code: str, *, channel: str, alarming: bool) -> None:
    """Nothing leaves before an instant. What a person must see to is told in the agency's log, once a day."""
    pace = tx.session.get(Pace, key, with_for_update={"key_share": True})
    if pace is None:
        tx.session.add(Pace(key=key, free_at=until, reason=code[:120]))
    else:
        pace.free_at, pace.reason = max(pace.free_at, until), code[:120]
    if alarming:
        data = {"channel": channel, "until": until.isoformat(timespec="minutes"), "error": code}
        once_a_day = f"parked:{channel}:{code}:{tx.now:%Y-%m-%d}"
        tx.emit(events.PARKED, client_id=AGENCY, data=data, dedupe_key=once_a_day)
