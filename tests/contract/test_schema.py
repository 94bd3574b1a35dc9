"""Which tables a database gets, and who may rely on them, on every database."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from fakes.migration import migrate_with_others
from sqlalchemy import inspect, text

from scribe_dagster.db import schema
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import Base
from scribe_dagster.errors import ConfigurationError, DatabaseUnreachable, NotMigrated

TRACKING_TABLES = {"pipeline_runs", "pipeline_run_stages"}
OUR_TABLES = {*Base.metadata.tables, schema.VERSION_TABLE}
AT_HEAD = schema.heads(tracking=True)


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", "scribe_dagster.db:migrations")
    return config


def test_the_migrated_tables_are_those_of_the_models(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("table", sorted(TRACKING_TABLES))
def test_a_row_is_deleted_without_a_look_at_every_row_that_might_refer_to_it(
    database: Database, table: str
) -> None:
    with database.read() as connection:
        inspector = inspect(connection)
        references = {key["constrained_columns"][0] for key in inspector.get_foreign_keys(table)}
        indexed = {index["column_names"][0] for index in inspector.get_indexes(table)}

    assert references <= indexed


def test_the_revisions_the_code_names_are_the_latest_ones() -> None:
    latest = ScriptDirectory.from_config(alembic_config()).get_heads()

    assert set(latest) == {schema.CONTENT_HEAD, schema.TRACKING_HEAD}


def test_an_empty_database_gets_all_tables(empty_database: Database) -> None:
    assert schema.migrate(empty_database) == (frozenset(), AT_HEAD)
    assert tables(empty_database) == OUR_TABLES


def test_migrating_again_changes_nothing(database: Database) -> None:
    assert schema.migrate(database) == (AT_HEAD, AT_HEAD)
    assert tables(database) == OUR_TABLES


def test_without_tracking_there_are_no_tables_of_runs(empty_database: Database) -> None:
    schema.migrate(empty_database, tracking=False)

    assert tables(empty_database) == OUR_TABLES - TRACKING_TABLES
    assert schema.applied(empty_database) == schema.heads(tracking=False)


def test_tracking_can_be_added_later(empty_database: Database) -> None:
    schema.migrate(empty_database, tracking=False)

    before, after = schema.migrate(empty_database, tracking=True)

    assert (before, after) == (schema.heads(tracking=False), AT_HEAD)
    assert tables(empty_database) == OUR_TABLES


def test_migrating_without_tracking_leaves_the_tables_of_runs_alone(database: Database) -> None:
    schema.migrate(database, tracking=False)

    assert tables(database) == OUR_TABLES


@pytest.mark.parametrize("tracking", [True, False])
def test_a_migrated_database_passes_the_check(database: Database, tracking: bool) -> None:
    schema.check(database, tracking=tracking)


def test_an_empty_database_fails_the_check_with_the_command_to_run(
    empty_database: Database,
) -> None:
    with pytest.raises(NotMigrated, match=r"no scribe-dagster tables.*`scribe-dagster migrate`"):
        schema.check(empty_database, tracking=True)

    assert tables(empty_database) == set()


def test_a_database_without_the_tables_of_runs_fails_the_check_only_if_runs_are_tracked(
    empty_database: Database,
) -> None:
    schema.migrate(empty_database, tracking=False)

    schema.check(empty_database, tracking=False)
    with pytest.raises(NotMigrated, match=r"is at content_0002; .* needs .*tracking_0003"):
        schema.check(empty_database, tracking=True)


@pytest.mark.processes
def test_many_processes_can_migrate_one_empty_database_at_once(
    empty_database: Database, database_url: str
) -> None:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(6)
    workers = [
        spawn.Process(target=migrate_with_others, args=(database_url, start)) for _ in range(6)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert [worker.exitcode for worker in workers] == [0] * 6
    schema.check(empty_database, tracking=True)


def test_a_migrated_sqlite_file_lets_readers_and_a_writer_work_at_once(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'scribe.db'}")

    schema.migrate(database)

    with database.read() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    database.close()


def test_another_owners_migrations_in_the_same_database_are_left_alone(
    empty_database: Database,
) -> None:
    with empty_database.write() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('theirs')"))

    schema.migrate(empty_database)

    assert tables(empty_database) == {*OUR_TABLES, "alembic_version"}
    with empty_database.read() as connection:
        found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
    assert found == ["theirs"]


def test_a_database_that_a_newer_version_migrated_is_neither_accepted_nor_changed(
    database: Database,
) -> None:
    newer = f"UPDATE {schema.VERSION_TABLE} SET version_num = 'content_9999'"
    with database.write() as connection:
        connection.execute(text(f"{newer} WHERE version_num = '{schema.CONTENT_HEAD}'"))

    with pytest.raises(NotMigrated, match="is at content_9999"):
        schema.check(database, tracking=True)
    with pytest.raises(ConfigurationError, match="If a newer scribe-dagster migrated it"):
        schema.migrate(database)

    assert schema.applied(database) == {"content_9999", schema.TRACKING_HEAD}


def test_a_migration_that_fails_half_way_leaves_nothing_behind(empty_database: Database) -> None:
    with empty_database.write() as connection:
        connection.execute(text("CREATE TABLE publish_logs (theirs INTEGER)"))

    with pytest.raises(ConfigurationError):
        schema.migrate(empty_database)

    assert tables(empty_database) == {"publish_logs"}


def test_downgrading_removes_every_table_of_ours(database: Database) -> None:
    config = alembic_config()
    with database.write() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "tracking@base")
        command.downgrade(config, "content@base")

    assert tables(database) == {schema.VERSION_TABLE}
    assert schema.applied(database) == frozenset()


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    nowhere = Database("postgresql+psycopg2://scribe:hunter2@127.0.0.1:1/articles")

    for ask in (schema.migrate, schema.applied):
        with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1:1/articles") as refused:
            ask(nowhere)
        assert "hunter2" not in str(refused.value)
