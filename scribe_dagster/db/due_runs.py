"""Runs that wait for the resume sensor: those asked for, and those that are due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update

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
    due_at: datetime
    """Since when. Whoever asks for the run, or postpones it, sets another moment."""
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
            PipelineRun.resume_at,
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


def postpone(
    database: Database, run: DueRun, wait: timedelta, *, why: str | None = None
) -> datetime | None:
    """Have the resume sensor leave a run for later.

    Args:
        database: Where it is.
        run: The run, as it was seen.
        wait: How long from now.
        why: What kept it from being taken up; people read it at the end of its error.

    Returns:
        When it is due now; None when somebody has taken it up, or asked for it, since it was seen.
    """
    return _set_due(database, run, database_time(wait.total_seconds()), why)


def call_off(database: Database, run: DueRun, *, why: str) -> None:
    """Take a run off the resume sensor's list, unless somebody has asked for it once more."""
    _set_due(database, run, None, why)


_NOT_RESUMED = "Not resumed: "


def _set_due(
    database: Database, run: DueRun, moment: ColumnElement[datetime] | None, why: str | None
) -> datetime | None:
    as_seen = (
        PipelineRun.id == run.id,
        PipelineRun.attempt == run.attempt,
        PipelineRun.resume_at == run.due_at,
    )
    values: dict[str, object] = {"resume_at": moment}
    with database.write() as connection:
        if why is not None:
            error = connection.scalar(select(PipelineRun.error_message).where(*as_seen)) or ""
            # The error itself stays; of what came after it, only the latest counts.
            own = error.partition(_NOT_RESUMED)[0].rstrip()
            values["error_message"] = f"{own}\n{_NOT_RESUMED}{why}".lstrip()
        changed = update(PipelineRun).where(*as_seen).values(**values)
        return connection.scalar(changed.returning(PipelineRun.resume_at))
