"""The tracking protocol, written once: how a stage becomes a tracked, resumable Dagster op.

Every op goes through these steps, whichever door its Dagster run came through:

1. **open** the pipeline run this Dagster run executes: found, claimed, or started;
2. **restore** the stored state, if the stage was done in an earlier attempt, and stop here;
3. **begin**: the run is `running`, at this stage;
4. **attempt**: run the stage's function, while a heartbeat keeps the claim;
5. **settle**: checkpoint what it returned in one transaction, or record its failure or rejection.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dagster import (
    AssetMaterialization,
    Failure,
    In,
    OpDefinition,
    OpExecutionContext,
    Out,
    Output,
    RetryRequested,
    op,
)

from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.run_record import RunRecord
from scribe_dagster.domain.run_scope import RunScoped
from scribe_dagster.domain.stage import Stage
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.usage import used_by
from scribe_dagster.errors import AlreadyProcessed, Fenced, Rejected, ScribeError
from scribe_dagster.ops.heartbeat import heartbeat
from scribe_dagster.ops.stage_report import StageReport
from scribe_dagster.resources.failure_policy import FailurePolicy
from scribe_dagster.resources.launch import Launch
from scribe_dagster.resources.request import Request
from scribe_dagster.resources.termination import is_wanted, sigterm_told_apart
from scribe_dagster.resources.tracking import Tracking

PROTOCOL_RESOURCES = frozenset({"tracking", "request", "policy", "progress"})
"""Resources the wrapper itself needs, whatever the stage."""

_INPUT = "payload"

OpEvents = Iterator[AssetMaterialization | Output[ContentPayload]]


def stage_op(stage: Stage, position: int, stages: tuple[str, ...]) -> OpDefinition:
    """Make the op of a stage that stands at ``position`` among ``stages``."""

    @op(
        name=stage.name,
        description=stage.description,
        ins={_INPUT: In(ContentPayload)} if position else {},
        # Not required: a rejected payload has no output, and the ops after it are skipped.
        out=Out(
            ContentPayload,
            is_required=False,
            io_manager_key="payload_io",
            metadata={"position": position},
        ),
        required_resource_keys=set(stage.resource_keys | PROTOCOL_RESOURCES),
        pool=stage.pool,
    )
    def compute(context: OpExecutionContext, **inputs: ContentPayload) -> OpEvents:
        yield from _StageExecution(context, stage, position, stages).run(inputs.get(_INPUT))

    return compute


class _StageExecution:
    """One execution of one stage's op."""

    def __init__(
        self, context: OpExecutionContext, stage: Stage, position: int, stages: tuple[str, ...]
    ) -> None:
        self._context = context
        self._stage = stage
        self._position = position
        self._stages = stages
        self._policy: FailurePolicy = context.resources.policy
        self._report = StageReport(context, position, stages)

    def run(self, upstream: ContentPayload | None) -> OpEvents:
        try:
            record, is_new = self._open()
            if self._position < record.current_index:
                yield self._restored(record, is_new)
                return
            # A first stage has no upstream: its payload is the stored one, or the request itself.
            payload = (
                upstream
                or record.state_before(self._position)
                or self._context.resources.request.payload()
            )
            if is_new:
                self._report.taken_up(record, payload)
            record.begin_stage(self._position)
            self._report.started()
            resources = self._resources_for(record)
            with heartbeat(record):
                outcome = self._attempt(payload, resources)
            result = self._settle(record, payload, outcome)
        except AlreadyProcessed as existing:
            # As after a rejection there is no output, and the ops that follow are skipped.
            self._report.nothing_to_do(existing)
            return
        except ScribeError as error:
            # The row is not ours, or cannot be written: not one more write.
            raise self._refused(error) from None
        if result is None:
            return
        materializations, metadata = self._report.shown(record, payload, result, resources)
        yield from materializations
        yield Output(result.payload, metadata=metadata)

    # -- 1. Open, 2. restore --------------------------------------------------------------------

    def _open(self) -> tuple[RunRecord, bool]:
        launch = Launch.of(self._context.run, self._stages)
        tracking: Tracking = self._context.resources.tracking
        request: Request = self._context.resources.request
        return tracking.open(launch, self._position, request, self._context.instance)

    def _restored(self, record: RunRecord, is_new: bool) -> Output[ContentPayload]:
        """Hand on what an earlier attempt stored: nothing runs, nothing is paid."""
        payload = record.state_before(self._position + 1)
        assert payload is not None
        if is_new:
            self._report.taken_up(record, payload)
        return Output(payload, metadata=self._report.restored(record))

    # -- 4. Run the function ---------------------------------------------------------------------

    def _resources_for(self, record: RunRecord) -> dict[str, Any]:
        """Return the stage's resources, those that write bound to the run."""
        given = {key: getattr(self._context.resources, key) for key in self._stage.resource_keys}
        if record.scope is None:
            return given
        return {
            key: resource.for_run(record.scope) if isinstance(resource, RunScoped) else resource
            for key, resource in given.items()
        }

    def _attempt(
        self, payload: ContentPayload, resources: dict[str, Any]
    ) -> StageResult | BaseException:
        """Return what the stage returned, or raised: what it means is decided elsewhere.

        Outside this block nothing that is raised carries the stage's own error along, whose text
        nobody has redacted, into Dagster's log.
        """
        try:
            with sigterm_told_apart():
                result = self._stage(payload, **resources)
        except BaseException as error:  # noqa: BLE001  -- Ctrl-C must reach the row as well
            return error
        return replace(result, message=self._policy.redact(result.message))

    # -- 5. Write down what came of it -----------------------------------------------------------

    def _settle(
        self, record: RunRecord, payload: ContentPayload, outcome: StageResult | BaseException
    ) -> StageResult | None:
        """Record the outcome; return the result that the next stage gets, if it gets one."""
        match outcome:
            case StageResult():
                self._tell_entry(record, payload, outcome.payload)
                record.checkpoint(self._position, before=payload, result=outcome)
                self._report.done(record, outcome)
                return outcome
            case Rejected():
                reasons = tuple(self._policy.redact(reason) for reason in outcome.reasons)
                record.reject(self._position, "; ".join(reasons), usage=used_by(outcome))
                self._report.rejected(record, reasons)
                return None
            case Fenced():
                raise outcome
            case _:
                return self._settle_failure(record, payload, outcome)

    def _tell_entry(self, record: RunRecord, before: ContentPayload, after: ContentPayload) -> None:
        """Which entry of a feed is processed shows when the feed has been read."""
        if before.scraped is None and after.scraped is not None and after.scraped.entry_url:
            request: Request = self._context.resources.request
            is_first = record.attempt == 1 and request.if_exists is not IfExists.RUN
            record.become_run_of(after.scraped.entry_url, the_only_one=is_first)

    def _settle_failure(
        self, record: RunRecord, payload: ContentPayload, error: BaseException
    ) -> StageResult:
        failure = self._policy.describe(error)
        if failure.deliberate:
            wanted = is_wanted(error, self._context.run_id, self._context.instance)
            failure = replace(failure, deliberate=wanted)
        self._report.trace(error)
        will_retry = self._stage.will_retry(failure, self._context.retry_number)
        if not will_retry and self._policy.goes_on_without(self._stage, failure):
            result = replace(StageResult.skipped(payload, failure.message), usage=failure.usage)
            record.checkpoint(self._position, before=payload, result=result, failure=failure)
            self._report.done(record, result)
            return result
        record.fail(self._position, failure, will_retry=will_retry)
        self._report.failed(record, failure, will_retry=will_retry)
        if not isinstance(error, Exception):
            raise error
        if will_retry:
            # Asked for here, and not by a policy of the op: that would retry a Ctrl-C as well.
            raise RetryRequested(max_retries=self._stage.retries)
        raise Failure(failure.message, metadata=self._report.what_to_do(record, failure))

    def _refused(self, error: ScribeError) -> Failure:
        self._report.refused(error)
        return Failure(self._policy.redact(str(error)))
