"""What may be thrown away of things long past, and what never is.

Of a run that is over, its row, its timeline and what it cost are kept for ever: they are small,
and by them a source is known to have been processed. What its stages were given and made, the
texts, goes. Articles, their images and the ledger of their publications are not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from time import sleep
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    not_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import aliased

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import (
    ContentSourceRow,
    PipelineRun,
    PipelineRunStage,
    StagedContentRow,
)
from scribe_dagster.db.ready import ready_database
from scribe_dagster.domain.snapshot import dump_snapshot, load_snapshot
from scribe_dagster.domain.staged_status import StagedStatus
from scribe_dagster.domain.status import PipelineRunStatus

_OVER = (PipelineRunStatus.COMPLETED, PipelineRunStatus.REJECTED)
_BATCH = 100
"""Rows a transaction: nobody else waits long for the database."""
_PAUSE = 0.1
"""Seconds between two: who waits for SQLite looks ten times a second whether it is free."""


@dataclass(frozen=True, slots=True)
class Prunable:
    """How much there is to throw away, or was thrown away."""

    runs: int
    """Runs whose texts go."""
    staged_contents: int
    """Entries of feeds that have no run, and that their feeds no longer hold."""

    def __bool__(self) -> bool:
        return bool(self.runs or self.staged_contents)


class Retention:
    """Throws away what is older than some moment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Open the configured database.

        Raises:
            NotMigrated: A shared database lacks the tables.
            DatabaseUnreachable: It cannot be reached.
        """
        return cls(ready_database(settings, tracking=True))

    def plan(self, before: datetime) -> Prunable:
        """Count what :meth:`prune` would throw away."""
        runs = select(func.count()).select_from(PipelineRun).where(_has_texts(before))
        staged = select(func.count()).select_from(StagedContentRow).where(_is_forgotten(before))
        with self._database.read() as connection:
            return Prunable(
                connection.execute(runs).scalar_one(), connection.execute(staged).scalar_one()
            )

    def prune(self, before: datetime) -> Prunable:
        """Throw away what is older; what is interrupted is done by the next call."""
        return Prunable(
            runs=self._in_batches(partial(_drop_some_texts, before)),
            staged_contents=self._in_batches(partial(_forget_some, before)),
        )

    def _in_batches(self, prune_some: Callable[[Connection, int], Sequence[int]]) -> int:
        count = last = 0
        while True:
            with self._database.write() as connection:
                done = prune_some(connection, last)
            count += len(done)
            if len(done) < _BATCH:
                return count
            last = done[-1]
            sleep(_PAUSE)


def _has_texts(before: datetime) -> ColumnElement[bool]:
    ended = func.coalesce(PipelineRun.completed_at, PipelineRun.updated_at)
    fork = aliased(PipelineRun)
    return and_(
        PipelineRun.status.in_(_OVER),
        ended < before,
        exists().where(
            PipelineRunStage.pipeline_run_id == PipelineRun.id,
            PipelineRunStage.changes.is_not(None),
        ),
        # A fork takes what came before it from the run it was forked from.
        not_(exists().where(fork.forked_from_id == PipelineRun.id)),
    )


def _is_forgotten(before: datetime) -> ColumnElement[bool]:
    is_in_its_feed = exists().where(
        ContentSourceRow.id == StagedContentRow.content_source_id,
        or_(
            ContentSourceRow.read_at.is_(None), ContentSourceRow.read_at <= StagedContentRow.seen_at
        ),
    )
    return and_(
        StagedContentRow.status != StagedStatus.WAITING,
        # While its feed holds it, it must be known, or it would be staged as something new; and a
        # feed that is empty for a night will hold it again.
        StagedContentRow.seen_at < before,
        not_(is_in_its_feed),
        not_(exists().where(PipelineRun.staged_content_id == StagedContentRow.id)),
    )


def _drop_some_texts(before: datetime, connection: Connection, after: int) -> Sequence[int]:
    """Drop the texts of the next few runs, and return their ids."""
    found = connection.execute(
        select(PipelineRun.id, PipelineRun.payload_snapshot)
        .where(PipelineRun.id > after, _has_texts(before))
        .order_by(PipelineRun.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for run_id, snapshot in found:
        _drop_texts(connection, run_id, snapshot)
    return [run_id for run_id, _ in found]


def _forget_some(before: datetime, connection: Connection, after: int) -> Sequence[int]:
    """Delete the next few entries, and return their ids."""
    # Locked before they are deleted: a deletion that waits for a poll would go on as if nothing had
    # happened, for PostgreSQL does not look again at a row's subquery. What a poll holds, it sees.
    found = connection.scalars(
        select(StagedContentRow.id)
        .where(StagedContentRow.id > after, _is_forgotten(before))
        .order_by(StagedContentRow.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    connection.execute(delete(StagedContentRow).where(StagedContentRow.id.in_(found)))
    return found


def _drop_texts(connection: Connection, run_id: int, snapshot: dict[str, Any]) -> None:
    kept = load_snapshot(snapshot).evolve(source_text=None, scraped=None, draft=None, extra={})
    stages: Sequence[Any] = (PipelineRunStage.pipeline_run_id == run_id,)
    connection.execute(update(PipelineRunStage).where(*stages).values(changes=null()))
    connection.execute(
        update(PipelineRun)
        .where(PipelineRun.id == run_id)
        # An initial snapshot without anything in it tells that the texts are gone.
        .values(
            initial_snapshot={},
            payload_snapshot=dump_snapshot(kept),
            updated_at=PipelineRun.updated_at,
        )
    )
    connection.execute(
        update(StagedContentRow)
        .where(
            StagedContentRow.id
            == select(PipelineRun.staged_content_id)
            .where(PipelineRun.id == run_id)
            .scalar_subquery()
        )
        .values(entry=null())
    )
