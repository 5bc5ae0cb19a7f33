"""The long forms of what the suite tests short: run before a release, for an hour or so.

    python -m scripts.proof             everything
    python -m scripts.proof kills       one of them

Prints each program as it runs it, and ends with 1 when one failed, naming it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time

KILLS = ["-m", "tests.faults.kills", "--kills", "200", "--jobs", "2000"]
STORM = ["-m", "tests.faults.storm", "--replies"]
PYTEST = ["-m", "pytest", "-q", "-n", "2"]
PROGRAMS: dict[str, tuple[list[list[str]], dict[str, str]]] = {
    "kills": ([[*KILLS, "--database", "postgresql"], [*KILLS, "--database", "sqlite"]], {}),
    "senders": (
        [
            ["-m", "tests.faults.carnage", "--database", "postgresql", "--steps", "10000", "--kills", "200"],
            ["-m", "tests.faults.carnage", "--database", "sqlite", "--steps", "10000", "--kills", "200"],
        ],
        {},
    ),
    "race": ([["-m", "tests.faults.race", "--database", each] for each in ("postgresql", "sqlite")], {}),
    "sending-outage": ([["-m", "tests.faults.sending_outage", "--seconds", "20"]], {}),
    "restarts": (
        [["-m", "tests.faults.restarts", "--database", database] for database in ("postgresql", "sqlite")],
        {},
    ),
    "points": (
        [
            ["-m", "tests.faults.points", "--database", database, "--how", how]
            for database in ("sqlite", "postgresql")
            for how in ("die", "database", "provider")
        ],
        {},
    ),
    "deliveries": (
        [["-m", "tests.faults.delivery_points", "--database", database] for database in ("sqlite", "postgresql")],
        {},
    ),
    "broadcast": ([["-m", "tests.faults.broadcast", "--database", each] for each in ("sqlite", "postgresql")], {}),
    "streams": (
        [
            ["-m", "tests.faults.streams", "--database", database, "--streams", "200", "--cuts", "100"]
            for database in ("postgresql", "sqlite")
        ],
        {},
    ),
    "readers": ([["-m", "tests.faults.readers", "--seconds", "60"]], {}),
    "cluster": ([["-m", "tests.faults.cluster"]], {}),
    "twin": ([["-m", "tests.faults.twin", "--leads", "2000", "--days", "28"]], {}),
    "outage": ([["-m", "tests.faults.outage", "--seconds", "10"]], {}),
    "storm": (
        [
            [*STORM, "5000", "--database", "postgresql"],
            [*STORM, "1000", "--database", "sqlite"],
            [*STORM, "1000", "--database", "postgresql", "--without-webhooks"],
        ],
        {},
    ),
    "fuzz": ([[*PYTEST, "tests/contracts/test_schemathesis.py"]], {"SCHEMA_EXAMPLES": "20"}),
    "rules": ([[*PYTEST, "tests/rules"]], {"HYPOTHESIS_PROFILE": "nightly"}),
    "why": ([[*PYTEST, "tests/rooms/enrollments/test_agreement.py"]], {"WHY_ENROLLMENTS": "1000"}),
    "outcomes": ([[*PYTEST, "tests/rooms/sending/test_every_outcome.py"]], {"EVERY_KIND": "1"}),
    "waits": ([[*PYTEST, "tests/rooms/inbox/test_histories.py"]], {"HISTORY_STEPS": "5000"}),
    "forecasts": ([[*PYTEST, "tests/rules/test_forecasting.py"]], {"FORECAST_WORLDS": "50"}),
    "texts": ([[*PYTEST, "tests/rules/test_template_people.py"]], {"NONCE_LEADS": "100000"}),
}


def main(wanted: list[str]) -> int:
    unknown = [name for name in wanted if name not in PROGRAMS]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. Known: {', '.join(PROGRAMS)}.", file=sys.stderr)
        return 2
    failed = []
    for name in wanted or PROGRAMS:
        commands, environment = PROGRAMS[name]
        for command in commands:
            print(f"== {name}: python {' '.join(command)}", flush=True)
            began = time.monotonic()
            done = subprocess.run([sys.executable, *command], check=False, env=os.environ | environment)
            print(f"== {name}: {'failed' if done.returncode else 'ok'} in {time.monotonic() - began:.0f} s", flush=True)
            if done.returncode:
                failed.append(" ".join(command))
    for each in failed:
        print(f"failed: python {each}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
