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
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.errors import ErrorKind, Fenced
from scribe_dagster.resources.reaper import Reaper
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

    [lost] = reaper.reap()

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
    assert reaper.reap() == []

    let_the_lease_run_out(Database.from_settings(settings), run.run_id)
    [lost] = reaper.reap()

    assert "no sign of life" in lost.why
    ended = instance.get_run_by_id(stuck.run_id)
    assert ended is not None
    assert ended.status is DagsterRunStatus.FAILURE


def test_a_worker_that_wakes_after_its_run_was_freed_writes_nothing(
    reaper: Reaper, store: RunStore, settings: Settings
) -> None:
    run = store.start(a_request(), STAGES)
    run.begin_stage(0)
    let_the_lease_run_out(Database.from_settings(settings), run.run_id)
    reaper.reap()

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

    from scribe_dagster.domain.failure import Failure

    assert not store.lose(seen, Failure("lost", ErrorKind.LOST_WORKER), unless_alive=True)
    assert store.get(run.run_id).status == "running"


def test_a_live_worker_with_a_lock_and_a_lease_is_left_alone(
    reaper: Reaper, store: RunStore, instance: DagsterInstance, settings: Settings
) -> None:
    working = a_dagster_run(instance, DagsterRunStatus.STARTED)
    with hold_worker_lock(settings, working.run_id):
        store.start(a_request(), STAGES, dagster_run_id=working.run_id).begin_stage(0)

        assert reaper.reap() == []


def test_a_run_that_waits_to_be_claimed_is_not_lost(reaper: Reaper, store: RunStore) -> None:
    from datetime import UTC, datetime

    run = store.start(a_request(), STAGES)
    complete_up_to(run, len(STAGES))
    store.fork(run.run_id, STAGES, 1, resume_at=datetime.now(UTC))

    assert reaper.reap() == []


def test_a_lost_run_is_due_to_be_resumed(
    reaper: Reaper, store: RunStore, settings: Settings
) -> None:
    run = store.start(a_request(), STAGES)
    run.begin_stage(0)
    let_the_lease_run_out(Database.from_settings(settings), run.run_id)

    reaper.reap()

    assert store.get(run.run_id).resume_at is not None


def test_a_dagster_run_whose_process_died_while_it_held_no_run_is_ended(
    reaper: Reaper, instance: DagsterInstance, settings: Settings
) -> None:
    stuck = a_dagster_run(instance, DagsterRunStatus.STARTED)
    subprocess.run([sys.executable, "-c", DIE_WITH_THE_LOCK, stuck.run_id], check=False)

    assert reaper.reap() == []

    ended = instance.get_run_by_id(stuck.run_id)
    assert ended is not None
    assert ended.status is DagsterRunStatus.FAILURE
    assert list((settings.scribe_home / "workers").iterdir()) == []


def test_a_run_that_was_terminated_on_purpose_is_freed_and_left_to_people(
    reaper: Reaper, store: RunStore, instance: DagsterInstance
) -> None:
    terminated = a_dagster_run(instance, DagsterRunStatus.CANCELED)
    run = store.start(a_request(), STAGES, dagster_run_id=terminated.run_id)
    run.begin_stage(0)

    reaper.reap()

    assert store.get(run.run_id).is_resumable()
    assert store.get(run.run_id).resume_at is None
