"""What a reader and a writer may count on, on every database."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from fakes.payloads import a_request
from fakes.runs import STAGES
from sqlalchemy import func, select, text

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.errors import DatabaseUnreachable, ErrorKind, NotMigrated


def test_a_reader_sees_one_moment_whatever_is_written_meanwhile(
    database: Database, store: RunStore
) -> None:
    count = select(func.count()).select_from(PipelineRun)
    with database.read() as connection:
        before = connection.scalar(count)
        store.start(a_request(), STAGES)

        assert connection.scalar(count) == before

    with database.read() as connection:
        assert connection.scalar(count) == 1


def test_a_standby_that_is_not_yet_primary_is_an_outage_and_not_a_bug(
    database: Database, store: RunStore
) -> None:
    if database.is_sqlite:
        pytest.skip("a file has no standby")
    run = store.start(a_request(), STAGES)
    read_only = "ALTER DATABASE {} SET default_transaction_read_only = {}"
    name = database.engine.url.database
    with database.write() as connection:
        connection.execute(text(read_only.format(f'"{name}"', "on")))
    database.close()

    # As after a failover, when the name of the primary still leads to a standby.
    with pytest.raises(DatabaseUnreachable, match="read-only transaction"):
        run.beat()

    with database.read() as connection:
        connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"))
        connection.commit()
        connection.execute(text(read_only.format(f'"{name}"', "off")))
        connection.commit()
    database.close()
    run.beat()


@pytest.mark.parametrize("what", ["colour FROM pipeline_runs", "1 FROM nowhere"])
def test_a_missing_table_or_column_is_no_outage_that_would_pass(
    database: Database, what: str
) -> None:
    with pytest.raises(NotMigrated, match=r"colour|nowhere") as missing, database.read() as reading:
        reading.execute(text(f"SELECT {what}"))

    assert missing.value.kind is ErrorKind.PERMANENT
    assert "scribe-dagster migrate" in str(missing.value)


def test_opening_the_embedded_database_again_lets_go_of_no_lock_that_is_held(
    tmp_path: Path,
) -> None:
    settings = Settings(_env_file=None, scribe_home=tmp_path)
    Database.from_settings(settings)
    holder = sqlite3.connect(tmp_path / "scribe.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    # Whoever closes a file drops the locks that the process has on it, by whatever descriptor.
    Database.from_settings(settings)

    intruder = (
        "import sqlite3, sys\n"
        "sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute('BEGIN IMMEDIATE')"
    )
    refused = subprocess.run(
        [sys.executable, "-c", intruder, str(tmp_path / "scribe.db")],
        capture_output=True,
        text=True,
        check=False,
    )
    holder.close()
    assert "database is locked" in refused.stderr
