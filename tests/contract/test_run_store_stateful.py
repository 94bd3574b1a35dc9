"""Workers, resumers and reapers in any order whatever, against a model of what the row must say."""

from __future__ import annotations

from datetime import timedelta

from fakes.leases import let_it_be_due, let_the_lease_run_out
from fakes.machine_claims import MOST_RUNS, Claims, Worker, some_stages
from fakes.machine_work import Work, failures
from fakes.run_model import ACTIVE, Due, Lease, RunModel
from fakes.run_rows import check_rows, check_states, rows_by_run
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from scribe_dagster.db.database import Database
from scribe_dagster.db.due_runs import DueRun
from scribe_dagster.db.lost_runs import ActiveRun
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.status import PipelineRunStatus as Status
from scribe_dagster.errors import ErrorKind, NotResumable

LOST = Failure("its worker was lost", ErrorKind.LOST_WORKER)


class Tracking(Work):
    """All that happens to runs, and what holds after each of it."""

    sightings = Bundle("sightings")
    due_ones = Bundle("due_ones")

    # -- Workers are lost ------------------------------------------------------------------------

    @rule(run=Claims.runs)
    def let_a_lease_run_out(self, run: RunModel) -> None:
        if run.lease is not Lease.NONE:
            let_the_lease_run_out(self.database, run.id)
            run.lease = Lease.OVER

    @rule(target=sightings)
    def look_for_the_lost(self) -> object:
        active = self.store.active()
        held = [run for run in self.models if run.lease is not Lease.NONE]
        assert [(run.id, run.attempt, run.lease_ran_out) for run in active] == [
            (run.id, run.attempt, run.lease is Lease.OVER) for run in held
        ]
        return multiple(*zip(held, active, strict=True))

    @rule(sighting=consumes(sightings), unless_alive=st.booleans())
    def lose(self, sighting: tuple[RunModel, ActiveRun], unless_alive: bool) -> None:
        run, seen = sighting
        now = self.store.get(run.id)
        lives = now.heartbeat_at != seen.heartbeat_at or (
            now.lease_expires_at is not None and now.lease_expires_at > seen.lease_expires_at
        )
        is_lost = run.is_held(seen.attempt) and not (unless_alive and lives)

        assert self.store.lose(seen, LOST, unless_alive=unless_alive) == is_lost

        if is_lost:
            run.lose(LOST)
            self.touched.append(run)

    @rule(worker=Claims.workers, failure=failures)
    def release(self, worker: Worker, failure: Failure) -> None:
        run, dagster_run_id = worker.run, worker.tracked.dagster_run_id
        assert dagster_run_id is not None
        self.store.release(dagster_run_id, failure)
        if run.dagster_run_id == dagster_run_id and run.status in ACTIVE:
            run.lose(failure)
            self.touched.append(run)

    # -- The resume sensor -----------------------------------------------------------------------

    @rule(run=Claims.runs)
    def request_resume(self, run: RunModel) -> None:
        if run.status is Status.FAILED or run.attempt == 0:
            self.store.request_resume(run.id)
            run.due, run.automatic_resumes = Due.NOW, 0
        else:
            self.refused(NotResumable, lambda: self.store.request_resume(run.id))

    @rule(run=Claims.runs)
    def let_time_pass(self, run: RunModel) -> None:
        if run.due is Due.LATER:
            let_it_be_due(self.database, run.id)
            run.due = Due.NOW

    @rule(target=due_ones, stages=some_stages)
    def look_for_the_due(self, stages: tuple[str, ...]) -> object:
        due = sorted(self.store.due("any", stages, limit=MOST_RUNS), key=lambda run: run.id)
        wanted = [run for run in self.models if run.due is Due.NOW and run.stages == stages]
        assert [(run.id, run.attempt, run.automatic) for run in due] == [
            (run.id, run.attempt, run.automatic_resumes > 0) for run in wanted
        ]
        return multiple(*zip(wanted, due, strict=True))

    @rule(due=consumes(due_ones))
    def call_off(self, due: tuple[RunModel, DueRun]) -> None:
        run, seen = due
        is_as_seen = self.is_as_seen(run, seen)
        self.store.call_off(seen, why="somebody said no")
        if is_as_seen:
            run.due, run.not_resumed = Due.NEVER, "somebody said no"

    @rule(due=consumes(due_ones), why=st.none() | st.sampled_from(["no image", "no room"]))
    def postpone(self, due: tuple[RunModel, DueRun], why: str | None) -> None:
        run, seen = due
        is_as_seen = self.is_as_seen(run, seen)
        later = self.store.postpone(seen, timedelta(hours=1), why=why)
        assert (later is not None) == is_as_seen
        if is_as_seen:
            run.due, run.not_resumed = Due.LATER, why or run.not_resumed

    def is_as_seen(self, run: RunModel, seen: DueRun) -> bool:
        return (run.attempt, self.store.get(run.id).resume_at) == (seen.attempt, seen.due_at)

    # -- What must hold, always ------------------------------------------------------------------

    @invariant()
    def the_tables_say_what_happened(self) -> None:
        stored = rows_by_run(self.database)
        assert list(stored) == [run.id for run in self.models]
        for run in self.models:
            check_rows(stored[run.id], run)

    @invariant()
    def every_stage_finds_the_state_it_was_given(self) -> None:
        for run in self.models:
            if run in self.touched or run.origin in self.touched:
                check_states(self.database, run)
        self.touched.clear()


def test_the_tables_always_say_what_happened(database: Database) -> None:
    # One example is some forty transactions, so there are fewer of them than elsewhere.
    examples = settings().max_examples // 4
    run_state_machine_as_test(
        lambda: Tracking(database),
        settings=settings(
            max_examples=examples,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=set(Phase) - {Phase.explain},
        ),
    )
