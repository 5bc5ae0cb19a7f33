"""How migrations run: on the engine they are given, each in a transaction, one process at a time.

Called by `rapport migrate` (the engine comes in the configuration's attributes) and by `flask db`
(Flask-Migrate; the engine is the running application's).
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, Engine, text

from rapport.assembly import METADATA
from rapport.kernel.db import Id, Instant, Json

_LOCK = 7267707  # any number, the same in every process


def _engine() -> Engine:
    given: Any = context.config.attributes.get("engine")
    if given is not None:
        return given
    from flask import current_app

    return current_app.extensions["rapport"].engine


def _render(kind: str, item: Any, _autogen: object) -> str | bool:
    """Write our three types by the names that a migration defines at its top."""
    if kind == "type":
        for known, name in ((Id, "ID"), (Json, "JSON"), (Instant, "INSTANT")):
            if repr(item) == repr(known):
                return name
    return False


def _foreign_keys(connection: Connection, word: str) -> None:
    """Turn the checking of foreign keys on or off; SQLite hears it only while no transaction is open."""
    connection.rollback()
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys={word}")
    cursor.close()


def is_ours_to_compare(_object: object, name: str | None, kind: str, *_: object) -> bool:
    """What each database has of its own for searching is said by a migration and by no model."""
    own = {"table": "conversation_words_fts", "index": "ix_conversation_words_lexemes"}
    return not (name or "").startswith(own.get(kind, " "))


def run() -> None:
    with _engine().connect() as connection:
        postgresql = connection.dialect.name == "postgresql"
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            render_as_batch=not postgresql,
            compare_type=True,
            render_item=_render,
            include_object=is_ours_to_compare,
            transaction_per_migration=True,
        )
        if postgresql:
            # Another process may migrate for longer than a request would wait.
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            connection.commit()
        else:
            # SQLite makes a table anew to change it; dropping the old one would delete all that points at its rows.
            _foreign_keys(connection, "OFF")
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            if not postgresql:
                _foreign_keys(connection, "ON")
            if postgresql:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
                connection.commit()


run()
