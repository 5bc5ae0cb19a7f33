"""How fast a file of 100,000 leads comes in, and in how much memory, beside a bare driver that writes the same rows."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import psycopg

from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.leads.importing import lifecycle, sniffing, uploading
from rapport.leads.importing.tasks import FILE
from rapport.leads.models import LeadImport
from rapport.runtime import loops
from scripts.bench.places import Place, client, place
from scripts.bench.registry import Bar, Effort, Line, Measurement
from tests.rooms.leads.import_files import make

ROWS = 100_000
SEED = 1
SECONDS = Bar("most", 30, " s")
PEAK = Bar("most", 200, " MB")
MORE = Bar("most", 100, " MB")
_ROOT = Path(__file__).resolve().parents[2]
_LOOKS_EVERY = 0.05
_BATCH = 1_000
_TABLES = ("lead", "lead_identity", "event", "import_problem")


def imports(effort: Effort) -> Iterator[Line]:
    """A CSV of 100,000 rows, 1 % of them bad, imported as a job by a process of its own, beside a bare driver."""
    for kind in effort.kinds:
        with place(kind) as at:
            made = make(ROWS, seed=SEED)
            file = at.home / "leads.csv"
            file.write_bytes(made.content)
            done, peak = _imported(at, file)
            if (done["created"], done["bad"]) != (len(made.people), len(made.problems)):
                raise RuntimeError(f"{done}, but the file has {len(made.people)} people, {len(made.problems)} bad rows")
            bare = _bare(at)
            per_second = f"{ROWS / done['seconds']:7,.0f} rows/s"
            yield Line(kind, "import of 100,000 rows", per_second, done["seconds"], bar=SECONDS)
            yield Line(kind, "bare executemany of what it wrote", f"{ROWS / bare:7,.0f} rows/s", bare)
            yield Line(kind, "import / bare", "", done["seconds"] / bare)
            yield Line(kind, "peak memory", "", peak, bar=PEAK)
            yield Line(kind, "peak beyond the process at rest", "", peak - done["at_rest"], bar=MORE)


IMPORTS = Measurement("imports", imports)


def _imported(at: Place, file: Path) -> tuple[dict[str, Any], float]:
    """What the importing process said, and its peak in MB."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{_ROOT / 'src'}:{_ROOT}", **at.environment}
    command = [sys.executable, "-m", "scripts.bench.imports", json.dumps(at.environment), str(file)]
    with subprocess.Popen(command, env=environment, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        watched = psutil.Process(process.pid)
        peak = 0
        while process.poll() is None:
            try:
                peak = max(peak, watched.memory_info().rss)
            except psutil.NoSuchProcess:
                break
            time.sleep(_LOOKS_EVERY)
        said = process.stdout.read() if process.stdout else ""
    return json.loads(said.splitlines()[-1]), peak / (1 << 20)


def _bare(at: Place) -> float:
    """Seconds in which the driver writes the same rows, copied to memory first, into the same emptied tables."""
    url = at.environment.get("DATABASE_URL", "").replace("+psycopg", "")
    connected: Any = psycopg.connect(url) if url else sqlite3.connect(at.home / "rapport.db")
    mark = "%s" if url else "?"
    with closing(connected) as connection:
        cursor = connection.cursor()
        if not url:
            cursor.execute("PRAGMA synchronous=FULL")
        rows: dict[str, tuple[str, list[tuple[Any, ...]]]] = {}
        for table in _TABLES:
            cursor.execute(f"SELECT * FROM {table}")
            names = [f'"{column[0]}"' for column in cursor.description]
            statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})"
            rows[table] = (statement, [tuple(map(_plain, row)) for row in cursor.fetchall()])
        for table in reversed(_TABLES):
            cursor.execute(f"DELETE FROM {table}")
        connection.commit()
        began = time.perf_counter()
        for statement, values in rows.values():
            for start in range(0, len(values), _BATCH):
                cursor.executemany(statement, values[start : start + _BATCH])
                connection.commit()
        return time.perf_counter() - began


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def main() -> None:
    """Import one file at a place, as a worker would."""
    environment, path = json.loads(sys.argv[1]), Path(sys.argv[2])
    at = Place("", Path(environment["RAPPORT_HOME"]), environment)
    with at.service() as service:
        acme = client(service, "Acme")
        at_rest = psutil.Process().memory_info().rss / (1 << 20)
        began = time.perf_counter()
        with path.open("rb") as file:
            found = sniffing.look(file, home=at.home)
            with found.content, service.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
                started = uploading.upload(tx, acme.id, found, name=path.name)
                lifecycle.start(tx, started, service.job_types.get(FILE))
        running = loops.Running()
        while True:
            loops.job_turn(service, running, worker="bench", stopping=lambda: False)
            with service.reading(actor=SYSTEM, scope=ALL_CLIENTS) as reading:
                now = reading.session.get_one(LeadImport, started.id)
            if now.state != "running":
                break
        seconds = time.perf_counter() - began
    said = {
        "state": now.state,
        "created": now.rows_created,
        "bad": now.rows_bad,
        "seconds": seconds,
        "at_rest": at_rest,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main()
