"""What proves that a worker is dead, and what follows from it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, job
from fakes.leases import let_the_lease_run_out
from fakes.payloads import a_request
from fakes.runs import STAGES, complete_up_to

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.errors import ErrorKind, Fenced
from scribe_dagster.resources.launch import PIPELINE_RUN_TAG
from scribe_dagster.resources.reaper import Reaper, Sweep
from scribe_dagster.worker_lock import hold_worker_lock

DIE_WITH_THE_LOCK = """
import os, sys
from scribe_dagster.config import Settings
from scribe_dagster.worker_lock import hold_worker_lock
with hold_worker_lock(Settings.load(), sys.argv[1]):
    os._exit(1)
"""


@pytest.fixture
def store(settings: Settings) -> RunStore:
    return RunStore.from_settings(settings)


@pytest.fixture
def reaper(store: RunStore, instance: DagsterInstance, settings: Settings) -> Reaper:
    return Reaper(store, instance, settings)


@job
def nothing() -> None:
    pass


def a_dagster_run(instance: DagsterInstance, status: DagsterRunStatus) -> DagsterRun:
    return instance.create_run_for_job(nothing, status=status)


def test_a_run_whose_dagster_run_is_over_is_freed_at_once(
    reaper: Reaper, store: RunStore, instance: DagsterInstance, settings: Settings
) -> None:
    over = a_dagster_run(instance, DagsterRunStatus.FAILURE)
    run = store.start(a_request(), STAGES, dagster_run_id=over.run_id)
    complete_up_to(run, 1)
    run.begin_stage(1)

    [lost] = reaper.sweep().lost

    assert (lost.id, lost.stage) == (run.run_id, "AiRewrite")
    stored = load_run(Database.from_settings(settings), run.run_id)
    assert (stored.status, stored.error_kind) == ("failed", ErrorKind.LOST_WORKER)
    assert stored.error_stage == "AiRewrite"
    assert "its Dagster run ended (FAILURE)" in (stored.error_message or "")
    assert [stage.outcome for stage in stored.stage_attempts] == [
        StageOutcome.COMPLETED,
        StageOutcome.FAILED,
    ]


def test_a_run_whose_lease_has_run_out_is_freed_and_its_dagster_run_ended(
    reaper: Reaper, store: RunStore, instance: DagsterInstance, settings: Settings
) -> None:
    stuck = a_dagster_run(instance, DagsterRunStatus.STARTED)
    run = store.start(a_request(), STAGES, dagster_run_id=stuck.run_id)
    run.begin_stage(0)
    assert reaper.sweep() == Sweep()

    let_the_lease_run_out(Database.from_settings(settings), run.run_id)
    [lost] = reaper.reap(wait=at_once).lost

    assert "no sign of life" in lost.why
    assert status_of(instance, stuck) is DagsterRunStatus.FAILURE


def test_a_worker_that_wakes_after_its_run_was_freed_writes_nothing(
    reaper: Reaper, store: RunStore, settings: Settings
) -> None:
    run = store.start(a_request(), STAGES)
    run.begin_stage(0)
    let_the_lease_run_out(Database.from_settings(settings), run.run_id)
    reaper.reap(wait=at_once)

    for write in (run.beat, lambda: run.begin_stage(0)):
        with pytest.raises(Fenced):
            write()


def test_a_worker_that_gives_a_sign_of_life_at_the_last_moment_keeps_its_run(
    store: RunStore, settings: Settings
) -> None:
    run = store.start(a_request(), STAGES)
    run.begin_stage(0)
    let_the_lease_run_out(Database.from_settings(settings), run.run_id)
    [seen] = store.active()
    run.beat()

    assert not store.lose(seen, Failure("lost", ErrorKind.LOST_WORKER), unless_alive=True)
    assert store.get(run.run_id).status == "running"


def test_a_live_worker_with_a_lock_and_a_lease_is_left_alone(
    reaper: Reaper, store: RunStore, instance: DagsterInstance, settings: Settings
) -> None:
    working = a_dagster_run(instance, DagsterRunStatus.STARTED)
    with hold_worker_lock(settings, working.run_id):
        store.start(a_request(), STAGES, dagster_run_id=working.run_id).begin_stage(0)

        assert reaper.sweep() == Sweep()


def test_a_run_that_waits_to_be_claimed_is_not_lost(reaper: Reaper, store: RunStore) -> None:
    from datetime import timedelta

    run = store.start(a_request(), STAGES)
    complete_up_to(run, len(STAGES))
    store.fork(run.run_id, STAGES, 1, resume_in=timedelta(0))

    assert reaper.sweep() == Sweep()


def test_a_lost_run_is_due_to_be_resumed(
    reaper: Reaper, store: RunStore, settings: Settings
) -> None:
    run = store.start(a_request(), STAGES)
    run.begin_stage(0)
    let_the_lease_run_out(Database.from_settings(settings), run.run_id)

    reaper.reap(wait=at_once)

    assert store.get(run.run_id).resume_at is not None


def test_a_dagster_run_whose_process_died_while_it_held_no_run_is_ended(
    reaper: Reaper, instance: DagsterInstance, settings: Settings
) -> None:
    stuck = a_dagster_run(instance, DagsterRunStatus.STARTED)
    die_with_the_lock_of(stuck)

    assert reaper.sweep() == Sweep(ended=[stuck.run_id])

    assert status_of(instance, stuck) is DagsterRunStatus.FAILURE
    assert list((settings.scribe_home / "workers").iterdir()) == []


def test_a_run_that_was_terminated_on_purpose_is_freed_and_left_to_people(
    reaper: Reaper, store: RunStore, instance: DagsterInstance
) -> None:
    terminated = a_dagster_run(instance, DagsterRunStatus.CANCELED)
    run = a_run_of(terminated, store)

    reaper.sweep()

    assert store.get(run.run_id).is_resumable()
    assert store.get(run.run_id).resume_at is None


def test_so_is_one_whose_worker_died_before_it_could_do_as_it_was_told(
    reaper: Reaper, store: RunStore, instance: DagsterInstance
) -> None:
    terminating = a_dagster_run(instance, DagsterRunStatus.CANCELING)
    run = a_run_of(terminating, store)
    die_with_the_lock_of(terminating)

    reaper.sweep()

    assert store.get(run.run_id).is_resumable()
    assert store.get(run.run_id).resume_at is None
    assert status_of(instance, terminating) is DagsterRunStatus.CANCELED


# -- A lease that has run out. --


def test_a_worker_that_wakes_while_the_reaper_waits_keeps_its_run(
    reaper: Reaper, store: RunStore, settings: Settings
) -> None:
    run = store.start(a_request(), STAGES)
    run.begin_stage(0)
    let_the_lease_run_out(Database.from_settings(settings), run.run_id)
    waited = []

    def wake(seconds: float) -> None:
        waited.append(seconds)
        run.beat()

    assert reaper.reap(wait=wake) == Sweep()

    assert waited == [settings.pipeline_lease_seconds / 2]
    run.begin_stage(0)


def test_who_is_asked_for_its_run_by_name_is_not_waited_for(
    reaper: Reaper, store: RunStore, settings: Settings
) -> None:
    run = store.start(a_request(), STAGES)
    let_the_lease_run_out(Database.from_settings(settings), run.run_id)

    [lost] = reaper.reap(run.run_id, wait=never).lost

    assert lost.id == run.run_id


def test_a_worker_whose_process_lives_is_not_taken_for_dead_however_long_it_is_silent(
    reaper: Reaper, store: RunStore, instance: DagsterInstance, settings: Settings
) -> None:
    asleep = a_dagster_run(instance, DagsterRunStatus.STARTED)
    with hold_worker_lock(settings, asleep.run_id):
        run = a_run_of(asleep, store)
        let_the_lease_run_out(Database.from_settings(settings), run.run_id)

        assert reaper.reap(wait=never) == Sweep()


def test_but_whoever_asks_for_its_run_by_name_gets_it(
    reaper: Reaper, store: RunStore, instance: DagsterInstance, settings: Settings
) -> None:
    hung = a_dagster_run(instance, DagsterRunStatus.STARTED)
    with hold_worker_lock(settings, hung.run_id):
        run = a_run_of(hung, store)
        let_the_lease_run_out(Database.from_settings(settings), run.run_id)

        [lost] = reaper.reap(run.run_id, wait=never).lost

        assert lost.id == run.run_id
        with pytest.raises(Fenced):
            run.beat()


# -- Dagster runs that nobody executes any more. --


def test_a_dagster_that_cannot_be_told_of_one_run_is_told_of_the_others_and_of_that_one_later(
    reaper: Reaper,
    store: RunStore,
    instance: DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stuck = [a_dagster_run(instance, DagsterRunStatus.STARTED) for _ in range(3)]
    runs = [a_run_of(one, store, tagged=instance) for one in stuck]
    for one in stuck:
        die_with_the_lock_of(one)
    tell = DagsterInstance.report_run_failed

    def fail_once(self: DagsterInstance, run: DagsterRun, message: str | None = None) -> object:
        if run.run_id == stuck[1].run_id:
            raise ConnectionError("Dagster's database is away")
        return tell(self, run, message)

    with monkeypatch.context() as away:
        away.setattr(DagsterInstance, "report_run_failed", fail_once)
        sweep = reaper.sweep()

    assert [lost.id for lost in sweep.lost] == [run.run_id for run in runs]
    [trouble] = sweep.troubles
    assert stuck[1].run_id in trouble
    assert "Dagster's database is away" in trouble

    later = reaper.reap(wait=at_once)

    assert (later.ended, later.lost, later.troubles) == ([stuck[1].run_id], [], [])
    assert {status_of(instance, one) for one in stuck} == {DagsterRunStatus.FAILURE}


def test_a_dagster_run_whose_pipeline_run_somebody_else_has_taken_over_is_ended(
    reaper: Reaper, store: RunStore, instance: DagsterInstance, settings: Settings
) -> None:
    stuck = a_dagster_run(instance, DagsterRunStatus.STARTED)
    run = a_run_of(stuck, store, tagged=instance)
    let_the_lease_run_out(Database.from_settings(settings), run.run_id)
    successor = a_dagster_run(instance, DagsterRunStatus.STARTED)
    store.claim(run.run_id, STAGES, dagster_run_id=successor.run_id)

    assert reaper.reap(wait=at_once).ended == [stuck.run_id]

    assert status_of(instance, stuck) is DagsterRunStatus.FAILURE
    assert status_of(instance, successor) is DagsterRunStatus.STARTED


def test_a_worker_that_has_just_completed_its_run_is_given_time_to_end_its_dagster_run(
    reaper: Reaper, store: RunStore, instance: DagsterInstance
) -> None:
    working = a_dagster_run(instance, DagsterRunStatus.STARTED)
    run = a_run_of(working, store, tagged=instance)
    complete_up_to(run, len(STAGES))

    def end(_seconds: float) -> None:
        instance.report_run_canceled(working)

    assert reaper.reap(wait=end) == Sweep()


def test_nor_is_one_ended_whose_process_lives(
    reaper: Reaper, store: RunStore, instance: DagsterInstance, settings: Settings
) -> None:
    working = a_dagster_run(instance, DagsterRunStatus.STARTED)
    with hold_worker_lock(settings, working.run_id):
        complete_up_to(a_run_of(working, store, tagged=instance), len(STAGES))

        assert reaper.reap(wait=never) == Sweep()


def test_a_dagster_run_that_has_not_come_to_its_pipeline_run_yet_is_left_alone(
    reaper: Reaper, store: RunStore, instance: DagsterInstance
) -> None:
    over = a_dagster_run(instance, DagsterRunStatus.FAILURE)
    run = a_run_of(over, store)
    run.fail(0, Failure("429", ErrorKind.TRANSIENT))
    # A re-execution has its parent's tags until it claims.
    starting = a_dagster_run(instance, DagsterRunStatus.STARTED)
    instance.add_run_tags(starting.run_id, {PIPELINE_RUN_TAG: str(run.run_id)})

    assert reaper.reap(wait=never) == Sweep()


def at_once(_seconds: float) -> None:
    """Wait no time at all."""


def never(_seconds: float) -> None:
    raise AssertionError("there is nobody to wait for")


def a_run_of(
    dagster_run: DagsterRun, store: RunStore, *, tagged: DagsterInstance | None = None
) -> TrackedRun:
    """A pipeline run that a Dagster run executes, at its first stage."""
    run = store.start(a_request(), STAGES, dagster_run_id=dagster_run.run_id)
    run.begin_stage(0)
    if tagged is not None:
        tagged.add_run_tags(dagster_run.run_id, {PIPELINE_RUN_TAG: str(run.run_id)})
    return run


def die_with_the_lock_of(dagster_run: DagsterRun) -> None:
    subprocess.run([sys.executable, "-c", DIE_WITH_THE_LOCK, dagster_run.run_id], check=False)


def status_of(instance: DagsterInstance, dagster_run: DagsterRun) -> DagsterRunStatus:
    run = instance.get_run_by_id(dagster_run.run_id)
    assert run is not None
    return run.status
