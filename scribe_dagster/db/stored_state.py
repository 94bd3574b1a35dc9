"""The payload as it was before any stage of a run, out of what was stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.snapshot import apply_changes, load_snapshot
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import NotResumable, RunNotFound


def state_before(connection: Connection, run_id: int, index: int) -> ContentPayload:
    """Return the payload a stage is given.

    Of a stage that is done, it is what it was given when it was last done; of one that was added
    to the pipeline later and passed over, what the next one was given.

    Args:
        connection: A connection to read on.
        run_id: The pipeline run.
        index: The stage; one past the last for the payload at the end.

    Raises:
        RunNotFound: There is no such run.
        NotResumable: An earlier stage has not been completed, so there is no such state.
    """
    run = connection.execute(_POSITION.where(PipelineRun.id == run_id)).one_or_none()
    if run is None:
        raise RunNotFound.numbered(run_id)
    stages_done = run.current_stage_index + (run.status is PipelineRunStatus.COMPLETED)
    if index > stages_done:
        wanted = run.stages[index] if index < len(run.stages) else "its end"
        raise NotResumable(
            f"Pipeline run #{run_id} has not come as far as {wanted}: it stands at "
            f"{run.stages[run.current_stage_index]}."
        )
    # What nearly every reader wants, index == stages_done, needs no replay.
    if index < stages_done:
        lineage = list(_lineage(connection, run_id))
        for position, stage in enumerate(run.stages[index:stages_done], start=index):
            # Only what came before a fork began is the story of the run it was forked from.
            told = lineage if position < run.first_stage_index else lineage[:1]
            for story in told:
                if (given := story.before(stage)) is not None:
                    return load_snapshot(given)
            if any(story.is_pruned for story in told):
                raise NotResumable(
                    f"What the stages of pipeline run #{run_id} were given is no longer kept "
                    "(RUN_RETENTION_DAYS). Process its source anew."
                )
            if position < run.first_stage_index and lineage[-1].lacks_its_beginning:
                raise NotResumable(
                    f"Pipeline run #{run_id} began after stage {index + 1}, and the run it was "
                    "forked from is gone."
                )
    return load_snapshot(run.payload_snapshot)


_POSITION = select(
    PipelineRun.current_stage_index,
    PipelineRun.first_stage_index,
    PipelineRun.stages,
    PipelineRun.status,
    PipelineRun.payload_snapshot,
)


@dataclass(frozen=True, slots=True)
class _Story:
    """What a run began with, and what every stage that it completed has changed, in order."""

    initial: dict[str, Any]
    done: Sequence[tuple[str, dict[str, Any]]]
    lacks_its_beginning: bool
    """It began with a later stage than the first, and nothing tells of those before."""

    @property
    def is_pruned(self) -> bool:
        """Whether its texts are gone: see :mod:`scribe_dagster.db.retention`."""
        return not self.initial

    def before(self, stage: str) -> dict[str, Any] | None:
        """Return what a stage was given when it was last done; None when it never was.

        Stages go by their names: a position is that in the pipeline of the time.
        """
        last = max((i for i, (name, _) in enumerate(self.done) if name == stage), default=None)
        if last is None:
            return None
        state = self.initial
        for _, changes in self.done[:last]:
            state = apply_changes(state, changes)
        return state


def _lineage(connection: Connection, run_id: int | None) -> Iterator[_Story]:
    """Tell the story of a run, then of the one it was forked from, and so on."""
    while run_id is not None:
        run = connection.execute(_BEGINNING.where(PipelineRun.id == run_id)).one()
        done = connection.execute(_DONE.where(PipelineRunStage.pipeline_run_id == run_id))
        is_cut_off = run.first_stage_index > 0 and run.forked_from_id is None
        yield _Story(run.initial_snapshot, done.tuples().all(), is_cut_off)
        run_id = run.forked_from_id


_BEGINNING = select(
    PipelineRun.initial_snapshot, PipelineRun.first_stage_index, PipelineRun.forked_from_id
)

_DONE = (
    select(PipelineRunStage.stage_name, PipelineRunStage.changes)
    .where(PipelineRunStage.changes.is_not(None))
    .order_by(PipelineRunStage.id)
)
