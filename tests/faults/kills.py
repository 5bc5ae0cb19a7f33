"""Workers SIGKILLed at random while jobs run: every job ends completed, once by effect, none lost, none stuck.

    python -m tests.faults.kills --database postgresql --kills 200 --jobs 2000

PostgreSQL has three workers, SQLite its one process. Kills are spread over the run by the number of jobs
done, each after a random moment more, so that they hit every phase of a job's life; a killed worker is
replaced at once. The effect is a row without a unique key: a job done twice shows as two.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path

from scripts.servers import PostgreSQL
from tests.databases import KINDS, fresh_database
from tests.faults.slaughter import Plan, slaughter


def main() -> int:
    """The long form, as a program: status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description="Kill workers while jobs run.")
    parser.add_argument("--database", choices=KINDS, default="postgresql")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--jobs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**9))
    given = parser.parse_args()
    server = None
    if given.database == "postgresql" and "TEST_POSTGRESQL_URL" not in os.environ:
        server = PostgreSQL(durable=True).start()
        os.environ["TEST_POSTGRESQL_URL"] = server.url()
    plan = Plan(kills=given.kills, jobs=given.jobs, seed=given.seed, patience=120)
    try:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "home"
            home.mkdir()
            with fresh_database(given.database, home) as database:
                found = slaughter(database, plan)
    finally:
        if server is not None:
            server.remove()
    wrong = found.wrong(plan)
    sys.stdout.write(json.dumps({"database": given.database, **vars(found), "wrong": wrong}) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
