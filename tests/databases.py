"""A fresh, migrated database for each test, on SQLite and on PostgreSQL: copied from a template made once.

To copy one takes PostgreSQL longer than most tests do, so one that a test left as it found it, but for its rows, is
emptied and taken again.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from rapport.admin import migrations
from rapport.assembly import assemble
from rapport.kernel.settings import Settings, read_settings

KINDS = ("sqlite", "postgresql")
_numbers = itertools.count()
_templates: dict[str, str] = {}
_spare: list[str] = []
"""Databases that have no rows."""
_taken: Counter[str] = Counter()
_MOST = 50
"""How often one is taken: what was deleted leaves its room behind."""

_SHAPE = """
SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
 (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
 (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
   WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped),
 (SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
 (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_db_role_setting)
"""
_ALONE = """
SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_EMPTY = """
DO $$ DECLARE each text; BEGIN
 SET LOCAL session_replication_role = replica;
 FOR each IN SELECT quote_ident(relname) FROM pg_class
   WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
 LOOP EXECUTE 'DELETE FROM ' || each; END LOOP;
END $$
"""


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
    name = _taken_again() if migrated else None
    if name is None:
        name = f"t_{os.getpid()}_{next(_numbers)}"
        template = _postgresql_template() if migrated else "template1"
        _administer(f"CREATE DATABASE {name} TEMPLATE {template}")
    _taken[name] += 1
    try:
        yield Database(kind, _url(name), folder)
    finally:
        if migrated and _taken[name] < _MOST and _emptied(name):
            _spare.append(name)
        else:
            _administer(f"DROP DATABASE {name} WITH (FORCE)")


def _taken_again() -> str | None:
    """One that was emptied; whoever a test before left behind and still speaks to it must not speak to another's."""
    while _spare:
        name = _spare.pop()
        if _administer(f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{name}'") == 0:
            return name
        _administer(f"DROP DATABASE {name} WITH (FORCE)")
    return None


def _emptied(name: str) -> bool:
    """Delete all rows of one; False when more than its rows is not as in the template."""
    with psycopg.connect(_plain(_url(name)), autocommit=True) as connection:
        connection.execute(_ALONE)
        if connection.execute(_SHAPE).fetchone() != _shape():
            return False
        connection.execute(_EMPTY)
        return True


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
        Database("postgresql", _url(name), Path("/tmp")).migrate()
        _templates["postgresql"] = name
    return _templates["postgresql"]


@cache
def _shape() -> Any:
    with psycopg.connect(_plain(_url(_postgresql_template())), autocommit=True) as connection:
        return connection.execute(_SHAPE).fetchone()


def _url(name: str) -> str:
    return os.environ["TEST_POSTGRESQL_URL"].rsplit("/", 1)[0] + f"/{name}"


def _plain(url: str) -> str:
    return url.replace("+psycopg", "")


def _administer(statement: str) -> Any:
    """Answers the one value of a question."""
    with psycopg.connect(_plain(os.environ["TEST_POSTGRESQL_URL"]), autocommit=True) as connection:
        cursor = connection.execute(statement)
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None
