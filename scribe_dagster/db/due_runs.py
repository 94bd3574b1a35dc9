"""Runs that wait for the resume sensor: those asked for, and those that are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select, update

from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time, statement_time
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import NotResumable, RunNotFound


@dataclass(frozen=True, slots=True)
class DueRun:
    """A run to be taken up, at the attempt it is at."""

    id: int
    attempt: int
    source_url: str
    dagster_run_id: str | None
    """The Dagster run that executed it last."""
    created_at: datetime
    automatic: bool
    """Nobody asked for it."""


# Failed, or pending and never claimed. Said by what it is not, for a status that is equal to
# something would lead SQLite through every failed run, past the index on ``resume_at``.
_WAITING = and_(
    PipelineRun.status.not_in(
        (PipelineRunStatus.RUNNING, PipelineRunStatus.COMPLETED, PipelineRunStatus.REJECTED)
    ),
    or_(PipelineRun.status != PipelineRunStatus.PENDING, PipelineRun.attempt == 0),
)


def due_runs(
    database: Database, job_name: str, stages: Sequence[str], *, limit: int
) -> Sequence[DueRun]:
    """List the runs of this job, and of exactly these stages, whose time has come.

    The longest due come first. A run that names no job is of a version that had but one.
    """
    query = (
        select(
            PipelineRun.id,
            PipelineRun.attempt,
            PipelineRun.source_url,
            PipelineRun.dagster_run_id,
            PipelineRun.created_at,
            PipelineRun.automatic_resumes > 0,
        )
        .where(
            PipelineRun.resume_at <= statement_time(),
            _WAITING,
            PipelineRun.stages == list(stages),
            or_(PipelineRun.job_name == job_name, PipelineRun.job_name.is_(None)),
        )
        .order_by(PipelineRun.resume_at, PipelineRun.id)
        .limit(limit)
    )
    with database.read() as connection:
        return [DueRun(*row) for row in connection.execute(query)]


def request_resume(database: Database, run_id: int) -> None:
    """Have the resume sensor take a failed run up as soon as it looks.

    Raises:
        RunNotFound: There is no such run.
        NotResumable: It is not failed.
    """
    with database.write() as connection:
        asked = connection.execute(
            update(PipelineRun)
            .where(PipelineRun.id == run_id, _WAITING)
            .values(resume_at=database_time(), automatic_resumes=0)
        )
        if asked.rowcount == 1:
            return
        status = connection.scalar(select(PipelineRun.status).where(PipelineRun.id == run_id))
    if status is None:
        raise RunNotFound.numbered(run_id)
    raise NotResumable.because(run_id, status)


def call_off(database: Database, run: DueRun) -> None:
    """Stop trying: nothing that was launched for this run has ever got as far as claiming it."""
    with database.write() as connection:
        connection.execute(
            update(PipelineRun)
            .where(PipelineRun.id == run.id, PipelineRun.attempt == run.attempt)
            .values(resume_at=None)
        )
