"""The product with something slow in it, as a program: `slow.py worker|serve`.

A worker's job and a server's request `/slow` each take as many seconds as they are told.
"""

from __future__ import annotations

import sys
import threading

from rapport.app import create_app
from rapport.assembly import assemble
from rapport.jobs.registry import JobType
from rapport.kernel.log import configure_log
from rapport.kernel.settings import read_settings
from rapport.runtime.web import serve
from rapport.runtime.worker import work

TYPE = "test.slow"


def _handle(tx, job):
    sys.stdout.write(f"begun {job.id}\n")
    sys.stdout.flush()
    threading.Event().wait(job.payload["seconds"])
    tx.emit("test.effect", client_id=job.client_id, job_id=job.id)


SLOW = JobType(TYPE, "Takes its time.", handler=_handle)


def _make_app(service):
    app = create_app(service)

    @app.get("/slow")
    def slow():
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        threading.Event().wait(1.5)
        return "done"

    return app


if __name__ == "__main__":
    configure_log("warning")
    settings = read_settings(dotenv=None)
    if sys.argv[1] == "worker":
        sys.exit(work(assemble(settings, more_job_types=[SLOW])))
    sys.exit(serve(settings, _make_app, "listens"))
