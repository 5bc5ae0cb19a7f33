"""The measurements start, answer and print; the numbers are `make bench`'s business."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.bench", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_reads_are_measured_beside_the_yardstick():
    shown = bench("reads", "--database", "sqlite", "--rounds", "1", "--seconds", "0.1", "--without-wrk")

    assert shown.returncode in (0, 1), shown.stderr  # 1: a bar was missed, as it may be in a tenth of a second
    for what in ("bare route", "yardstick: token only", "product: page of 50, cached", "product: one row, 304"):
        assert what in shown.stdout
    assert shown.stdout.count("≥ 0.70") == 2
    assert shown.stdout.count("≥ 0.80") == 3


def test_help_names_every_measurement_and_what_it_measures():
    shown = bench("--help")

    assert shown.returncode == 0
    assert "reads      Reads of one row and of a page of 50" in shown.stdout
