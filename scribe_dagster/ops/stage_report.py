"""What is told of a stage: to Dagster's log and run page, and to whoever listens."""

import traceback
from collections.abc import Mapping
from typing import Any

from dagster import AssetMaterialization, MetadataValue, OpExecutionContext

from scribe_dagster.domain.events import (
    ProgressEvent,
    ProgressListener,
    RunEnded,
    RunExists,
    RunRefused,
    RunStarted,
    StageCompleted,
    StageFailed,
    StageRejected,
    StageRestored,
    StageSkipped,
    StageStarted,
)
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.run_record import RunRecord
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome
from scribe_dagster.errors import AlreadyProcessed, ScribeError
from scribe_dagster.ops.metadata import Metadata, what_to_show, what_was_saved
from scribe_dagster.ops.progress_log import log_line
from scribe_dagster.ops.run_tags import OUTCOME_TAG, tags_at_end, tags_at_start
from scribe_dagster.resources.failure_policy import FailurePolicy


class StageReport:
    """Tells of one execution of one stage."""

    def __init__(self, context: OpExecutionContext, position: int, stages: tuple[str, ...]) -> None:
        self._context = context
        self._stages = stages
        self._place = (stages[position], position, len(stages))
        self._is_last = position == len(stages) - 1
        self._policy: FailurePolicy = context.resources.policy

    def taken_up(self, record: RunRecord, payload: ContentPayload) -> None:
        """The run was started or claimed just now."""
        inherited = self._context.run.tags
        self._tag(tags_at_start(record, payload.source_url, self._stages, inherited=inherited))
        self.tell(
            RunStarted(
                pipeline_run_id=record.run_id,
                attempt=record.attempt,
                source_url=payload.source_url,
                stages=self._stages,
                first_index=record.current_index,
            )
        )

    def restored(self, record: RunRecord) -> Metadata:
        """The stage was done before; return what its output shows."""
        saved = record.usage_of(self._place[1])
        self.tell(StageRestored(*self._place, saved))
        return {
            **self.identity(record),
            "restored": MetadataValue.bool(True),
            **what_was_saved(saved),
        }

    def started(self) -> None:
        """The stage begins."""
        self.tell(StageStarted(*self._place))

    def done(self, record: RunRecord, result: StageResult) -> None:
        """The stage is done and stored; if it was the last, so is the run."""
        if result.outcome is StageOutcome.SKIPPED:
            self.tell(StageSkipped(*self._place, result.message, result.payload))
        else:
            self.tell(StageCompleted(*self._place, result.message, result.payload, result.usage))
        if self._is_last:
            self._ended(record, PipelineRunStatus.COMPLETED, "completed")

    def rejected(self, record: RunRecord, reasons: tuple[str, ...]) -> None:
        """The stage gave its verdict."""
        self.tell(StageRejected(*self._place, reasons))
        self._ended(record, PipelineRunStatus.REJECTED, f"{self._place[0]} rejected it")

    def failed(self, record: RunRecord, failure: Failure, *, will_retry: bool) -> None:
        """The stage failed; so has the run, unless the stage is tried again at once."""
        self.tell(
            StageFailed(
                *self._place, failure.message, failure.kind, failure.resume_after, will_retry
            )
        )
        if not will_retry:
            self._ended(record, PipelineRunStatus.FAILED, f"{self._place[0]} failed")

    def nothing_to_do(self, existing: AlreadyProcessed) -> None:
        """The source has a run already, and no second one was wanted."""
        self._tag({OUTCOME_TAG: f"nothing to do: run #{existing.run_id} is {existing.status}"})
        self.tell(RunExists(existing.run_id, existing.status))

    def refused(self, error: ScribeError) -> None:
        """This Dagster run may not, or no longer, execute the pipeline run."""
        self._tag({OUTCOME_TAG: "refused"})
        self.tell(RunRefused(error))

    def trace(self, error: BaseException) -> None:
        """Log where an error came from that nobody expected."""
        if isinstance(error, Exception) and not isinstance(error, ScribeError):
            trace = "".join(traceback.format_exception(error))
            self._context.log.error(self._policy.redact(trace))

    def tell(self, event: ProgressEvent) -> None:
        """One stream of events, for Dagster's log and for whoever listens."""
        listener: ProgressListener = self._context.resources.progress
        failed: Exception | None = None
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001  -- a listener may not harm the run
            failed = error
        # Second: where Dagster's database is away this raises, and what is done is done.
        level, line = log_line(event)
        self._context.log.log(level, line)
        if failed is not None:
            self._context.log.warning(f"a progress listener failed: {failed!r}")

    def shown(
        self,
        record: RunRecord,
        before: ContentPayload,
        result: StageResult,
        resources: Mapping[str, Any],
    ) -> tuple[list[AssetMaterialization], Metadata]:
        """Return what people look at. The stage is done and stored: no preview may fail it now."""
        try:
            materializations, metadata = what_to_show(before, result, resources)
        except Exception as error:  # noqa: BLE001
            self._context.log.warning(self._policy.redact(f"no preview could be made: {error!r}"))
            materializations, metadata = [], {}
        # Dagster cuts a list off after some six entries: what people came to see stands first.
        return materializations, {**metadata, **self.identity(record)}

    def what_to_do(self, record: RunRecord, failure: Failure) -> Metadata:
        """Return what a failure shows beside its message: of what kind it is, and the way on."""
        shown: Metadata = {"kind": MetadataValue.text(failure.kind.value)}
        if failure.resume_after is not None:
            shown["resume_after"] = MetadataValue.timestamp(failure.resume_after)
        if record.run_id is not None:
            shown["next"] = MetadataValue.text(
                f"Re-execute from failure, or: scribe-dagster resume {record.run_id}"
            )
        return {**shown, **self.identity(record)}

    def identity(self, record: RunRecord) -> Metadata:
        """Return which pipeline run an output, or a failure, belongs to."""
        if record.run_id is None:
            return {}
        return {
            "pipeline_run": MetadataValue.int(record.run_id),
            "attempt": MetadataValue.int(record.attempt),
        }

    def _ended(self, record: RunRecord, status: PipelineRunStatus, outcome: str) -> None:
        try:
            spent = record.spent()
        except ScribeError as error:
            # All is written down; what it cost can be read there another time.
            self._context.log.warning(str(error))
            return
        self._tag(tags_at_end(spent, outcome))
        self.tell(RunEnded(record.run_id, status, spent))

    def _tag(self, tags: dict[str, str]) -> None:
        try:
            self._context.instance.add_run_tags(self._context.run_id, tags)
        except Exception as error:  # noqa: BLE001  -- what is done is done, however it is told
            self._context.log.warning(f"the run could not be tagged: {error!r}")
