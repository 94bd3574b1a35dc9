"""Pipeline runs brought to where a test begins, by the calls a worker makes."""

from __future__ import annotations

from typing import Any

from fakes.payloads import a_request

from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ErrorKind

STAGES = ("Scrape", "AiRewrite", "Translate", "Publish")

RATE_LIMITED = Failure("OpenAI image API error [429]: rate limited", ErrorKind.TRANSIENT)


def complete(
    run: TrackedRun,
    index: int,
    before: ContentPayload,
    *,
    usage: Usage | None = None,
    **changes: Any,
) -> ContentPayload:
    """Run a stage that changes these fields of the payload; return what it handed on."""
    after = before.evolve(**changes)
    run.begin_stage(index)
    run.checkpoint(
        index, before=before, result=StageResult.completed(after, "well done", usage=usage)
    )
    return after


def complete_up_to(run: TrackedRun, index: int) -> ContentPayload:
    """Complete every stage from the current one up to, and without, this one."""
    payload = run.state_before(run.current_index)
    for done in range(run.current_index, index):
        payload = complete(run, done, payload, extra={**payload.extra, run.stages[done]: "done"})
    return payload


def fail(run: TrackedRun, index: int, failure: Failure = RATE_LIMITED) -> None:
    """Run a stage that fails."""
    run.begin_stage(index)
    run.fail(index, failure)


def a_failed_run(store: RunStore, *, at: int = 1, **start: Any) -> TrackedRun:
    """A run whose stage ``at`` failed, as its first worker holds it."""
    run = store.start(a_request(), STAGES, **start)
    complete_up_to(run, at)
    fail(run, at)
    return run


def a_run_that_is(store: RunStore, status: PipelineRunStatus) -> TrackedRun:
    """A run of this status."""
    run = store.start(a_request(), STAGES)
    match status:
        case PipelineRunStatus.PENDING:
            pass
        case PipelineRunStatus.RUNNING:
            run.begin_stage(0)
        case PipelineRunStatus.COMPLETED:
            complete_up_to(run, len(STAGES))
        case PipelineRunStatus.FAILED:
            fail(run, 0)
        case PipelineRunStatus.REJECTED:
            run.begin_stage(0)
            run.reject(0, "it is an advertisement")
    return run
