"""The payload as it was before any stage of a run, out of what was stored."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, func, select

from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.snapshot import load_snapshot
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
    run = connection.execute(
        select(
            PipelineRun.current_stage_index,
            PipelineRun.status,
            PipelineRun.forked_from_id,
            PipelineRun.payload_snapshot,
        ).where(PipelineRun.id == run_id)
    ).one_or_none()
    if run is None:
        raise RunNotFound.numbered(run_id)
    stages_done = run.current_stage_index + (run.status is PipelineRunStatus.COMPLETED)
    if index > stages_done:
        raise NotResumable(f"Pipeline run #{run_id} has not come as far as stage {index + 1}.")
    if index == stages_done:
        # What nearly every reader wants, and it needs no replay.
        return load_snapshot(run.payload_snapshot)
    if index >= _first_index(connection, run_id, run.current_stage_index):
        return load_snapshot(_replay(connection, run_id, index))
    # A fork may begin further along; what came before is the story of the run it was forked from.
    if run.forked_from_id is None:
        raise NotResumable(
            f"Pipeline run #{run_id} began after stage {index + 1}, and the run it was forked "
            "from is gone."
        )
    return state_before(connection, run.forked_from_id, index)


def _first_index(connection: Connection, run_id: int, current_index: int) -> int:
    begun = connection.scalar(
        select(func.min(PipelineRunStage.stage_index)).where(
            PipelineRunStage.pipeline_run_id == run_id
        )
    )
    return current_index if begun is None else begun


def _replay(connection: Connection, run_id: int, index: int) -> dict[str, Any]:
    """Apply the changes of the stages before ``index`` to the initial snapshot, in order."""
    initial: dict[str, Any] = connection.execute(
        select(PipelineRun.initial_snapshot).where(PipelineRun.id == run_id)
    ).scalar_one()
    state = dict(initial)
    for changes in connection.scalars(
        select(PipelineRunStage.changes)
        .where(PipelineRunStage.pipeline_run_id == run_id, PipelineRunStage.stage_index < index)
        .order_by(PipelineRunStage.stage_index, PipelineRunStage.id)
    ):
        state |= changes or {}
    return state
