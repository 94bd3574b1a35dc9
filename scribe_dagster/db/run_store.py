"""Pipeline runs in the shared database: started, claimed, found.

``attempt`` is the fencing token. :meth:`RunStore.claim` raises it by one conditional UPDATE, so of
two resumers exactly one wins; every later write carries it (see :mod:`scribe_dagster.db.fence`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Row, Select, insert, select, update

from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun, PipelineRunStage, StagedContentRow
from scribe_dagster.db.models.base import utc_now
from scribe_dagster.db.stored_state import state_before
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.snapshot import dump_snapshot
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import Fenced, InvalidSource, NotResumable, RunNotFound, StagesChanged


class RunStore:
    """Where pipeline runs are started, claimed and found."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(
        self,
        payload: ContentPayload,
        stages: Sequence[str],
        *,
        dagster_run_id: str | None = None,
        first_index: int = 0,
        forked_from_id: int | None = None,
    ) -> TrackedRun:
        """Create a ``pending`` run with its initial snapshot, claimed by the caller.

        Args:
            payload: The state before stage ``first_index``.
            stages: Names of all stages, in order.
            dagster_run_id: The Dagster run that executes it.
            first_index: Where to begin; above 0 only for a fork, whose payload is that far along.
            forked_from_id: The run whose state this one starts from.

        Raises:
            InvalidSource: The payload names staged content that does not exist.
        """
        snapshot = dump_snapshot(payload)
        staged = payload.staged_content_id
        with self._database.write() as connection:
            if staged is not None and connection.scalar(_staged(staged)) is None:
                raise InvalidSource(f"There is no staged content #{staged} to process.")
            run_id = connection.execute(
                insert(PipelineRun)
                .values(
                    source_url=payload.source_url,
                    staged_content_id=payload.staged_content_id,
                    status=PipelineRunStatus.PENDING,
                    stages=list(stages),
                    current_stage_index=first_index,
                    current_stage_name=stages[first_index],
                    dagster_run_id=dagster_run_id,
                    forked_from_id=forked_from_id,
                    initial_snapshot=snapshot,
                    payload_snapshot=snapshot,
                )
                .returning(PipelineRun.id)
            ).scalar_one()
        return TrackedRun(self._database, run_id, 1, tuple(stages), first_index, dagster_run_id)

    def fork(
        self,
        origin_id: int,
        stages: Sequence[str],
        index: int,
        *,
        dagster_run_id: str | None = None,
    ) -> TrackedRun:
        """Start a run from the stored state of another one, as it was before a stage.

        Args:
            origin_id: The run to fork from; it stays as it is.
            stages: Names of all stages, in order; those before ``index`` must be the origin's.
            index: Where to begin.
            dagster_run_id: The Dagster run that executes it.

        Raises:
            RunNotFound: There is no such run.
            NotResumable: It has not come as far as that stage.
            StagesChanged: Its earlier stages are others, so its state is not what is needed.
        """
        origin = self.get(origin_id)
        _require_same_stages(origin_id, origin.stages[:index], stages[:index])
        return self.start(
            self.state_before(origin_id, index),
            stages,
            dagster_run_id=dagster_run_id,
            first_index=index,
            forked_from_id=origin_id,
        )

    def claim(
        self,
        run_id: int,
        stages: Sequence[str],
        *,
        dagster_run_id: str | None = None,
        expected_attempt: int | None = None,
    ) -> TrackedRun:
        """Take a failed run over, to execute it from its failed stage. Of two callers one wins.

        Args:
            run_id: The run.
            stages: Names of the stages the caller would execute; they must be the run's own.
            dagster_run_id: The Dagster run that will execute it.
            expected_attempt: The attempt the caller decided upon; a later one means that
                somebody else has resumed the run meanwhile.

        Raises:
            RunNotFound: There is no such run.
            NotResumable: It is not failed.
            StagesChanged: The pipeline now has other stages than the run was started with.
            Fenced: Somebody else claimed it first.
        """
        with self._database.write() as connection:
            run = connection.execute(_CLAIM.where(PipelineRun.id == run_id)).one_or_none()
            if run is None:
                raise RunNotFound.numbered(run_id)
            if expected_attempt is not None and run.attempt != expected_attempt:
                raise Fenced(
                    f"Pipeline run #{run_id} is at attempt {run.attempt} by now: somebody else "
                    f"has resumed it. `scribe-dagster runs show {run_id}` tells how it went."
                )
            if not run.status.is_resumable:
                raise NotResumable.because(run_id, run.status)
            _require_same_stages(run_id, run.stages, stages)
            won = connection.execute(
                update(PipelineRun)
                .where(
                    PipelineRun.id == run_id,
                    PipelineRun.status == PipelineRunStatus.FAILED,
                    PipelineRun.attempt == run.attempt,
                )
                .values(
                    status=PipelineRunStatus.RUNNING,
                    attempt=run.attempt + 1,
                    dagster_run_id=dagster_run_id,
                    heartbeat_at=utc_now(),
                )
            )
            if won.rowcount != 1:
                raise Fenced(
                    f"Pipeline run #{run_id} was resumed by somebody else at this very moment. "
                    f"`scribe-dagster runs show {run_id}` tells how it goes."
                )
        return self._held(run, run.attempt + 1, dagster_run_id)

    def held_by(self, dagster_run_id: str) -> TrackedRun | None:
        """Return the run this Dagster run holds the claim to; None when it never had one.

        Raises:
            Fenced: It had one, and another Dagster run has taken the run over since.
        """
        with self._database.read() as connection:
            run = connection.execute(
                _CLAIM.where(PipelineRun.dagster_run_id == dagster_run_id)
            ).first()
        if run is not None:
            return self._held(run, run.attempt, dagster_run_id)
        lost = self.executed_by(dagster_run_id)
        if lost is not None:
            raise Fenced(
                f"Pipeline run #{lost} was taken over by another Dagster run; this one stops."
            )
        return None

    def executed_by(self, dagster_run_id: str) -> int | None:
        """Return the id of the run this Dagster run executes, or once executed stages of."""
        holds = select(PipelineRun.id).where(PipelineRun.dagster_run_id == dagster_run_id)
        held = select(PipelineRunStage.pipeline_run_id).where(
            PipelineRunStage.dagster_run_id == dagster_run_id
        )
        with self._database.read() as connection:
            return connection.scalar(holds.limit(1)) or connection.scalar(held.limit(1))

    def release(self, dagster_run_id: str, failure: Failure) -> None:
        """Fail what a Dagster run that is over still holds; nothing, if it ended as it should.

        It is what a worker does last, whatever happened to it: a run it leaves behind must be one
        that can be resumed.
        """
        with suppress(Fenced):
            held = self.held_by(dagster_run_id)
            if held is not None and not self.get(held.run_id).status.is_terminal:
                held.fail(held.current_index, failure)

    def state_before(self, run_id: int, index: int) -> ContentPayload:
        """Return the payload a stage of a run is given, from the stored states.

        Raises:
            RunNotFound: There is no such run.
            NotResumable: An earlier stage has not been completed, so there is no such state.
        """
        with self._database.read() as connection:
            return state_before(connection, run_id, index)

    def get(self, run_id: int) -> PipelineRun:
        """Load a run, without its snapshots.

        Raises:
            RunNotFound: There is no such run.
        """
        with self._database.session() as session:
            run = session.get(PipelineRun, run_id)
        if run is None:
            raise RunNotFound.numbered(run_id)
        return run

    def _held(self, run: Row[Any], attempt: int, dagster_run_id: str | None) -> TrackedRun:
        return TrackedRun(
            self._database,
            run.id,
            attempt,
            tuple(run.stages),
            run.current_stage_index,
            dagster_run_id,
        )


_CLAIM = select(
    PipelineRun.id,
    PipelineRun.attempt,
    PipelineRun.status,
    PipelineRun.stages,
    PipelineRun.current_stage_index,
)


def _staged(staged_content_id: int) -> Select[tuple[int]]:
    return select(StagedContentRow.id).where(StagedContentRow.id == staged_content_id)


def _require_same_stages(run_id: int, then: Sequence[str], now: Sequence[str]) -> None:
    if list(then) == list(now):
        return
    raise StagesChanged(
        f"Pipeline run #{run_id} was started with other stages than this pipeline has.\n"
        f"  then: {' > '.join(then)}\n"
        f"  now:  {' > '.join(now)}\n"
        "Resume it with the stages it was started with, for example "
        f"ContentPipeline().through([...]).resume({run_id}), or process its URL anew."
    )
