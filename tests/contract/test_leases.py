"""How long a run stays its worker's, and what becomes of it when the worker is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.leases import let_the_lease_run_out
from fakes.payloads import a_request
from fakes.runs import RATE_LIMITED, STAGES, a_failed_run, a_run_that_is, complete, complete_up_to
from fakes.tables import contents
from fakes.threads import all_at_once
from sqlalchemy import update

from scribe_dagster.db.database import Database
from scribe_dagster.db.lost_runs import ActiveRun
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.claim_terms import ClaimTerms
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.resume_policy import ResumePolicy
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome
from scribe_dagster.errors import ErrorKind, Fenced, NotResumable, ResumeError

ACTIVE = (PipelineRunStatus.PENDING, PipelineRunStatus.RUNNING)
LOST = Failure("The worker was lost.", ErrorKind.LOST_WORKER)


def lease_of(store: RunStore, run_id: int) -> timedelta | None:
    """How long a run's lease lasts from its worker's last sign of life."""
    run = store.get(run_id)
    if run.lease_expires_at is None:
        return None
    assert run.heartbeat_at is not None
    return run.lease_expires_at - run.heartbeat_at


def is_about(lease: timedelta | None, seconds: float) -> bool:
    # The two moments are read from the clock one after the other.
    return lease is not None and abs(lease.total_seconds() - seconds) < 1


def only(active: object) -> ActiveRun:
    [run] = active  # type: ignore[misc]  -- a list of one
    assert isinstance(run, ActiveRun)
    return run


# -- The lease. --


def test_a_run_is_leased_to_whoever_starts_or_claims_it(database: Database) -> None:
    store = RunStore(database, ClaimTerms(lease_seconds=20))

    started = store.start(a_request(), STAGES)
    assert is_about(lease_of(store, started.run_id), 20)

    started.begin_stage(0)
    started.fail(0, RATE_LIMITED)
    store.claim(started.run_id, STAGES)
    assert is_about(lease_of(store, started.run_id), 20)


@pytest.mark.parametrize(
    "status",
    [PipelineRunStatus.COMPLETED, PipelineRunStatus.FAILED, PipelineRunStatus.REJECTED],
)
def test_nobody_holds_a_run_that_is_over(store: RunStore, status: PipelineRunStatus) -> None:
    run = a_run_that_is(store, status)

    assert lease_of(store, run.run_id) is None
    assert store.active() == []


def test_every_sign_of_life_begins_the_lease_anew(database: Database, store: RunStore) -> None:
    run = store.start(a_request(), STAGES)
    done = StageResult.completed(a_request(), "done")
    for sign in (
        run.beat,
        lambda: run.begin_stage(0),
        lambda: run.fail(0, RATE_LIMITED, will_retry=True),
        lambda: run.begin_stage(0),
        lambda: run.checkpoint(0, before=a_request(), result=done),
    ):
        let_the_lease_run_out(database, run.run_id)

        sign()

        assert is_about(lease_of(store, run.run_id), 60)


def test_a_beat_changes_nothing_but_the_signs_of_life(database: Database, store: RunStore) -> None:
    run = store.start(a_request(), STAGES)
    complete_up_to(run, 1)
    before = load_run(database, run.run_id)

    run.beat()

    after = load_run(database, run.run_id)
    signs = {"heartbeat_at", "lease_expires_at", "updated_at"}
    columns = {column.key for column in type(after).__table__.columns} - signs
    columns -= {"initial_snapshot"}
    assert {name: getattr(after, name) for name in columns} == {
        name: getattr(before, name) for name in columns
    }
    assert after.heartbeat_at > before.heartbeat_at  # type: ignore[operator]  -- it was started


# -- Who may take a run over, and when. --


@pytest.mark.parametrize("status", ACTIVE)
def test_a_run_whose_lease_has_run_out_can_be_taken_over_as_it_is(
    database: Database, store: RunStore, status: PipelineRunStatus
) -> None:
    dead = a_run_that_is(store, status)
    let_the_lease_run_out(database, dead.run_id)

    claimed = store.claim(dead.run_id, STAGES, dagster_run_id="d2")

    run = store.get(dead.run_id)
    assert (run.status, run.attempt, claimed.attempt) == (PipelineRunStatus.RUNNING, 2, 2)
    assert run.error_message is None
    assert is_about(lease_of(store, dead.run_id), 60)


def test_the_stage_a_lost_worker_was_at_is_told_to_have_failed_at_no_known_time(
    database: Database, store: RunStore
) -> None:
    dead = store.start(a_request(), STAGES)
    complete_up_to(dead, 1)
    dead.begin_stage(1)
    let_the_lease_run_out(database, dead.run_id)

    store.claim(dead.run_id, STAGES)

    done, lost = load_run(database, dead.run_id).stage_attempts
    assert done.outcome is StageOutcome.COMPLETED
    assert (lost.outcome, lost.error_kind) == (StageOutcome.FAILED, ErrorKind.LOST_WORKER)
    assert (lost.message, lost.duration) == ("Its worker gave no more sign of life.", None)


def test_a_worker_that_was_only_slow_keeps_its_run_if_nobody_has_taken_it(
    database: Database, store: RunStore
) -> None:
    slow = store.start(a_request(), STAGES)
    slow.begin_stage(0)
    let_the_lease_run_out(database, slow.run_id)

    slow.beat()

    with pytest.raises(NotResumable, match="it is being executed right now"):
        store.claim(slow.run_id, STAGES)
    complete(slow, 0, a_request(), language="de")


def test_a_worker_that_was_only_slow_stops_if_somebody_has_taken_its_run(
    database: Database, store: RunStore
) -> None:
    slow = store.start(a_request(), STAGES)
    slow.begin_stage(0)
    let_the_lease_run_out(database, slow.run_id)
    store.claim(slow.run_id, STAGES)
    before = contents(database)

    for write in (slow.beat, lambda: slow.fail(0, RATE_LIMITED), lambda: slow.begin_stage(0)):
        with pytest.raises(Fenced):
            write()

    assert contents(database) == before


def test_of_many_who_find_a_lease_run_out_exactly_one_wins(
    database: Database, store: RunStore
) -> None:
    dead = a_run_that_is(store, PipelineRunStatus.RUNNING)
    let_the_lease_run_out(database, dead.run_id)

    outcomes = all_at_once(8, lambda _: store.claim(dead.run_id, STAGES))

    assert sum(isinstance(outcome, TrackedRun) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, ResumeError) for outcome in outcomes) == 7
    assert store.get(dead.run_id).attempt == 2


def test_a_worker_that_comes_back_and_one_that_takes_over_do_not_both_hold_the_run(
    database: Database, store: RunStore
) -> None:
    for _ in range(5):
        slow = a_run_that_is(store, PipelineRunStatus.RUNNING)
        let_the_lease_run_out(database, slow.run_id)

        def comes_back_or_takes_over(number: int, slow: TrackedRun = slow) -> TrackedRun:
            if number:
                return store.claim(slow.run_id, STAGES)
            complete(slow, 0, a_request(), language="de")
            return slow

        outcomes = all_at_once(2, comes_back_or_takes_over)

        [holder] = [outcome for outcome in outcomes if isinstance(outcome, TrackedRun)]
        run = store.get(slow.run_id)
        assert run.attempt == holder.attempt
        assert run.current_stage_index == (1 if holder is slow else 0)


# -- Workers that are known to be lost. --


def test_the_runs_that_somebody_holds_are_listed_oldest_first(
    database: Database, store: RunStore
) -> None:
    runs = {status: a_run_that_is(store, status).run_id for status in PipelineRunStatus}
    let_the_lease_run_out(database, runs[PipelineRunStatus.RUNNING])

    active = store.active()

    assert [(run.id, run.lease_ran_out) for run in active] == [
        (runs[PipelineRunStatus.PENDING], False),
        (runs[PipelineRunStatus.RUNNING], True),
    ]
    assert store.active(active[1].id) == [active[1]]
    assert store.active(runs[PipelineRunStatus.FAILED]) == []


def test_a_lost_run_is_failed_where_it_stands_and_will_be_resumed(
    database: Database, store: RunStore
) -> None:
    dead = store.start(a_request(), STAGES, dagster_run_id="d1")
    before = complete_up_to(dead, 2)
    dead.begin_stage(2)

    assert store.lose(only(store.active()), LOST, unless_alive=False)

    run = load_run(database, dead.run_id)
    assert (run.status, run.error_stage) == (PipelineRunStatus.FAILED, "Translate")
    assert (run.error_message, run.error_kind) == (LOST.message, ErrorKind.LOST_WORKER)
    assert (run.attempt, run.current_stage_index, run.lease_expires_at) == (1, 2, None)
    assert run.resume_at is not None
    assert run.automatic_resumes == 1
    assert run.stage_attempts[-1].outcome is StageOutcome.FAILED
    assert store.claim(dead.run_id, STAGES).state_before(2) == before


def test_a_worker_that_gave_a_sign_of_life_since_it_was_seen_is_not_lost(store: RunStore) -> None:
    alive = a_run_that_is(store, PipelineRunStatus.RUNNING)
    seen = only(store.active())
    alive.beat()

    assert not store.lose(seen, LOST, unless_alive=True)

    assert store.get(alive.run_id).status is PipelineRunStatus.RUNNING
    assert store.lose(seen, LOST, unless_alive=False)


def test_a_sign_of_life_is_seen_even_by_a_clock_that_cannot_tell_it_from_the_last_one(
    database: Database, store: RunStore
) -> None:
    alive = a_run_that_is(store, PipelineRunStatus.RUNNING)
    let_the_lease_run_out(database, alive.run_id)
    seen = only(store.active())
    alive.beat()
    # As if both had come within one millisecond, which is all that SQLite's clock can tell.
    with database.write() as connection:
        connection.execute(update(PipelineRun).values(heartbeat_at=seen.heartbeat_at))

    assert not store.lose(seen, LOST, unless_alive=True)


def test_a_run_that_has_come_to_an_end_since_it_was_seen_is_not_lost(store: RunStore) -> None:
    run = store.start(a_request(), STAGES)
    seen = only(store.active())
    complete_up_to(run, len(STAGES))

    assert not store.lose(seen, LOST, unless_alive=False)

    assert store.get(run.run_id).status is PipelineRunStatus.COMPLETED


def test_a_run_that_somebody_else_took_over_since_it_was_seen_is_not_lost(store: RunStore) -> None:
    run = a_run_that_is(store, PipelineRunStatus.RUNNING)
    seen = only(store.active())
    run.fail(0, RATE_LIMITED)
    store.claim(run.run_id, STAGES)

    assert not store.lose(seen, LOST, unless_alive=False)

    assert store.get(run.run_id).status is PipelineRunStatus.RUNNING


def test_of_many_who_find_a_run_lost_one_fails_it(store: RunStore) -> None:
    run = a_run_that_is(store, PipelineRunStatus.RUNNING)
    seen = only(store.active())

    assert sum(all_at_once(8, lambda _: store.lose(seen, LOST, unless_alive=True))) == 1

    assert store.get(run.run_id).automatic_resumes == 1


def test_a_run_that_is_lost_again_and_again_is_left_to_people_in_the_end(
    database: Database,
) -> None:
    store = RunStore(database, ClaimTerms(resumes=ResumePolicy(limit=2)))
    run = store.start(a_request(), STAGES)
    scheduled = []
    for _ in range(3):
        store.lose(only(store.active()), LOST, unless_alive=False)
        scheduled.append(store.get(run.run_id).resume_at is not None)
        store.claim(run.run_id, STAGES, automatic=True)

    assert scheduled == [True, True, False]


def test_a_worker_releases_what_it_still_holds_and_nothing_else(store: RunStore) -> None:
    mine = store.start(a_request(), STAGES, dagster_run_id="d1")
    mine.begin_stage(0)
    other = store.start(a_request(), STAGES, dagster_run_id="d2")
    taken = a_failed_run(store, dagster_run_id="d1b")
    store.claim(taken.run_id, STAGES, dagster_run_id="d3")

    for dagster_run_id in ("d1", "d1b"):
        store.release(dagster_run_id, Failure("stopped", ErrorKind.LOST_WORKER, deliberate=True))

    run = store.get(mine.run_id)
    assert (run.status, run.error_message) == (PipelineRunStatus.FAILED, "stopped")
    assert run.resume_at is None
    assert store.get(other.run_id).status is PipelineRunStatus.PENDING
    assert store.get(taken.run_id).status is PipelineRunStatus.RUNNING


def test_who_executed_a_run_and_holds_none_any_more_is_told_from_who_does(
    store: RunStore,
) -> None:
    store.start(a_request(), STAGES, dagster_run_id="holds").begin_stage(0)
    a_failed_run(store, dagster_run_id="failed")
    taken = a_failed_run(store, dagster_run_id="taken")
    store.claim(taken.run_id, STAGES, dagster_run_id="holds as well")

    known = ["holds", "failed", "taken", "holds as well", "has not come to it yet"]

    assert store.former_workers(known) == {"failed", "taken"}
    assert store.former_workers([]) == set()


# -- A fork that nobody has claimed yet. --


def test_a_fork_whose_maker_dies_before_it_claims_it_is_lost_and_resumed(
    database: Database, store: RunStore
) -> None:
    fork = store.fork(a_failed_run(store, at=2).run_id, STAGES, 2)
    let_the_lease_run_out(database, fork)

    assert store.lose(only(store.active()), LOST, unless_alive=True)

    assert store.get(fork).is_resumable()
    assert store.claim(fork, STAGES).current_index == 2


def test_a_fork_that_waits_for_its_time_is_nobodys_to_lose(store: RunStore) -> None:
    parent = a_failed_run(store, at=2)

    fork = store.fork(parent.run_id, STAGES, 2, resume_in=timedelta(days=7))

    assert store.active() == []
    assert lease_of(store, fork) is None
