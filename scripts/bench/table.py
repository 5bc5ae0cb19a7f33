"""What is printed: the machine, one line for each line measured, and the lines that missed their bars."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from scripts.bench.registry import Line

_WIDTHS = (11, 28, 38, 20, 7)


def machine() -> str:
    """The machine in a line: numbers of another one do not compare with these."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return (
        f"{os.cpu_count()} × {model}, {memory / 1048576:.0f} GB, Python {platform.python_version()}, "
        f"load before {os.getloadavg()[0]:.1f}"
    )


def heading() -> str:
    return _row("database", "measured", "figures", "value (spread)", "bar") + "\n" + "-" * sum((*_WIDTHS, 12))


def shown(line: Line) -> str:
    value = "" if line.value is None else f"{line.value:.2f}"
    if line.spread is not None:
        value += f" ({line.spread[0]:.2f}–{line.spread[1]:.2f})"
    if line.bar is None:
        return _row(line.where, line.what, line.figures, value, "")
    return _row(line.where, line.what, line.figures, value, str(line.bar)) + ("MISSED" if line.missed else "ok")


def _row(*cells: str) -> str:
    return "".join(f"{cell:<{width}} " for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip(" ") + "  "


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text().splitlines() if file.is_file() else []
