"""Pipeline runs in the shared database: started, claimed, found.

``attempt`` is the fencing token. :meth:`RunStore.claim` raises it by one conditional UPDATE, so of
two resumers exactly one wins; every later write carries it (see :mod:`scribe_dagster.db.fence`).
A claim is a lease: who gives no sign of life for as long as it lasts may be taken for dead.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, Row, select, union_all

from scribe_dagster.config import Settings
from scribe_dagster.db.claim import Claim
from scribe_dagster.db.database import Database
from scribe_dagster.db.due_runs import DueRun, call_off, due_runs, postpone, request_resume
from scribe_dagster.db.lost_runs import ActiveRun, active_runs, former_workers, lose
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.db.new_run import NewRun, existing_run, run_of_source, run_of_staged_content
from scribe_dagster.db.ready import ready_database
from scribe_dagster.db.stored_state import state_before
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.claim_terms import ClaimTerms
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.payload_edits import Edit, apply_edits, edits_as_json
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import AlreadyProcessed, Fenced, NotResumable, RunNotFound, StagesChanged


class RunStore:
    """Where pipeline runs are started, claimed and found."""

    def __init__(self, database: Database, terms: ClaimTerms | None = None) -> None:
        self._database = database
        self._terms = terms or ClaimTerms()

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Open the store of the configured database.

        Raises:
            NotMigrated: A shared database lacks the tables.
            DatabaseUnreachable: It cannot be reached.
        """
        database = ready_database(settings, tracking=True)
        return cls(database, ClaimTerms.from_settings(settings))

    # -- A new run -------------------------------------------------------------------------------

    def start(
        self,
        payload: ContentPayload,
        stages: Sequence[str],
        *,
        job_name: str | None = None,
        dagster_run_id: str | None = None,
        if_exists: IfExists = IfExists.RUN,
    ) -> TrackedRun:
        """Create a ``pending`` run with its initial snapshot, claimed by the caller.

        Args:
            payload: What to process.
            stages: Names of all stages, in order.
            job_name: The Dagster job that executes it.
            dagster_run_id: The Dagster run that executes it.
            if_exists: What to do if the source has a run already. Of several callers that want
                no second one, at whatever moment, one starts a run.

        Raises:
            AlreadyProcessed: The source has a run already, and ``if_exists`` is not ``RUN``; or the
                staged content has one, or its article was processed by hand meanwhile.
            InvalidSource: The payload names staged content that does not exist.
        """
        run = NewRun(
            payload,
            stages,
            dagster_run_id,
            job_name,
            lease_seconds=self._terms.lease_seconds,
        )
        with self._database.write() as connection:
            existing = None
            if payload.staged_content_id is not None:
                # It may have been launched twice: the first worker was slow, and taken for dead.
                existing = run_of_staged_content(
                    connection, payload.staged_content_id
                ) or existing_run(connection, payload.source_url)
            elif if_exists is not IfExists.RUN:
                existing = existing_run(connection, payload.source_url)
            if existing is not None:
                raise AlreadyProcessed(existing.id, existing.status)
            return self._inserted(connection, run)

    def fork(
        self,
        origin_id: int,
        stages: Sequence[str],
        index: int,
        *,
        job_name: str | None = None,
        edits: Sequence[Edit] = (),
        resume_in: timedelta | None = None,
    ) -> int:
        """Make a run out of the stored state of another one, as it was before a stage.

        It is ``pending`` and waits to be claimed: by the caller, within a lease, or, when
        ``resume_in`` has passed, by the resume sensor.

        Args:
            origin_id: The run to fork from; it stays as it is.
            stages: Names of all stages, in order; those before ``index`` must be the origin's.
            index: Where to begin.
            job_name: The Dagster job that is to execute it.
            edits: What to change in the payload; it is recorded with the run.
            resume_in: When the resume sensor is to execute it, from now; None: the caller does.

        Returns:
            The new run's id.

        Raises:
            RunNotFound: There is no such run.
            NotResumable: It has not come as far as that stage.
            StagesChanged: Its earlier stages are others, so its state is not what is needed.
            InvalidEdit: An edit names no field, or its value does not fit.
        """
        run = NewRun(
            apply_edits(self._state_to_fork(origin_id, stages, index), edits),
            stages,
            job_name=job_name,
            first_index=index,
            forked_from_id=origin_id,
            edits=edits_as_json(edits),
            attempt=0,
            lease_seconds=self._terms.lease_seconds if resume_in is None else None,
            resume_in=resume_in,
        )
        with self._database.write() as connection:
            return run.insert(connection)

    def start_fork(
        self,
        origin_id: int,
        stages: Sequence[str],
        index: int,
        *,
        job_name: str | None = None,
        dagster_run_id: str | None = None,
    ) -> TrackedRun:
        """Do as :meth:`fork` does, claimed by the caller in the same transaction."""
        run = NewRun(
            self._state_to_fork(origin_id, stages, index),
            stages,
            dagster_run_id,
            job_name,
            first_index=index,
            forked_from_id=origin_id,
            lease_seconds=self._terms.lease_seconds,
        )
        with self._database.write() as connection:
            return self._inserted(connection, run)

    # -- The claim -------------------------------------------------------------------------------

    def claim(
        self,
        run_id: int,
        stages: Sequence[str],
        *,
        job_name: str | None = None,
        dagster_run_id: str | None = None,
        expected_attempt: int | None = None,
        automatic: bool = False,
        accept_changed_stages: bool = False,
    ) -> TrackedRun:
        """Take a failed or abandoned run over, at its failed stage. Of two callers one wins.

        The arguments are those of :class:`~scribe_dagster.db.claim.Claim`.

        Raises:
            RunNotFound: There is no such run.
            NotResumable: It is not failed, and its worker is not known to be lost.
            StagesChanged: The pipeline now has other stages than the run was started with.
            Fenced: Somebody else claimed it first.
        """
        claim = Claim(
            run_id,
            stages,
            job_name,
            dagster_run_id,
            expected_attempt,
            automatic,
            accept_changed_stages,
        )
        with self._database.write() as connection:
            claim.make(connection, lease_seconds=self._terms.lease_seconds)
            return self._held(connection.execute(_HELD.where(PipelineRun.id == run_id)).one())

    def held_by(self, dagster_run_id: str) -> TrackedRun | None:
        """Return the run this Dagster run holds the claim to; None when it never had one.

        Raises:
            Fenced: It had one, and another Dagster run has taken the run over since.
        """
        with self._database.read() as connection:
            held = connection.execute(
                _HELD.where(PipelineRun.dagster_run_id == dagster_run_id)
            ).first()
        if held is not None:
            return self._held(held)
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
            return connection.scalar(union_all(holds, held).limit(1))

    # -- Lost workers ----------------------------------------------------------------------------

    def active(self, run_id: int | None = None) -> Sequence[ActiveRun]:
        """List the runs that somebody holds: all, or, if it is one of them, only this one."""
        return active_runs(self._database, run_id=run_id)

    def lose(self, run: ActiveRun, failure: Failure, *, unless_alive: bool) -> bool:
        """Fail a run whose worker is gone; see :func:`scribe_dagster.db.lost_runs.lose`."""
        return lose(self._database, run, failure, self._terms.resumes, unless_alive=unless_alive)

    def former_workers(self, dagster_run_ids: Collection[str]) -> set[str]:
        """Return those of some Dagster runs that executed a run, and hold none any more."""
        return former_workers(self._database, dagster_run_ids)

    def release(self, dagster_run_id: str, failure: Failure) -> None:
        """Fail what a Dagster run that is over still holds; nothing, if it ended as it should.

        It is what a worker does last, whatever happened to it: a run it leaves behind must be one
        that can be resumed.
        """
        for run in active_runs(self._database, dagster_run_id=dagster_run_id):
            self.lose(run, failure, unless_alive=False)

    # -- The resume sensor -----------------------------------------------------------------------

    def request_resume(self, run_id: int) -> None:
        """Have the resume sensor take a failed run up as soon as it looks.

        Raises:
            RunNotFound: There is no such run.
            NotResumable: It is not failed.
        """
        request_resume(self._database, run_id)

    def due(self, job_name: str, stages: Sequence[str], *, limit: int) -> Sequence[DueRun]:
        """List the runs of a job and its stages that the resume sensor is to take up now."""
        return due_runs(self._database, job_name, stages, limit=limit)

    def postpone(self, run: DueRun, wait: timedelta, *, why: str | None = None) -> datetime | None:
        """Leave a run that is due for later; see :func:`scribe_dagster.db.due_runs.postpone`."""
        return postpone(self._database, run, wait, why=why)

    def call_off(self, run: DueRun, *, why: str) -> None:
        """Take a run off the resume sensor's list."""
        call_off(self._database, run, why=why)

    # -- Reading ---------------------------------------------------------------------------------

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

    def resumable(self, run_id: int, *, free: Callable[[int], object]) -> PipelineRun:
        """Load a run that can be resumed; one whose worker is dead counts as failed.

        Args:
            run_id: The run.
            free: Frees it from a dead worker, if it has one; called only if somebody holds it.

        Raises:
            RunNotFound: There is no such run.
            NotResumable: It is not failed, and its worker is not known to be lost.
        """
        run = self.get(run_id)
        if not run.status.is_terminal:
            free(run_id)
            run = self.get(run_id)
        if not run.is_resumable():
            raise NotResumable.because(run.id, run.status)
        return run

    def run_of_source(self, source_url: str) -> tuple[int, PipelineRunStatus] | None:
        """Return the id and the status of the run that a source has already, if it has one."""
        with self._database.read() as connection:
            run = run_of_source(connection, source_url)
        return None if run is None else (run.id, run.status)

    def created_at(self, run_id: int) -> datetime | None:
        """Return when a run was created; None when there is no such run."""
        with self._database.read() as connection:
            return connection.scalar(select(PipelineRun.created_at).where(PipelineRun.id == run_id))

    def _state_to_fork(self, origin_id: int, stages: Sequence[str], index: int) -> ContentPayload:
        origin = self.get(origin_id)
        if origin.stages[:index] != list(stages[:index]):
            raise StagesChanged.between(origin_id, origin.stages, stages, goes_on_at=None)
        return self.state_before(origin_id, index)

    def _inserted(self, connection: Connection, run: NewRun) -> TrackedRun:
        run_id = run.insert(connection)
        return self._held(connection.execute(_HELD.where(PipelineRun.id == run_id)).one())

    def _held(self, run: Row[Any]) -> TrackedRun:
        return TrackedRun(
            self._database,
            run.id,
            run.created_at,
            run.attempt,
            tuple(run.stages),
            run.current_stage_index,
            run.dagster_run_id,
            self._terms,
            run.automatic_resumes,
        )


_HELD = select(
    PipelineRun.id,
    PipelineRun.created_at,
    PipelineRun.attempt,
    PipelineRun.stages,
    PipelineRun.current_stage_index,
    PipelineRun.dagster_run_id,
    PipelineRun.automatic_resumes,
)
