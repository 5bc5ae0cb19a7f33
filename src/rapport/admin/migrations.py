"""Which migrations the database has, and which this code wants."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from rapport.kernel.db import READING

FOLDER = Path(__file__).resolve().parents[3] / "migrations"


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    current: str | None
    head: str
    pending: tuple[str, ...]

    @property
    def at_head(self) -> bool:
        return self.current == self.head


@lru_cache(maxsize=1)
def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return ScriptDirectory.from_config(config)


def status(engine: Engine) -> MigrationStatus:
    """Where the database stands."""
    with engine.execution_options(**{READING: True}).connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    scripts = _scripts()
    head = scripts.get_current_head() or ""
    known = [script.revision for script in scripts.walk_revisions()]  # newest first
    pending = known[: known.index(current)] if current in known else known
    return MigrationStatus(current, head, tuple(reversed(pending)))


def bring_to(engine: Engine, revision: str) -> None:
    """Move the database up to `revision`, or down to it. One process at a time: the others wait."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    current = status(engine)
    config.attributes["engine"] = engine
    if revision == "base" or (revision != "head" and revision not in current.pending):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
