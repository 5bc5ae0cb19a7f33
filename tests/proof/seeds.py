"""The seeds that failed once, from seeds.txt: every seeded proof runs them before any new one."""

from __future__ import annotations

from pathlib import Path

SEEDS = Path(__file__).with_name("seeds.txt")


def kept(path: Path = SEEDS) -> list[int]:
    """In the order of the file. A line without a comment is refused: it must say what it found."""
    seeds = []
    for line in path.read_text().splitlines():
        number, mark, why = line.partition("#")
        if not number.strip():
            continue
        if not mark or not why.strip():
            raise ValueError(f"{path.name}: the seed {line.strip()!r} does not say what it found")
        seeds.append(int(number))
    return seeds
