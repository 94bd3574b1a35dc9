"""The fence: whoever no longer holds a run's claim writes nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, update

from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import Fenced

ACTIVE = (PipelineRunStatus.PENDING, PipelineRunStatus.RUNNING)
"""What a run is while a worker holds it."""


def write_under_claim(
    connection: Connection, scope: RunScope, *, at_stage: int | None = None, **values: Any
) -> None:
    """Update the run if, and only if, this attempt still holds it; a sign of life in any case.

    ``at_stage`` asks for the run's position as well: two workers of one attempt, as a surviving
    subprocess and its successor are, cannot both do the same stage.

    Make it the first statement of a transaction. The update locks the row (on SQLite, the
    database) until the transaction ends, so nobody can claim the run between this check and the
    writes that follow it. A lease that has run out is not asked for: as long as nobody has made
    use of that, the worker still holds the run.

    Raises:
        Fenced: The run has been claimed under a later attempt, or is over. Nothing is written.
    """
    held = connection.execute(
        update(PipelineRun)
        .where(
            PipelineRun.id == scope.pipeline_run_id,
            PipelineRun.attempt == scope.attempt,
            PipelineRun.status.in_(ACTIVE),
            *([] if at_stage is None else [PipelineRun.current_stage_index == at_stage]),
        )
        .values(heartbeat_at=database_time(), **values)
    )
    if held.rowcount != 1:
        raise Fenced(
            f"Pipeline run #{scope.pipeline_run_id} is no longer this worker's (attempt "
            f"{scope.attempt}); nothing was written. "
            f"`scribe-dagster runs show {scope.pipeline_run_id}` tells how it stands."
        )
