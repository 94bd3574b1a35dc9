"""The claim: one conditional UPDATE, by which exactly one of several resumers gets a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select, update

from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.fence import ACTIVE
from scribe_dagster.db.lost_runs import end_lost_stages, lease_ran_out
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.domain.changed_stages import after_the_last_of, where_to_go_on
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import Fenced, NotResumable, RunNotFound, StagesChanged


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants which run, and what they know of it."""

    run_id: int
    stages: Sequence[str]
    """Names of the stages the claimer would execute."""
    job_name: str | None = None
    dagster_run_id: str | None = None
    expected_attempt: int | None = None
    """The attempt the claimer decided upon; a later one means that somebody else was faster."""
    automatic: bool = False
    """Nobody asked for it."""
    accept_changed_stages: bool = False

    def make(self, connection: Connection, *, lease_seconds: float) -> None:
        """Take the run over, in the caller's transaction.

        Raises:
            RunNotFound: There is no such run.
            NotResumable: It is not failed, and its worker is not known to be lost.
            StagesChanged: The pipeline now has other stages than the run was started with.
            Fenced: Somebody else claimed it first.
        """
        run = connection.execute(_WHAT_IS_READ.where(PipelineRun.id == self.run_id)).one_or_none()
        if run is None:
            raise RunNotFound.numbered(self.run_id)
        if self.expected_attempt is not None and run.attempt != self.expected_attempt:
            raise Fenced(
                f"Pipeline run #{self.run_id} is at attempt {run.attempt} by now: somebody else "
                f"has resumed it. `scribe-dagster runs show {self.run_id}` tells how it went."
            )
        if not run.is_claimable:
            raise NotResumable.because(self.run_id, run.status)
        index = self._position(run.stages, run.current_stage_index)
        began_at = after_the_last_of(run.stages[: run.first_stage_index], self.stages)
        won = connection.execute(
            update(PipelineRun)
            .where(
                PipelineRun.id == self.run_id,
                PipelineRun.attempt == run.attempt,
                # A worker taken for dead may yet have done a stage, and failed, since it was read.
                PipelineRun.status == run.status,
                PipelineRun.current_stage_index == run.current_stage_index,
                _CLAIMABLE,
            )
            .values(
                status=PipelineRunStatus.RUNNING,
                attempt=run.attempt + 1,
                stages=list(self.stages),
                first_stage_index=min(began_at, index),
                current_stage_index=index,
                current_stage_name=self.stages[index],
                dagster_run_id=self.dagster_run_id,
                job_name=self.job_name,
                heartbeat_at=database_time(),
                lease_expires_at=database_time(lease_seconds),
                resume_at=None,
                automatic_resumes=run.automatic_resumes if self.automatic else 0,
            )
        )
        if won.rowcount != 1:
            raise Fenced(
                f"Pipeline run #{self.run_id} was resumed by somebody else at this very moment. "
                f"`scribe-dagster runs show {self.run_id}` tells how it goes."
            )
        if run.status in ACTIVE:
            end_lost_stages(connection, self.run_id, "Its worker gave no more sign of life.")

    def _position(self, then: Sequence[str], index: int) -> int:
        if list(then) == list(self.stages):
            return index
        position = where_to_go_on(then, index, self.stages)
        if position is None or not self.accept_changed_stages:
            raise StagesChanged.between(self.run_id, then, self.stages, goes_on_at=position)
        return position


_CLAIMABLE = or_(
    PipelineRun.status == PipelineRunStatus.FAILED,
    # Made to be executed by whoever comes first.
    and_(PipelineRun.status == PipelineRunStatus.PENDING, PipelineRun.attempt == 0),
    lease_ran_out(),
)

_WHAT_IS_READ = select(
    PipelineRun.attempt,
    PipelineRun.status,
    PipelineRun.stages,
    PipelineRun.first_stage_index,
    PipelineRun.current_stage_index,
    PipelineRun.automatic_resumes,
    _CLAIMABLE.label("is_claimable"),
)
