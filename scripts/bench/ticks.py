"""What a look at 50 senders that are due costs, whether ten thousand leads wait or a million."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from rapport.app import create_app
from rapport.assembly import METADATA, Service, assemble
from rapport.kernel.log import configure_log
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.sending import queries
from rapport.sending.carry_out import SENDER, CarryingOut
from rapport.sending.claim import claim
from rapport.sending.claimed import Claimed
from scripts.bench.outreach import ALWAYS, INVITE, AtOnce, Days, add_leads, add_senders, posted, settle
from scripts.bench.places import Place, agent_of, client, place, token_of
from scripts.bench.registry import Bar, Effort, Line, Measurement

SENDERS = 50
WAITING = (10_000, 100_000, 1_000_000)
FLAT = Bar("most", 1.3)
_TICKS = 9
_LEASE = timedelta(minutes=10)


def ticks(effort: Effort) -> Iterator[Line]:
    """Time and rows read of a claim for 50 senders that are due, with 10,000, 100,000 and a million leads waiting."""
    configure_log("error")
    for kind in effort.kinds:
        with place(kind) as at, _world(at) as (service, clock):
            first: _Cost | None = None
            for waiting in WAITING:
                _fill(service, waiting)
                cost = _cost(service, clock)
                first = first or cost
                figures = f"{cost.seconds * 1e3:7,.1f} ms  {cost.rows:9,} {_WHAT[kind]}"
                yield Line(kind, f"{waiting:,} waiting", figures)
            yield Line(kind, "time, a million / ten thousand", "", cost.seconds / first.seconds, bar=FLAT)
            yield Line(kind, f"{_WHAT[kind]}, likewise", "", cost.rows / first.rows, bar=FLAT)


TICKS = Measurement("ticks", ticks)
_WHAT = {"sqlite": "steps of SQLite", "postgresql": "rows read"}
"""SQLite counts no rows; its machine's steps say the same."""


@dataclass(frozen=True)
class _Cost:
    seconds: float
    rows: int


@contextmanager
def _world(at: Place) -> Iterator[tuple[Service, Days]]:
    """Fifty senders, each with a campaign of its own that runs and one lead in it."""
    clock, provider = Days(), AtOnce()
    service = assemble(at.settings(), clock=clock, unipile=provider)  # type: ignore[arg-type] - the part that is used
    try:
        owner = client(service, "Client").id
        headers = {"Authorization": f"Bearer {token_of(service, agent_of(service, owner))}"}
        http = create_app(service).test_client()
        for account_id in add_senders(service, owner, SENDERS):
            body = {"client_id": owner, "name": account_id, "steps": [INVITE], "account_ids": [account_id]}
            campaign = posted(http, headers, "/campaigns", body | {"schedule": ALWAYS, "shares_leads": True})
            add_leads(service, campaign, 1)
            posted(http, headers, f"/campaigns/{campaign['id']}/start", {})
        settle(service)
        yield service, clock
    finally:
        service.close()


def _fill(service: Service, waiting: int) -> None:
    """Let so many wait, by copies of rows that the product made: each lead is in the line of every sender."""
    each = waiting // SENDERS
    with service.engine.connect() as connection:
        for table in ("action", "relation", "account_usage"):  # only what waits is to differ, not what was sent
            connection.exec_driver_sql(f"DELETE FROM {table}")
        on_postgresql = connection.dialect.name == "postgresql"
        series = (
            f"generate_series(1, {each}) AS n(i)"
            if on_postgresql
            else f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {each}) SELECT i FROM n) n"
        )
        number = "lpad(n.i::text, 12, '0')" if on_postgresql else "printf('%012d', n.i)"
        lead = f"'00000000-0000-7000-8000-' || {number}"
        waits = f"substr(one.campaign_id, 25, 12) || '-' || {number}"  # what tells one campaign's id from another's
        kept = "ON CONFLICT DO NOTHING"
        _copy(connection, "lead", {"id": lead}, f"(SELECT * FROM lead ORDER BY id DESC LIMIT 1) one, {series}", kept)
        own = {"id": waits, "lead_id": lead, "exclusive_key": "NULL", "next_at": "one.enrolled_at"}
        first = "SELECT min(id) FROM enrollment WHERE line IS NOT NULL GROUP BY account_id"
        whose = f"(SELECT * FROM enrollment WHERE id IN ({first})) one"
        _copy(connection, "enrollment", own, f"{whose}, {series}", kept)
        connection.commit()
    with service.engine.connect().execution_options(isolation_level="AUTOCOMMIT", rapport_reading=True) as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if on_postgresql else "ANALYZE")
        connection.exec_driver_sql("CHECKPOINT" if on_postgresql else "PRAGMA wal_checkpoint(TRUNCATE)")


def _copy(connection: Connection, table: str, own: dict[str, str], source: str, ending: str) -> None:
    """Copies of a row for each number, with some columns of their own."""
    names = [column.name for column in METADATA.tables[table].c]
    values = ", ".join(own.get(name, f"one.{name}") for name in names)
    said = f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {source} WHERE true {ending}"
    connection.exec_driver_sql(said.replace("%", "%%") if connection.dialect.name == "postgresql" else said)


def _cost(service: Service, clock: Days) -> _Cost:
    """The middle of some ticks: time in some, rows in another, for to count them takes time."""
    seconds, rows = [], []
    for number in range(_TICKS + 2):
        clock.tomorrow()
        taken, read, claimed = _tick(service, counts=number > _TICKS)
        if len(claimed) != SENDERS:
            raise RuntimeError(f"{len(claimed)} of {SENDERS} senders had their turn")
        (rows if number > _TICKS else seconds).append(read if number > _TICKS else taken)
        carrying = CarryingOut(service, came_of=lambda _claimed, _word: None)
        for each in claimed:
            carrying.do(each)
        carrying.finish()
    return _Cost(statistics.median(seconds[1:]), int(rows[0]))


def _tick(service: Service, *, counts: bool) -> tuple[float, int, list[Claimed]]:
    """One look and one claim: how long it took, what it read, and what was claimed."""
    read = 0
    began = time.perf_counter()
    with service.reading(actor=SENDER, scope=ALL_CLIENTS) as reading:
        queries.next_turn(reading)
    with service.transaction(actor=SENDER, scope=ALL_CLIENTS) as tx:
        steps = _counted(tx.session.connection()) if counts else None
        claimed = claim(tx, limit=2 * SENDERS, lease=_LEASE)
        tx.session.flush()
        if steps is not None:
            read = steps()
    return time.perf_counter() - began, read, claimed


def _counted(connection: Connection) -> Callable[[], int]:
    """Counts what this transaction reads from here on."""
    if connection.dialect.name == "postgresql":
        read = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
        return lambda: int(connection.exec_driver_sql(read).scalar_one())
    steps = [0]

    def step() -> None:
        steps[0] += 1

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(step, 1)

    def done() -> int:
        driver.set_progress_handler(None, 0)
        return steps[0]

    return done
