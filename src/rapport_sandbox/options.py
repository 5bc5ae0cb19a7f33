"""What a sandbox is made of: its options, and the command line that sets them."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from math import inf, isfinite
from pathlib import Path
from typing import NoReturn

from rapport_sandbox.clock import parse_instant
from rapport_sandbox.world.switches import Switches, calm, realistic

QUIRKS = {"calm": calm, "realistic": realistic}
WRONG_USE = 2
"""What a command line that makes no sense exits with."""

_WORDS = {"on": True, "off": False}


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
    """Unix seconds. `None` is now on a running clock and a Monday morning on a stepwise one, or where the
    ledger in `home` ends if that is later."""
    home: Path | None = None
    """Where `ledger.jsonl` goes; `None` keeps it in memory."""
    sync: bool = True
    """Whether each line is on disk, not only written, before an answer leaves."""
    quirks: str = "calm"
    switched: tuple[tuple[str, float | bool], ...] = ()
    """Switches laid over the quirks, by name."""
    spontaneous: bool = True
    """Whether people act by temperament; without it only stories happen."""
    api_key: str = "sandbox"
    host: str = "127.0.0.1"
    """A loopback address: the sandbox believes whoever calls."""
    port: int = 0

    def switches(self) -> Switches:
        switches = QUIRKS[self.quirks]()
        switches.change(**dict(self.switched))
        return switches


class _Parser(ArgumentParser):
    """Refuses in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USE, f"{self.prog}: {message}\n")


def make_parser() -> ArgumentParser:
    """The command line of a sandbox, for those who add something of their own."""
    parser = _Parser(prog="rapport_sandbox", description="A Unipile with people in it, on a port of this machine.")
    parser.add_argument("--host", type=_loopback, default="127.0.0.1", help="a loopback address")
    parser.add_argument("--port", type=_whole(0, 65_535), default=0, help="0 takes a free one")
    parser.add_argument("--home", type=Path, help="directory of ledger.jsonl; without it, memory")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same world")
    parser.add_argument("--people", type=_whole(1), default=2_000)
    parser.add_argument("--accounts", type=_whole(0), default=3, help="connected LinkedIn accounts")
    parser.add_argument("--relations", type=_whole(0), help="relations each account begins with")
    parser.add_argument("--speed", type=_pace, default=1.0, help="0 = stepwise, 1 = real, 600 = fast")
    parser.add_argument("--start", type=_instant, help="ISO 8601 instant the clock begins at")
    parser.add_argument("--quirks", choices=sorted(QUIRKS), default="realistic")
    parser.add_argument(
        "--switch",
        type=_switch,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="one quirk more or less, webhook_drop=0.1 for one; repeatable",
    )
    parser.add_argument("--still", action="store_true", help="people do only what stories tell")
    parser.add_argument("--no-sync", action="store_true", help="do not wait for the disk")
    parser.add_argument("--api-key", type=_some_text, default="sandbox")
    return parser


def parse_options(arguments: Sequence[str] | None = None) -> Options:
    """The options on a command line; leaves the process with one line and status 2 if they make no sense."""
    return options_of(vars(make_parser().parse_args(arguments)))


def options_of(said: dict[str, object]) -> Options:
    """The options in what `make_parser` understood."""
    names = ("seed", "people", "accounts", "relations", "speed", "start", "home", "quirks", "api_key", "host", "port")
    chosen = {name: said[name] for name in names}
    return Options(
        **chosen,  # type: ignore[arg-type]
        sync=not said["no_sync"],
        spontaneous=not said["still"],
        switched=tuple(said["switch"]),  # type: ignore[arg-type]
    )


def _whole(least: int, most: float = inf) -> Callable[[str], int]:
    def whole(text: str) -> int:
        number = int(text) if text.removeprefix("-").isdecimal() else None
        if number is None or not least <= number <= most:
            bounds = f"{least} or more" if most == inf else f"{least} to {most}"
            raise ArgumentTypeError(f"{text!r} is not a whole number, {bounds}")
        return number

    return whole


def _pace(text: str) -> float:
    pace = _number(text)
    if pace is None or pace < 0:
        raise ArgumentTypeError(f"{text!r} is not a multiple of real time, 0 or more")
    return pace


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _instant(text: str) -> float:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def _loopback(text: str) -> str:
    try:
        fits = ip_address(text).is_loopback
    except ValueError:
        fits = False
    if not fits:
        raise ArgumentTypeError(f"the sandbox is served to this machine only, at 127.0.0.1 for one, not at {text!r}")
    return text


def _some_text(text: str) -> str:
    if not text:
        raise ArgumentTypeError("it must not be empty")
    return text


def _switch(text: str) -> tuple[str, float | bool]:
    name, equals, word = text.partition("=")
    if not equals:
        raise ArgumentTypeError(f"{text!r} is not name=value")
    value: object = _WORDS.get(word, _number(word))
    try:
        Switches().change(**{name: value})
    except ValueError as error:
        raise ArgumentTypeError(f"{error} (from {text!r})") from error
    return name, value  # type: ignore[return-value]
