"""Migrations: up and down on both databases, one line of history, and tables as the models say."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, text

from rapport.admin import migrations
from rapport.assembly import METADATA, assemble
from rapport.campaigns import drafts, queries
from rapport.enrollments.enroll import enroll
from rapport.enrollments.placing import place
from rapport.kernel.principal import SYSTEM
from rapport.kernel.tenancy import ALL_CLIENTS
from rapport.leads import persons
from rapport.people import clients
from rapport.rules.outcomes import Sent
from tests.databases import fresh_database
from tests.runtime.processes import RAPPORT, running


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request, tmp_path):
    """A service on a database that has nothing in it."""
    with fresh_database(request.param, tmp_path, migrated=False) as database:
        service = assemble(database.settings())
        yield service
        service.close()


def scripts():
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))
    return ScriptDirectory.from_config(config)


SEARCH = ("conversation_words_fts", "ix_conversation_words_lexemes")
"""What each database has of its own for searching: said by a migration and by no model."""


def tables(engine):
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def shape(engine):
    """Every table, column, index and constraint as the database itself tells."""
    found = MetaData()
    with engine.connect() as connection:
        found.reflect(connection, only=lambda name, _: not name.startswith(SEARCH[0]))
        look = inspect(connection)
        return {
            table.name: (
                sorted((column.name, str(column.type), column.nullable) for column in table.columns),
                sorted(_index(each) for each in look.get_indexes(table.name) if each["name"] != SEARCH[1]),
                sorted(str(each.name) for each in table.constraints),
            )
            for table in found.tables.values()
        }


def _index(told):
    options = {name: str(value) for name, value in told.get("dialect_options", {}).items()}
    return told["name"], bool(told["unique"]), str(told["column_names"]), str(options)


def test_up_down_and_up_again_ends_where_it_began(empty):
    migrations.bring_to(empty.engine, "head")
    first = shape(empty.engine)
    assert migrations.status(empty.engine).at_head

    migrations.bring_to(empty.engine, "base")
    assert tables(empty.engine) == set()
    assert migrations.status(empty.engine).current is None

    migrations.bring_to(empty.engine, "head")
    assert shape(empty.engine) == first


def test_each_migration_goes_down_and_up_by_itself(empty):
    migrations.bring_to(empty.engine, "head")
    line = [script.revision for script in scripts().walk_revisions()]
    for revision in [*line[1:], "base", *reversed(line)]:
        migrations.bring_to(empty.engine, revision)
        assert migrations.status(empty.engine).current == (None if revision == "base" else revision)


def test_the_tables_are_what_the_models_say(empty):
    METADATA.create_all(empty.engine)
    meant = shape(empty.engine)
    METADATA.drop_all(empty.engine)

    migrations.bring_to(empty.engine, "head")

    migrated = shape(empty.engine)
    migrated.pop("alembic_version")
    assert migrated == meant


def is_modelled(_object, name, _kind, *_):
    return name not in SEARCH


def test_a_migration_made_now_would_be_empty(tmp_path):
    """On PostgreSQL: of an index that descends, SQLite does not tell enough to be compared."""
    with fresh_database("postgresql", tmp_path) as database:
        service = assemble(database.settings())
        with service.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_modelled})
            assert compare_metadata(context, METADATA) == []
        service.close()


def test_history_is_one_line():
    found = scripts()
    assert len(found.get_heads()) == 1
    assert len(found.get_bases()) == 1
    for script in found.walk_revisions():
        assert not isinstance(script.down_revision, tuple)
        assert len(script.nextrev) <= 1
        assert script.doc.strip()


def test_several_processes_that_migrate_at_once_do_it_once(tmp_path):
    with fresh_database("postgresql", tmp_path, migrated=False) as database, ExitStack() as processes:
        started = [
            processes.enter_context(
                running(RAPPORT, "migrate", RAPPORT_HOME=str(tmp_path), DATABASE_URL=database.url, SECRET_KEY="s" * 32)
            )
            for _ in range(3)
        ]
        assert [each.process.wait(60) for each in started] == [0, 0, 0]
        service = assemble(database.settings())
        assert migrations.status(service.engine).at_head
        service.close()


def test_a_migration_to_where_the_database_is_changes_nothing(empty):
    migrations.bring_to(empty.engine, "head")
    before = shape(empty.engine)
    migrations.bring_to(empty.engine, "head")
    assert shape(empty.engine) == before


def test_a_table_that_is_made_anew_keeps_what_points_at_its_rows(empty):
    """Going back over 0009 changes the enrollments' table; the steps that are behind them must stay."""
    migrations.bring_to(empty.engine, "head")
    with empty.transaction(actor=SYSTEM, scope=ALL_CLIENTS) as tx:
        client = clients.create(tx, name="Acme", timezone="UTC")
        lead_id = persons.add(tx, client.id, given={"email": "ada@engines.example"}, custom={}, tags=())
        campaign = drafts.create(tx, client_id=client.id, name="A campaign", steps=[{"key": "look", "kind": "visit"}])
        tx.session.flush()
        (enrollment_id,) = enroll(tx, queries.kept(tx, campaign.id), [lead_id], by=None).enrollment_ids
        place(tx, [enrollment_id], happened=lambda _: Sent("look", None, tx.now))

    migrations.bring_to(empty.engine, "0008")

    with empty.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM enrollment_step")).scalar() == 1
