"""What a sandbox is made of: its options, and the command line that sets them."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path

from rapport_sandbox.clock import MONDAY_MORNING, parse_instant
from rapport_sandbox.world.switches import Switches, calm, realistic

QUIRKS = {"calm": calm, "realistic": realistic}


@dataclass(frozen=True, slots=True)
class Options:
    """One sandbox. The defaults are a test's: small, calm, stepwise, in memory."""

    seed: int = 1
    people: int = 1_000
    accounts: int = 2
    relations: int | None = None
    """How many relations each account has from the beginning; `None` draws a number."""
    speed: float = 0.0
    """0 is stepwise, 1 real time, 600 ten minutes a second."""
    start: float | None = None
    """Unix seconds; `None` is now on a running clock, a Monday morning on a stepwise one."""
    home: Path | None = None
    """Where `ledger.jsonl` goes; `None` keeps it in memory."""
    sync: bool = True
    """Whether each line is on disk, not only written, before an answer leaves."""
    quirks: str = "calm"
    spontaneous: bool = True
    """Whether people act by temperament; without it only stories happen."""
    api_key: str = "sandbox"
    port: int = 0

    @property
    def beginning(self) -> float | None:
        return MONDAY_MORNING if self.start is None and self.speed == 0 else self.start

    def switches(self) -> Switches:
        return QUIRKS[self.quirks]()


def parse_options(arguments: list[str] | None = None) -> Options:
    """The options on a command line."""
    parser = ArgumentParser(prog="rapport_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--home", type=Path, help="directory of the ledger; without it, memory")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--accounts", type=int, default=3)
    parser.add_argument("--relations", type=int, help="relations each account begins with")
    parser.add_argument("--speed", type=float, default=1.0, help="0 = stepwise, 1 = real, 600 = fast")
    parser.add_argument("--start", type=_instant, help="ISO 8601 instant the clock begins at")
    parser.add_argument("--quirks", choices=sorted(QUIRKS), default="realistic")
    parser.add_argument("--still", action="store_true", help="people do only what stories tell")
    parser.add_argument("--no-sync", action="store_true", help="do not wait for the disk")
    parser.add_argument("--api-key", default="sandbox")
    said = parser.parse_args(arguments)
    return Options(
        seed=said.seed,
        people=said.people,
        accounts=said.accounts,
        relations=said.relations,
        speed=said.speed,
        start=said.start,
        home=said.home,
        sync=not said.no_sync,
        quirks=said.quirks,
        spontaneous=not said.still,
        api_key=said.api_key,
        port=said.port,
    )


def _instant(text: str) -> float:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
