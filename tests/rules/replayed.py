"""Fifty campaigns that run over a month, and what was decided in them: a line for each send.

    python -m tests.rules.replayed            what is decided otherwise than in decisions.txt
    python -m tests.rules.replayed --accept   write it down anew; the change belongs into the CHANGELOG

The campaigns are drawn by the standard library alone, from seeds: no library's next version draws others.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from rapport.kernel.chance import Chance
from rapport.rules.assumptions import People, Rates
from rapport.rules.delays import Delay, Unit
from rapport.rules.sequences import Asked, Sequence, Step, StepKind
from rapport.rules.simulation import Simulation
from rapport.rules.snapshots import Snapshot
from rapport.rules.windows import Schedule, Window
from tests.rules.builders import at, campaign, chain, invite, message, schedule, sender, snapshot, text, visit, wait_for

RECORDED = Path(__file__).parent / "decisions.txt"
CAMPAIGNS, DAYS = 50, 28
_ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe")
_BEGINS = ("2026-03-23 07:10", "2026-10-19 15:40", "2026-06-01 00:00", "2026-12-21 11:05")


def decided(number: int, *, invites_per_day: int | None = None) -> list[str]:
    """What is decided in the campaign of this number, with its own limits or with another."""
    draw = Random(f"campaign {number}")
    drawn = _campaign(draw, number, invites_per_day)
    rates = Rates(
        acceptance=draw.choice([0.2, 0.5, 1.0]),
        acceptance_after=timedelta(hours=draw.randint(1, 70)),
        reply=draw.choice([0.0, 0.2, 0.6]),
        reply_after=timedelta(hours=draw.randint(1, 50)),
    )
    run = Simulation(drawn, People(rates, Chance(f"people {number}"), run=0))
    sends = run.run(drawn.at + timedelta(days=DAYS), most=None).sends
    lines = [
        f"{number:02} {each.enrollment_id} {each.step} by {each.sender_id} at {each.at:%Y-%m-%d %H:%M:%S}"
        + (f" in {each.variant}" if each.variant else "")
        for each in sends
    ]
    return lines or [f"{number:02} nothing"]


def all_decided() -> list[str]:
    """What is decided in all of them."""
    return [line for number in range(CAMPAIGNS) for line in decided(number)]


def changes() -> list[str]:
    """What is decided otherwise than it was written down."""
    return list(_told(RECORDED.read_text().splitlines(), all_decided()))


def _told(before: list[str], now: list[str]) -> Iterator[str]:
    return (line for line in difflib.unified_diff(before, now, "recorded", "decided", lineterm="", n=0))


def _campaign(draw: Random, number: int, invites_per_day: int | None) -> Snapshot:
    begins: datetime = at(draw.choice(_BEGINS))
    zone = draw.choice(_ZONES)
    opens = draw.randrange(0, 18 * 60, 30)
    windows = [Window(opens, min(24 * 60, opens + draw.randrange(60, 10 * 60, 30)))]
    off = frozenset({begins.date() + timedelta(days=draw.randint(0, 10)) for _ in range(draw.randint(0, 2))})
    weekend = draw.choice([frozenset[int](), frozenset({5, 6}), frozenset({4, 5})])
    of = campaign(_sequence(draw), schedule=Schedule(zone, (tuple(windows),) * 7, weekend, off, frozenset()))
    senders = []
    for position in range(draw.randint(1, 3)):
        limits = {"invites_per_day": draw.randint(0, 6), "messages_per_day": draw.randint(1, 8), "visits_per_day": 5}
        if invites_per_day is not None:
            limits["invites_per_day"] = invites_per_day
        own = schedule(zone, windows=[Window(6 * 60, 20 * 60)], weekend=frozenset[int]())
        senders.append(
            sender(
                id=f"s{position}",
                limits=limits,
                zone=draw.choice(_ZONES),
                seed=f"seed {number} {position}",
                hours=draw.choice([None, None, own]),
                warmup_started_on=draw.choice([None, begins.date()]),
            )
        )
    return snapshot(leads=draw.randint(3, 14), begins=begins, senders=senders, of=of)


def _sequence(draw: Random) -> Sequence:
    def after() -> Delay:
        return Delay(draw.randint(0, 3), draw.choice(list(Unit)))

    return draw.choice(
        [
            chain(invite(), message("m1", after=after()), message("m2", after=after())),
            chain(
                invite(),
                wait_for(Asked.CONNECTED, within=after(), otherwise="visit"),
                Step("m1", StepKind.MESSAGE, "m2", after(), variants=text()),
                Step("m2", StepKind.MESSAGE, "end", after(), variants=text()),
                visit(after=after()),
                Step("withdraw", StepKind.WITHDRAW, "end", after()),
                Step("end", StepKind.FOLLOW, None, after()),
            ),
            chain(visit(), Step("follow", StepKind.FOLLOW, None, after()), invite(after=after())),
        ]
    )


def main() -> int:
    if "--accept" in sys.argv[1:]:
        RECORDED.write_text("\n".join(all_decided()) + "\n")
        return 0
    found = changes()
    sys.stdout.write("\n".join(found or [f"{len(all_decided())} decisions of {CAMPAIGNS} campaigns as recorded", ""]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
