"""Another task queue at the same work, in an environment of its own: nothing of the product is imported here.

Its task makes the two commits of a step: the intent, and the result with all that is written of it. `python peer.py
huey|procrastinate|celery FOLDER` queues what `FOLDER/work.json` lists and runs until it is done. It prints the steps a
second, from the first result to the last.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from plain import Pattern, Plain, Work

HOME = Path(os.environ.get("PEER_HOME", "."))
_mine = threading.local()
_LONGEST = 180.0


def plan() -> dict[str, Any]:
    return json.loads((HOME / "work.json").read_text())  # type: ignore[no-any-return]


def step(work: list[str]) -> None:
    """What every queue's task does: one intent and one result."""
    if not hasattr(_mine, "plain"):
        known = plan()
        _mine.plain = Plain(known["url"], Pattern(**known["pattern"]))
    _mine.plain.intend(Work(*work))
    _mine.plain.settle(Work(*work))


def measured(works: list[Any]) -> float:
    """Wait until every action is settled; steps a second between the first and the last."""
    known = plan()
    watch = Plain(known["url"], Pattern(**known["pattern"]))
    ids = [work[-1] for work in works]
    began, before, deadline = 0.0, 0, time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        (done,) = watch.connection.execute(
            "SELECT count(*) FROM action WHERE state = 'sent' AND id = ANY(%s)", (ids,)
        ).fetchone()
        now = time.perf_counter()
        if done and not began:
            began, before = now, done
        if done == len(ids):
            return (done - before) / (now - began)
        time.sleep(0.02)
    raise RuntimeError(f"{done} of {len(ids)} in {_LONGEST:.0f} s")


def huey() -> Any:
    from urllib.parse import urlsplit

    from huey.contrib.sql_huey import SqlHuey
    from peewee import PostgresqlDatabase

    url = urlsplit(plan()["url"])
    database = PostgresqlDatabase(url.path.strip("/"), user=url.username, host=url.hostname, port=url.port, **_DRIVER)
    queue = SqlHuey("bench", database=database, results=False)
    return queue, queue.task()(step)


_DRIVER: dict[str, Any] = {"prefer_psycopg3": True}


def run_huey(works: list[Any], workers: int) -> float:
    queue, task = huey()
    for work in works:
        task(work)
    consumer = queue.create_consumer(workers=workers, worker_type="process", initial_delay=0.01, max_delay=0.02)
    consumer.start()
    try:
        return measured(works)
    finally:
        consumer.stop(graceful=False)


def run_procrastinate(works: list[Any], workers: int) -> float:
    import asyncio

    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=plan()["url"], max_size=workers + 2))

    @app.task(name="step")
    def task(work: list[str]) -> None:
        step(work)

    async def run() -> float:
        async with app.open_async():
            if not await app.check_connection_async():  # the second round finds the tables of the first
                await app.schema_manager.apply_schema_async()
            await task.batch_defer_async(*({"work": work} for work in works))
            worker = asyncio.create_task(
                app.run_worker_async(concurrency=workers, install_signal_handlers=False, fetch_job_polling_interval=0.1)
            )
            try:
                return await asyncio.to_thread(measured, works)
            finally:
                worker.cancel()
                await asyncio.gather(worker, return_exceptions=True)

    return asyncio.run(run())


def celery() -> Any:
    from celery import Celery

    app = Celery("peer", broker=plan()["redis"])
    app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=1)
    return app, app.task(name="step")(step)


def run_celery(works: list[Any], workers: int) -> float:
    _, task = celery()
    for work in works:
        task.delay(work)
    command = [sys.executable, "-m", "celery", "-A", "peer:APP", "worker", "-P", "prefork", "-c", str(workers)]
    worker = subprocess.Popen([*command, "-l", "ERROR"], cwd=Path(__file__).parent, stderr=subprocess.DEVNULL)
    try:
        return measured(works)
    finally:
        worker.terminate()
        worker.wait(20)


if __name__ != "__main__":
    APP = celery()[0]

if __name__ == "__main__":
    name, workers = sys.argv[1], int(sys.argv[2])
    runs = {"huey": run_huey, "procrastinate": run_procrastinate, "celery": run_celery}
    print(runs[name](plan()["works"], workers), flush=True)
    os._exit(0)
