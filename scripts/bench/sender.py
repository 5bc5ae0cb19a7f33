"""A process that sends, of several on one PostgreSQL: the product, or the plain yardstick.

    python -m scripts.bench.sender product|plain

It says `ready`, and at every line it is given it works until nothing is left, and answers with how much it did. A line
says how far the product's clock is moved, or which file lists the yardstick's steps.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from rapport.assembly import assemble
from rapport.kernel.log import configure_log
from rapport.kernel.settings import read_settings
from rapport.sending import turn as sending
from scripts.bench.outreach import AtOnce, Days
from scripts.bench.plain import Plain, Work, pattern_of

AT_ONCE = 100
"""What the yardstick claims in one commit: as much as a turn does."""
_NOTHING_LEFT = timedelta(seconds=0.5)


def product() -> Callable[[str], int]:
    """Sends what is due, each time at another time of its clock."""
    clock = Days()
    service = assemble(read_settings(dict(os.environ), None), clock=clock, unipile=AtOnce())  # type: ignore[arg-type] - the part that is used
    pace = sending.Pace()

    def work(moved: str) -> int:
        clock.moved = timedelta(seconds=float(moved))
        before = pace.done.get("sent", 0)
        while True:
            again = sending.turn(service, pace, stopping=lambda: False)
            if again > clock.now() + _NOTHING_LEFT:
                return pace.done.get("sent", 0) - before
            time.sleep(max(0.0, min(0.05, (again - clock.now()).total_seconds())))

    return work


def plain() -> Callable[[str], int]:
    """Makes the commits of the steps that a file lists."""
    url = os.environ["DATABASE_URL"].replace("+psycopg", "")
    connection = Plain(url, pattern_of(url))

    def work(path: str) -> int:
        works = [Work(*each) for each in json.loads(Path(path).read_text())]
        for start in range(0, len(works), AT_ONCE):
            for each in connection.claim(works[start : start + AT_ONCE]):
                connection.intend(each)
                connection.settle(each)
        return len(works)

    return work


def main() -> None:
    configure_log("error")
    work = {"product": product, "plain": plain}[sys.argv[1]]()
    gc.collect()
    gc.freeze()  # as the product does when it starts
    print("ready", flush=True)
    for line in sys.stdin:
        print(work(line.strip()), flush=True)


if __name__ == "__main__":
    main()
