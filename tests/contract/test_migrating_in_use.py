"""A shared database is migrated while workers and reports are at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text

from scribe_dagster.db import schema
from scribe_dagster.db.database import Database
from scribe_dagster.errors import ConfigurationError

pytestmark = pytest.mark.postgres

FIRST = frozenset({"content_0001", "tracking_0001"})
READ = text("SELECT count(*) FROM pipeline_runs")


@pytest.fixture
def database(empty_postgres_url: str) -> Iterator[Database]:
    """A database as the first version of all left it."""
    opened = Database(empty_postgres_url)
    config = Config()
    config.set_main_option("script_location", "scribe_dagster.db:migrations")
    with opened.write() as connection:
        config.attributes["connection"] = connection
        for revision in sorted(FIRST):
            command.upgrade(config, revision)
    yield opened
    opened.close()


def test_readers_come_and_go_while_it_is_migrated(database: Database) -> None:
    migrated, reading = threading.Event(), threading.Barrier(3)

    def keep_reading() -> int:
        reads = 0
        while not migrated.is_set():
            with database.read() as connection:
                connection.execute(READ)
            reads += 1
            if reads == 1:
                reading.wait(30)
        return reads

    with ThreadPoolExecutor(2) as pool:
        readers = [pool.submit(keep_reading) for _ in range(2)]
        try:
            reading.wait(30)
            before, after = schema.migrate(database)
        finally:
            migrated.set()

    assert (before, after) == (FIRST, schema.heads(tracking=True))
    assert all(reader.result() for reader in readers)


def test_it_gives_up_rather_than_keep_everybody_waiting_behind_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_LONGEST_WAIT_FOR_A_TABLE", 200)
    with database.read() as report:
        report.execute(READ)

        with pytest.raises(ConfigurationError, match="in the middle of a long transaction"):
            schema.migrate(database)

        with database.read() as another:
            assert another.scalar(READ) == 0
    assert schema.applied(database) == FIRST
    assert schema.migrate(database) == (FIRST, schema.heads(tracking=True))
