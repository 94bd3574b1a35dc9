"""The writes of a worker that holds the claim to a run.

Each is one transaction that begins with the fence: once the run has been claimed under a later
attempt, the stale worker is stopped and nothing is written. Each outlasts a database that
restarts: what a stage has made may have cost money, and is in hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Insert, Select, delete, func, insert, select, update

from scribe_dagster.db import verdict
from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.fence import write_under_claim
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.db.models.base import utc_now
from scribe_dagster.db.models.pipeline_run import MICRO_USD
from scribe_dagster.db.new_run import existing_run
from scribe_dagster.db.outage import outlasting_an_outage
from scribe_dagster.db.stored_state import state_before
from scribe_dagster.domain.canonical_url import canonical_url
from scribe_dagster.domain.claim_terms import ClaimTerms
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.snapshot import changes_between, dump_snapshot
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome
from scribe_dagster.domain.text import storable
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import AlreadyProcessed, Fenced


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run in the tracking tables, held under one attempt number."""

    database: Database
    run_id: int
    created_at: datetime
    attempt: int
    stages: tuple[str, ...]
    current_index: int
    """Stages before this one were done when the run was claimed."""
    dagster_run_id: str | None
    terms: ClaimTerms
    automatic_resumes: int = 0

    @property
    def scope(self) -> RunScope:
        """The claim, as side effects carry it."""
        return RunScope(self.run_id, self.attempt)

    @property
    def beat_seconds(self) -> float:
        """How often to call :meth:`beat` while a stage runs, in seconds."""
        return self.terms.beat_seconds

    def state_before(self, index: int) -> ContentPayload:
        """Return the stored payload a stage must be given."""
        with self.database.read() as connection:
            return state_before(connection, self.run_id, index)

    def usage_of(self, index: int) -> Usage | None:
        """Return what it took to complete a stage; None when it used nothing."""
        done = (
            select(
                PipelineRunStage.model,
                PipelineRunStage.input_tokens,
                PipelineRunStage.output_tokens,
                PipelineRunStage.cost_micro_usd,
            )
            .where(
                PipelineRunStage.pipeline_run_id == self.run_id,
                PipelineRunStage.stage_name == self.stages[index],
                PipelineRunStage.changes.is_not(None),
            )
            .order_by(PipelineRunStage.id.desc())
        )
        with self.database.read() as connection:
            row = connection.execute(done.limit(1)).first()
        if row is None or row.model is None:
            return None
        cost = None if row.cost_micro_usd is None else Decimal(row.cost_micro_usd) / MICRO_USD
        return Usage(
            model=row.model,
            input_tokens=row.input_tokens,
            output_tokens=row.output_tokens,
            cost_usd=cost,
        )

    def spent(self) -> Spending:
        """Return what the run has used so far, over all attempts."""
        totals = select(
            PipelineRun.input_tokens + PipelineRun.output_tokens, PipelineRun.cost_micro_usd
        )
        with self.database.read() as connection:
            row = connection.execute(totals.where(PipelineRun.id == self.run_id)).one()
        return Spending(row[0], Decimal(row[1]) / MICRO_USD)

    def beat(self) -> None:
        """Give a sign of life: the lease begins anew."""
        with self.database.write() as connection:
            write_under_claim(connection, self.scope, lease_expires_at=self._lease())

    @outlasting_an_outage
    def become_run_of(self, entry_url: str, *, the_only_one: bool) -> None:
        """Count as a run of what was read: an entry, and no longer its feed.

        Raises:
            AlreadyProcessed: It is to be the only one, and there is another. This one is deleted:
                it has read, and not paid.
        """
        with self.database.write() as connection:
            write_under_claim(connection, self.scope, canonical_url=canonical_url(entry_url))
            if not the_only_one:
                return
            other = existing_run(connection, entry_url, besides=self.run_id)
            if other is None:
                return
            connection.execute(delete(PipelineRun).where(PipelineRun.id == self.run_id))
        raise AlreadyProcessed(other.id, other.status)

    @outlasting_an_outage
    def begin_stage(self, index: int) -> None:
        """Mark the run as running this stage."""
        now = utc_now()
        with self.database.write() as connection:
            write_under_claim(
                connection,
                self.scope,
                at_stage=index,
                status=PipelineRunStatus.RUNNING,
                started_at=func.coalesce(PipelineRun.started_at, now),
                lease_expires_at=self._lease(),
            )
            if connection.execute(self._history(index, outcome=StageOutcome.RUNNING)).first():
                # That of an earlier try, whose answer was lost in an outage.
                return
            connection.execute(
                self._new_history(index, started_at=now).values(outcome=StageOutcome.RUNNING)
            )

    def checkpoint(
        self,
        index: int,
        *,
        before: ContentPayload,
        result: StageResult,
        failure: Failure | None = None,
    ) -> None:
        """Store what a stage has done; the last one completes the run."""
        now = utc_now()
        snapshot = dump_snapshot(result.payload)
        is_last = index == len(self.stages) - 1
        next_index = index if is_last else index + 1
        progress: dict[str, Any] = {
            "payload_snapshot": snapshot,
            "current_stage_index": next_index,
            "current_stage_name": self.stages[next_index],
            "lease_expires_at": self._lease(),
            **_added_to_totals(result.usage),
        }
        if is_last:
            progress |= {
                "status": PipelineRunStatus.COMPLETED,
                "completed_at": now,
                "article_id": result.payload.article_id,
                "lease_expires_at": None,
                **verdict.NO_ERROR,
            }
        self._end_stage(
            index,
            now,
            run=progress,
            outcome=StageOutcome.FAILED if failure else result.outcome,
            message=failure.message if failure else storable(result.message),
            error_kind=failure.kind if failure else None,
            changes=changes_between(dump_snapshot(before), snapshot),
            **_as_columns(result.usage),
        )

    def fail(self, index: int, failure: Failure, *, will_retry: bool = False) -> None:
        """Record a failure, and unless the worker will retry, fail the run."""
        over = verdict.failed(failure, self.terms.resumes, automatic_resumes=self.automatic_resumes)
        self._end_stage(
            index,
            utc_now(),
            run={
                **({"lease_expires_at": self._lease()} if will_retry else over),
                **_added_to_totals(failure.usage),
            },
            outcome=StageOutcome.FAILED,
            message=failure.message,
            error_kind=failure.kind,
            **_as_columns(failure.usage),
        )

    def reject(self, index: int, reason: str, *, usage: Usage | None = None) -> None:
        """Record the verdict."""
        now = utc_now()
        self._end_stage(
            index,
            now,
            run={
                "status": PipelineRunStatus.REJECTED,
                "rejection_reason": reason,
                "completed_at": now,
                "lease_expires_at": None,
                **verdict.NO_ERROR,
                **_added_to_totals(usage),
            },
            outcome=StageOutcome.REJECTED,
            message=reason,
            **_as_columns(usage),
        )

    @outlasting_an_outage
    def _end_stage(
        self, index: int, finished_at: datetime, *, run: dict[str, Any], **stage: Any
    ) -> None:
        """Write how a stage ended, to the run and to its history, in one transaction."""
        with self.database.write() as connection:
            try:
                write_under_claim(connection, self.scope, at_stage=index, **run)
            except Fenced:
                if self._is_written(connection, index, finished_at):
                    return
                raise
            ended = connection.execute(
                update(PipelineRunStage)
                .where(
                    PipelineRunStage.pipeline_run_id == self.run_id,
                    PipelineRunStage.attempt == self.attempt,
                    PipelineRunStage.stage_index == index,
                    PipelineRunStage.outcome == StageOutcome.RUNNING,
                )
                .values(finished_at=finished_at, **stage)
            )
            if ended.rowcount == 0 and not self._is_written(connection, index, finished_at):
                # Another worker of this attempt has ended the same try before.
                connection.execute(
                    self._new_history(index, finished_at).values(finished_at=finished_at, **stage)
                )

    def _new_history(self, index: int, started_at: datetime) -> Insert:
        return insert(PipelineRunStage).values(
            pipeline_run_id=self.run_id,
            attempt=self.attempt,
            stage_index=index,
            stage_name=self.stages[index],
            started_at=started_at,
            dagster_run_id=self.dagster_run_id,
        )

    def _is_written(self, connection: Connection, index: int, finished_at: datetime) -> bool:
        """Tell whether the database went away after it had committed this very write."""
        written = self._history(index, finished_at=finished_at)
        return connection.execute(written).first() is not None

    def _history(self, index: int, **columns: Any) -> Select[tuple[int]]:
        """Select this attempt's rows at a stage that hold these values."""
        return select(PipelineRunStage.id).filter_by(
            pipeline_run_id=self.run_id, attempt=self.attempt, stage_index=index, **columns
        )

    def _lease(self) -> database_time:
        return database_time(self.terms.lease_seconds)


def _micro_usd(usage: Usage) -> int | None:
    return None if usage.cost_usd is None else round(usage.cost_usd * MICRO_USD)


def _as_columns(usage: Usage | None) -> dict[str, Any]:
    if usage is None:
        return {}
    return {
        "model": usage.model,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cost_micro_usd": _micro_usd(usage),
    }


def _added_to_totals(usage: Usage | None) -> dict[str, Any]:
    if usage is None:
        return {}
    return {
        "input_tokens": PipelineRun.input_tokens + usage.input_tokens,
        "output_tokens": PipelineRun.output_tokens + usage.output_tokens,
        "cost_micro_usd": PipelineRun.cost_micro_usd + (_micro_usd(usage) or 0),
    }
