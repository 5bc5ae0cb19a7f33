"""A worker that takes in some steps of the imports that are due, and is killed before the next one is committed."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from tests.databases import Database
from tests.stage import Stage


def main() -> None:
    kind, url, home, steps, now = sys.argv[1:]
    stage = Stage(Database(kind, url, Path(home)))
    stage.clock.advance(datetime.fromisoformat(now) - stage.clock.now())
    done = 0
    in_step = False

    @event.listens_for(stage.service.engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal in_step
        in_step = in_step or statement.startswith("UPDATE lead_import")

    @event.listens_for(stage.service.engine, "commit")
    def die(_connection: Any) -> None:
        nonlocal done, in_step
        if in_step and done == int(steps):
            os.kill(os.getpid(), signal.SIGKILL)
        done, in_step = done + in_step, False

    stage.run_due_jobs()


if __name__ == "__main__":
    main()
