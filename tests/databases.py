"""A fresh, migrated database for each test, on SQLite and on PostgreSQL: copied from a template made once."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from rapport.admin import migrations
from rapport.assembly import assemble
from rapport.kernel.settings import Settings, read_settings

KINDS = ("sqlite", "postgresql")
_numbers = itertools.count()
_templates: dict[str, str] = {}


@dataclass(frozen=True)
class Database:
    """One database and the folder beside it."""

    kind: str
    url: str
    home: Path

    def settings(self, **more: str) -> Settings:
        given = {
            "RAPPORT_HOME": str(self.home),
            "DATABASE_URL": self.url,
            "SECRET_KEY": "a test's secret key, long enough to be one",
            "LOG_LEVEL": "error",
            "RATE_LIMIT_PER_MINUTE": "1000000",
            "DB_WAIT_SECONDS": "5",
        }
        return read_settings(given | more, None)

    def migrate(self) -> None:
        """Make its tables."""
        service = assemble(self.settings())
        migrations.bring_to(service.engine, "head")
        if self.kind == "sqlite":
            with service.engine.connect() as connection:
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.exec_driver_sql("BEGIN")
        service.close()


@contextmanager
def fresh_database(kind: str, folder: Path, *, migrated: bool = True) -> Iterator[Database]:
    """A database of this kind, dropped afterwards."""
    if kind == "sqlite":
        file = folder / "rapport.db"
        if migrated:
            shutil.copyfile(_sqlite_template(folder), file)
        yield Database(kind, f"sqlite:///{file}", folder)
        return
    name = f"t_{os.getpid()}_{next(_numbers)}"
    server = os.environ["TEST_POSTGRESQL_URL"]
    template = _postgresql_template() if migrated else "template1"
    _administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield Database(kind, server.rsplit("/", 1)[0] + f"/{name}", folder)
    finally:
        _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _sqlite_template(folder: Path) -> str:
    if "sqlite" not in _templates:
        kept = folder.parent / f"template-{os.getpid()}.db"
        Database("sqlite", f"sqlite:///{kept}", folder).migrate()
        _templates["sqlite"] = str(kept)
    return _templates["sqlite"]


def _postgresql_template() -> str:
    if "postgresql" not in _templates:
        name = f"template_{os.getpid()}"
        _administer(f"CREATE DATABASE {name} TEMPLATE template1")
        server = os.environ["TEST_POSTGRESQL_URL"]
        Database("postgresql", server.rsplit("/", 1)[0] + f"/{name}", Path("/tmp")).migrate()
        _templates["postgresql"] = name
    return _templates["postgresql"]


def _administer(statement: str) -> None:
    engine = create_engine(os.environ["TEST_POSTGRESQL_URL"], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
