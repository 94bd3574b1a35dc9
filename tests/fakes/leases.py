"""Time that passes for a lease."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun


def let_the_lease_run_out(database: Database, run_id: int) -> None:
    """Make it as if the worker had given no sign of life for a long time."""
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    with database.write() as connection:
        connection.execute(
            update(PipelineRun)
            .where(PipelineRun.id == run_id, PipelineRun.lease_expires_at.is_not(None))
            .values(lease_expires_at=long_ago)
        )


def let_it_be_due(database: Database, run_id: int) -> None:
    """Make it as if the time had come to resume the run."""
    now = datetime.now(UTC) - timedelta(seconds=1)
    with database.write() as connection:
        connection.execute(
            update(PipelineRun).where(PipelineRun.id == run_id).values(resume_at=now)
        )
