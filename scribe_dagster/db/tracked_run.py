"""The writes of a worker that holds the claim to a run.

Each is one transaction that begins with the fence: once the run has been claimed under a later
attempt, the stale worker is stopped and nothing is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, update
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_exponential

from scribe_dagster.db.database import Database
from scribe_dagster.db.fence import write_under_claim
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.db.models.base import utc_now
from scribe_dagster.db.models.pipeline_run import MICRO_USD
from scribe_dagster.db.stored_state import state_before
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.snapshot import changes_between, dump_snapshot
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome
from scribe_dagster.domain.text import storable
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import DatabaseUnreachable

_NO_ERROR: dict[str, None] = dict.fromkeys(
    ("error_stage", "error_message", "error_kind", "resume_after", "failed_at")
)


# What a stage has made may have cost money, and is in hand: a database that restarts is waited for.
_outlasting_an_outage = retry(
    retry=retry_if_exception_type(DatabaseUnreachable),
    wait=wait_exponential(multiplier=0.1, max=5),
    stop=stop_after_delay(30),
    reraise=True,
)


@dataclass(frozen=True, slots=True)
class TrackedRun:
    """A run in the tracking tables, held under one attempt number."""

    database: Database
    run_id: int
    attempt: int
    stages: tuple[str, ...]
    current_index: int
    """Stages before this one were done when the run was claimed."""
    dagster_run_id: str | None

    @property
    def scope(self) -> RunScope:
        """The claim, as side effects carry it."""
        return RunScope(self.run_id, self.attempt)

    def state_before(self, index: int) -> ContentPayload:
        """Return the stored payload a stage must be given."""
        with self.database.read() as connection:
            return state_before(connection, self.run_id, index)

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
            )
            connection.execute(
                insert(PipelineRunStage).values(
                    pipeline_run_id=self.run_id,
                    attempt=self.attempt,
                    stage_index=index,
                    stage_name=self.stages[index],
                    outcome=StageOutcome.RUNNING,
                    started_at=now,
                    dagster_run_id=self.dagster_run_id,
                )
            )

    @_outlasting_an_outage
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
            **_added_to_totals(result.usage),
        }
        if is_last:
            progress |= {
                "status": PipelineRunStatus.COMPLETED,
                "completed_at": now,
                "article_id": result.payload.article_id,
                **_NO_ERROR,
            }
        with self.database.write() as connection:
            write_under_claim(connection, self.scope, at_stage=index, **progress)
            self._end_stage(
                connection,
                index,
                outcome=StageOutcome.FAILED if failure else result.outcome,
                message=failure.message if failure else storable(result.message),
                error_kind=failure.kind if failure else None,
                finished_at=now,
                changes=changes_between(dump_snapshot(before), snapshot),
                **_as_columns(result.usage),
            )

    @_outlasting_an_outage
    def fail(self, index: int, failure: Failure, *, will_retry: bool = False) -> None:
        """Record a failure, and unless the worker will retry, fail the run."""
        now = utc_now()
        verdict: dict[str, Any] = {
            "status": PipelineRunStatus.FAILED,
            "failed_at": now,
            "error_stage": self.stages[index],
            "error_message": failure.message,
            "error_kind": failure.kind,
            "resume_after": failure.resume_after,
        }
        with self.database.write() as connection:
            write_under_claim(
                connection, self.scope, at_stage=index, **({} if will_retry else verdict)
            )
            self._end_stage(
                connection,
                index,
                outcome=StageOutcome.FAILED,
                message=failure.message,
                error_kind=failure.kind,
                finished_at=now,
            )

    @_outlasting_an_outage
    def reject(self, index: int, reason: str) -> None:
        """Record the verdict."""
        now = utc_now()
        with self.database.write() as connection:
            write_under_claim(
                connection,
                self.scope,
                at_stage=index,
                status=PipelineRunStatus.REJECTED,
                rejection_reason=reason,
                completed_at=now,
                **_NO_ERROR,
            )
            self._end_stage(
                connection, index, outcome=StageOutcome.REJECTED, message=reason, finished_at=now
            )

    def _end_stage(self, connection: Connection, index: int, **values: Any) -> None:
        connection.execute(
            update(PipelineRunStage)
            .where(
                PipelineRunStage.pipeline_run_id == self.run_id,
                PipelineRunStage.attempt == self.attempt,
                PipelineRunStage.stage_index == index,
                PipelineRunStage.outcome == StageOutcome.RUNNING,
            )
            .values(**values)
        )


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
