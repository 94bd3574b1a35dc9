"""Sessions for queries of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from scribe_dagster.config import Settings
from scribe_dagster.db.ready import ready_database


@contextmanager
def session(settings: Settings | None = None) -> Iterator[Session]:
    """Open a SQLAlchemy session on the configured database, to query runs and articles.

    ::

        with session() as db:
            failed = db.scalars(
                select(PipelineRun).where(PipelineRun.status == PipelineRunStatus.FAILED)
            ).all()

    Args:
        settings: Default: those of the environment.

    Raises:
        NotMigrated: A shared database lacks the tables.
        DatabaseUnreachable: The database cannot be reached.
    """
    with ready_database(settings or Settings.load()).session() as opened:
        yield opened
