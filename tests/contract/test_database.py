"""What a reader and a writer may count on, on every database."""

from __future__ import annotations

from fakes.payloads import a_request
from fakes.runs import STAGES
from sqlalchemy import func, select

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore


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
