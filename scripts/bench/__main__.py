"""Runs measurements by name, all of them when none is named; exit status 1 when a bar was missed."""

from __future__ import annotations

import argparse
import sys
import time

from scripts.bench import load, table
from scripts.bench.campaigns import CAMPAIGNS
from scripts.bench.capture import CAPTURE
from scripts.bench.console import CONSOLE
from scripts.bench.figures import FIGURES
from scripts.bench.idle import IDLE
from scripts.bench.imports import IMPORTS
from scripts.bench.inbox import INBOX
from scripts.bench.intake import INTAKE
from scripts.bench.pages import PAGES
from scripts.bench.places import KINDS
from scripts.bench.reads import READS
from scripts.bench.registry import Effort
from scripts.bench.sends import SENDS
from scripts.bench.starts import STARTS
from scripts.bench.ticks import TICKS

_ALL = (READS, IMPORTS, PAGES, CAMPAIGNS, STARTS, INTAKE, CAPTURE, INBOX, CONSOLE, SENDS, TICKS, IDLE, FIGURES)
MEASUREMENTS = {each.name: each for each in _ALL}


def main() -> int:
    names = "\n".join(f"  {each.name:<10} {each.about}" for each in MEASUREMENTS.values())
    parser = argparse.ArgumentParser(
        prog="python -m scripts.bench",
        description=f"{__doc__}\n\n{names}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[*MEASUREMENTS, []], metavar="name", help="what to measure")
    parser.add_argument("--database", choices=KINDS, action="append", help="on this one only")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every comparison (default 5)")
    parser.add_argument("--seconds", type=float, default=1, help="seconds of load a round (default 1)")
    parser.add_argument("--without-wrk", action="store_true", help="make the load here even where wrk is installed")
    given = parser.parse_args()
    by_wrk = load.has_wrk() and not given.without_wrk
    effort = Effort(tuple(given.database or KINDS), given.rounds, given.seconds, by_wrk)
    began = time.monotonic()
    missed = []
    print(table.machine(), "load by wrk" if by_wrk else "load by threads of this process", sep=", ")
    for name in given.names or MEASUREMENTS:
        print(f"\n{name}: {MEASUREMENTS[name].about}\n\n{table.heading()}")
        for line in MEASUREMENTS[name].run(effort):
            print(table.shown(line), flush=True)
            if line.missed:
                missed.append(line)
    print(f"\n{time.monotonic() - began:.0f} s in all.")
    for line in missed:
        print(f"Missed: {line.where}, {line.what}: {line.value:.2f}, must be {line.bar}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
