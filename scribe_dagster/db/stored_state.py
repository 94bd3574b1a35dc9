"""The payload as it was before any stage of a run, out of what was stored."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.snapshot import apply_changes, load_snapshot
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import NotResumable, RunNotFound


def state_before(connection: Connection, run_id: int, index: int) -> ContentPayload:
    """Return the payload a stage is given.

    Args:
        connection: A connection to read on.
        run_id: The pipeline run.
        index: The stage; one past the last for the payload at the end.

    Raises:
        RunNotFound: There is no such run.
        NotResumable: An earlier stage has not been completed, so there is no such state.
    """
    run = connection.execute(_STATE.where(PipelineRun.id == run_id)).one_or_none()
    if run is None:
        raise RunNotFound.numbered(run_id)
    stages_done = run.current_stage_index + (run.status is PipelineRunStatus.COMPLETED)
    if index > stages_done:
        wanted = run.stages[index] if index < len(run.stages) else "its end"
        raise NotResumable(
            f"Pipeline run #{run_id} has not come as far as {wanted}: it stands at "
            f"{run.stages[run.current_stage_index]}."
        )
    if index == stages_done:
        # What nearly every reader wants, and it needs no replay.
        return load_snapshot(run.payload_snapshot)
    if index >= run.first_stage_index:
        return load_snapshot(_replay(connection, run_id, frozenset(run.stages[index:])))
    # A fork may begin further along; what came before is the story of the run it was forked from.
    if run.forked_from_id is None:
        raise NotResumable(
            f"Pipeline run #{run_id} began after stage {index + 1}, and the run it was forked "
            "from is gone."
        )
    return state_before(connection, run.forked_from_id, index)


_STATE = select(
    PipelineRun.current_stage_index,
    PipelineRun.first_stage_index,
    PipelineRun.stages,
    PipelineRun.status,
    PipelineRun.forked_from_id,
    PipelineRun.payload_snapshot,
)


def _replay(connection: Connection, run_id: int, later: Collection[str]) -> dict[str, Any]:
    """Apply what was done to the initial snapshot, up to the first of the ``later`` stages.

    The order is that in which it was done: positions are those of the stages the pipeline had at
    the time.
    """
    initial = select(PipelineRun.initial_snapshot).where(PipelineRun.id == run_id)
    state: dict[str, Any] = connection.execute(initial).scalar_one()
    done = connection.execute(
        select(PipelineRunStage.stage_name, PipelineRunStage.changes)
        .where(PipelineRunStage.pipeline_run_id == run_id, PipelineRunStage.changes.is_not(None))
        .order_by(PipelineRunStage.id)
    )
    for name, changes in done:
        if name in later:
            break
        state = apply_changes(state, changes)
    return state
