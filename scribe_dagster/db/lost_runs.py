"""Runs whose worker has died: found, and failed so that they can be resumed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, not_, or_, select, union, update

from scribe_dagster.db import verdict
from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.fence import ACTIVE
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.resume_policy import ResumePolicy
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.errors import ErrorKind


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """A run that a worker holds, or held when it died."""

    id: int
    attempt: int
    stage: str
    dagster_run_id: str | None
    heartbeat_at: datetime | None
    lease_expires_at: datetime
    lease_ran_out: bool
    automatic_resumes: int


def lease_ran_out() -> ColumnElement[bool]:
    """The condition that a worker holds the run and has given no sign of life for a lease."""
    return and_(PipelineRun.status.in_(ACTIVE), PipelineRun.lease_expires_at < database_time())


def active_runs(
    database: Database, *, run_id: int | None = None, dagster_run_id: str | None = None
) -> Sequence[ActiveRun]:
    """List the runs that somebody holds, oldest first: all, or one of them."""
    query = (
        select(
            PipelineRun.id,
            PipelineRun.attempt,
            PipelineRun.current_stage_name,
            PipelineRun.dagster_run_id,
            PipelineRun.heartbeat_at,
            PipelineRun.lease_expires_at,
            lease_ran_out(),
            PipelineRun.automatic_resumes,
        )
        # One that waits to be claimed for the first time has no worker to lose, and no lease.
        .where(PipelineRun.status.in_(ACTIVE), PipelineRun.lease_expires_at.is_not(None))
        .order_by(PipelineRun.id)
    )
    if run_id is not None:
        query = query.where(PipelineRun.id == run_id)
    if dagster_run_id is not None:
        query = query.where(PipelineRun.dagster_run_id == dagster_run_id)
    with database.read() as connection:
        return [ActiveRun(*row) for row in connection.execute(query)]


def lose(
    database: Database,
    run: ActiveRun,
    failure: Failure,
    policy: ResumePolicy,
    *,
    unless_alive: bool,
) -> bool:
    """Fail a run whose worker is gone.

    Args:
        database: Where it is.
        run: The run, as it was seen.
        failure: What to write down.
        policy: Whether it is resumed without anybody asking.
        unless_alive: Leave it alone if its worker has given a sign of life since it was seen.

    Returns:
        Whether it was failed: not, when its worker lives, or has ended it meanwhile.
    """
    # A beat within the millisecond of the one that was seen, which is all that SQLite's clock can
    # tell, has the same time. But it puts off the end of a lease that had run out; and who is
    # known dead by anything else than its lease gives no beats.
    alive = or_(
        PipelineRun.heartbeat_at.is_distinct_from(run.heartbeat_at),
        PipelineRun.lease_expires_at > run.lease_expires_at,
    )
    over = verdict.failed(failure, policy, automatic_resumes=run.automatic_resumes)
    with database.write() as connection:
        lost = connection.execute(
            update(PipelineRun)
            .where(
                PipelineRun.id == run.id,
                PipelineRun.attempt == run.attempt,
                PipelineRun.status.in_(ACTIVE),
                *([not_(alive)] if unless_alive else []),
            )
            .values(**over)
        )
        if lost.rowcount == 1:
            end_lost_stages(connection, run.id, failure.message, kind=failure.kind)
        return lost.rowcount == 1


def former_workers(database: Database, dagster_run_ids: Collection[str]) -> set[str]:
    """Return those of some Dagster runs that executed a run, and hold none any more.

    Each of their runs is over, or somebody else has taken it over.
    """
    held = select(PipelineRun.dagster_run_id).where(PipelineRun.dagster_run_id.in_(dagster_run_ids))
    executed = select(PipelineRunStage.dagster_run_id).where(
        PipelineRunStage.dagster_run_id.in_(dagster_run_ids)
    )
    with database.read() as connection:
        known = connection.scalars(union(held, executed)).all()
        holders = connection.scalars(held.where(PipelineRun.status.in_(ACTIVE))).all()
    return {one for one in known if one is not None and one not in holders}


def end_lost_stages(
    connection: Connection,
    run_id: int,
    message: str,
    *,
    kind: ErrorKind = ErrorKind.LOST_WORKER,
) -> None:
    """Tell in the history that a stage was begun and never ended; when, nobody knows."""
    connection.execute(
        update(PipelineRunStage)
        .where(
            PipelineRunStage.pipeline_run_id == run_id,
            PipelineRunStage.outcome == StageOutcome.RUNNING,
        )
        .values(outcome=StageOutcome.FAILED, message=message, error_kind=kind)
    )
