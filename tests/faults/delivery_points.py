"""Every crash point of a delivery: each statement, each commit, each call, one after the other.

    python -m tests.faults.delivery_points --database postgresql

A mail is written, claimed, carried and settled; the act is told again and again, and ended at its first point, its
second, its third, until one telling runs through. After each end the service begins anew, the lease runs out, and the
provider's ledger says how often that mail arrived.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from rapport.outbox.turn import turn
from rapport.outbox.words import Channel
from scripts.servers import PostgreSQL
from tests.databases import KINDS, fresh_database
from tests.faults.points import Died, Points, Watched, WatchedTransactions
from tests.rooms.outbox.world import Outside, outside
from tests.stage import Stage


@dataclass
class Told:
    """What came of it."""

    points: list[str] = field(default_factory=list)
    arrived: dict[str, int] = field(default_factory=dict)
    """Mail → how often it arrived."""
    lost: list[str] = field(default_factory=list)

    @property
    def doubled(self) -> list[str]:
        return [mail for mail, times in self.arrived.items() if times > 1]


class _Blind:
    """The control: a carrier that takes another key each time, as one that makes its keys anew would."""

    def __init__(self, real: Any) -> None:
        self._real, self._n = real, 0

    def carry(self, letter: Any, **more: Any) -> Any:
        self._n += 1
        return self._real.carry(replace(letter, id=f"{letter.id}-{self._n}"), **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def tell(make_stage: Callable[..., Stage], *, blind: bool = False) -> Told:
    """End a delivery at every point."""
    told = Told()
    with outside(make_stage) as world:
        points = Points("die")
        service = world.stage.service
        _ = world.stage.root, world.stage.acme
        real = service.outbox.carriers[Channel.EMAIL]
        watched = Watched(_Blind(real) if blind else real, points)
        carriers = {**service.outbox.carriers, Channel.EMAIL: watched}
        service.outbox = replace(service.outbox, carriers=carriers)
        service.transactions = WatchedTransactions(service.transactions, points)  # type: ignore[assignment]
        with _each_statement(service.engine, points):
            for number in range(1, 500):
                _one(world, points, number)
                if points.broke_at is None:
                    break
                told.points.append(points.broke_at)
            else:
                raise AssertionError("it never ran through")
        for line in world.ledger("resend"):
            if line["effect"]:
                mail = line["tags"][0]["value"]
                told.arrived[mail] = told.arrived.get(mail, 0) + 1
        told.lost = [each["id"] for each in world.deliveries() if each["status"] != "sent"]
    return told


def _one(world: Outside, points: Points, number: int) -> None:
    points.break_at(number)
    try:
        world.mail(subject=f"Mail {number}")
        while turn(world.stage.service, stopping=lambda: False) <= world.now:
            pass
    except Died:
        pass
    points.leave_alone()
    world.until_settled()
    world.stage.clock.advance(timedelta(seconds=1))


@contextmanager
def _each_statement(engine: Any, points: Points) -> Iterator[None]:
    def before(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        points.pass_by(f"before {' '.join(statement.split()[:3])}")

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", before)


def main() -> int:
    """All of it, as a program: status 1 when a mail was lost or doubled."""
    parser = argparse.ArgumentParser(description="End a delivery at every point.")
    parser.add_argument("--database", choices=KINDS, default="sqlite")
    given = parser.parse_args()
    with ExitStack() as stack:
        if given.database == "postgresql" and "TEST_POSTGRESQL_URL" not in os.environ:
            server = PostgreSQL().start()
            stack.callback(server.remove)
            os.environ["TEST_POSTGRESQL_URL"] = server.url()
        home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "home"
        home.mkdir()
        database = stack.enter_context(fresh_database(given.database, home))
        told = tell(lambda **more: Stage(database, **more))
    sys.stdout.write("".join(f"    {number}. {point}\n" for number, point in enumerate(told.points, 1)))
    said = {"database": given.database, "points": len(told.points), "doubled": told.doubled, "lost": told.lost}
    sys.stdout.write(json.dumps(said) + "\n")
    return 1 if told.doubled or told.lost or not told.points else 0


if __name__ == "__main__":
    sys.exit(main())
