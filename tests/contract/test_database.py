"""What a reader and a writer may count on, on every database."""

from __future__ import annotations

import pytest
from fakes.payloads import a_request
from fakes.runs import STAGES
from sqlalchemy import func, select, text

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.errors import DatabaseUnreachable


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
