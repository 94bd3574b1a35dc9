"""The row of a new run, and whether there may be one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, insert, null, or_, select

from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.models import PipelineRun, StagedContentRow
from scribe_dagster.domain.canonical_url import canonical_url
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.snapshot import dump_snapshot
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import InvalidSource


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a new run begins with."""

    payload: ContentPayload
    """The state before stage ``first_index``."""
    stages: Sequence[str]
    dagster_run_id: str | None = None
    job_name: str | None = None
    first_index: int = 0
    forked_from_id: int | None = None
    edits: Mapping[str, Any] | None = None
    attempt: int = 1
    """1 for a run that its maker executes; 0 for one that waits to be claimed."""
    lease_seconds: float | None = None
    """None: it may wait for ever."""
    resume_in: timedelta | None = None
    """When the resume sensor is to execute it, from now; None: somebody else does."""

    def insert(self, connection: Connection) -> int:
        """Write the row, ``pending``, and return its id.

        Raises:
            InvalidSource: The payload names staged content that does not exist.
        """
        staged = self.payload.staged_content_id
        if staged is not None and not _is_there(connection, staged):
            raise InvalidSource(f"There is no staged content #{staged} to process.")
        snapshot = dump_snapshot(self.payload)
        wait = None if self.resume_in is None else self.resume_in.total_seconds()
        return connection.execute(
            insert(PipelineRun)
            .values(
                source_url=self.payload.source_url,
                canonical_url=canonical_url(self.payload.source_url),
                staged_content_id=staged,
                status=PipelineRunStatus.PENDING,
                job_name=self.job_name,
                stages=list(self.stages),
                current_stage_index=self.first_index,
                first_stage_index=self.first_index,
                current_stage_name=self.stages[self.first_index],
                attempt=self.attempt,
                dagster_run_id=self.dagster_run_id,
                heartbeat_at=database_time(),
                lease_expires_at=_from_now(self.lease_seconds),
                resume_at=_from_now(wait),
                forked_from_id=self.forked_from_id,
                edits=dict(self.edits) if self.edits else null(),
                initial_snapshot=snapshot,
                payload_snapshot=snapshot,
            )
            .returning(PipelineRun.id)
        ).scalar_one()


def existing_run(
    connection: Connection, source_url: str, *, besides: int | None = None
) -> Row[Any] | None:
    """Return the run that stands for a source: the latest of those that came furthest.

    ``besides`` is the id of a run that does not count.

    Until the transaction ends, nobody else who asks this question gets an answer: of two
    processes that both want one run of a source, the second finds that of the first.
    """
    if connection.dialect.name == "postgresql":
        # On SQLite the write transaction itself keeps everybody else out.
        key = func.hashtextextended(canonical_url(source_url), 0)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
    return run_of_source(connection, source_url, besides=besides)


def run_of_source(
    connection: Connection, source_url: str, *, besides: int | None = None
) -> Row[Any] | None:
    """Return what :func:`existing_run` does, for whoever only wants to tell it."""
    canonical = canonical_url(source_url)
    progress = case(
        {
            PipelineRunStatus.COMPLETED: 0,
            PipelineRunStatus.RUNNING: 1,
            PipelineRunStatus.PENDING: 1,
            PipelineRunStatus.FAILED: 2,
            PipelineRunStatus.REJECTED: 3,
        },
        value=PipelineRun.status,
    )
    return connection.execute(
        select(PipelineRun.id, PipelineRun.status)
        .where(
            or_(
                PipelineRun.canonical_url == canonical,
                and_(PipelineRun.canonical_url.is_(None), PipelineRun.source_url == source_url),
            ),
            PipelineRun.id.is_distinct_from(besides),
        )
        .order_by(progress, PipelineRun.id.desc())
        .limit(1)
    ).first()


def _from_now(seconds: float | None) -> database_time | None:
    return None if seconds is None else database_time(seconds)


def run_of_staged_content(connection: Connection, staged_content_id: int) -> Row[Any] | None:
    """Return the run that was started for staged content, if there is one; a fork is no such run.

    Until the transaction ends, nobody else who asks for this content gets an answer.
    """
    # On SQLite the write transaction itself keeps everybody else out.
    staged = select(StagedContentRow.id).where(StagedContentRow.id == staged_content_id)
    connection.execute(staged.with_for_update())
    return connection.execute(
        select(PipelineRun.id, PipelineRun.status)
        .where(
            PipelineRun.staged_content_id == staged_content_id,
            PipelineRun.forked_from_id.is_(None),
        )
        .order_by(PipelineRun.id.desc())
        .limit(1)
    ).first()


def _is_there(connection: Connection, staged_content_id: int) -> bool:
    wanted = select(StagedContentRow.id).where(StagedContentRow.id == staged_content_id)
    return connection.scalar(wanted) is not None
