"""What one tick of each sensor does; a real daemon runs them in the acceptance tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from dagster import (
    DagsterInstance,
    DagsterRun,
    DagsterRunStatus,
    RunRequest,
    RunsFilter,
    build_sensor_context,
)
from fakes.leases import let_it_be_due, let_the_lease_run_out
from fakes.payloads import URL, a_request

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.db.tracked_run import TrackedRun
from scribe_dagster.definitions import content_pipeline
from scribe_dagster.domain.failure import Failure
from scribe_dagster.errors import ErrorKind
from scribe_dagster.execution.code_location import origin_of
from scribe_dagster.jobs import DEFAULT_STAGES
from scribe_dagster.resources.launch import (
    ATTEMPT_TAG,
    AUTOMATIC_TAG,
    CREATED_TAG,
    PIPELINE_RUN_TAG,
)
from scribe_dagster.resources.launches import POSTPONED_TAG
from scribe_dagster.sensors import lost_workers
from scribe_dagster.sensors.lost_workers import reaper_sensor
from scribe_dagster.sensors.resume import build_resume_sensor

RATE_LIMITED = Failure("429", ErrorKind.TRANSIENT)


@pytest.fixture
def store(settings: Settings) -> RunStore:
    return RunStore.from_settings(settings)


@pytest.fixture
def database(settings: Settings) -> Database:
    return Database.from_settings(settings)


def a_failed_run(
    store: RunStore,
    failure: Failure = RATE_LIMITED,
    *,
    stages: Sequence[str] = DEFAULT_STAGES,
    dagster_run_id: str = "d1",
) -> int:
    run = store.start(a_request(), stages, dagster_run_id=dagster_run_id)
    run.begin_stage(0)
    run.fail(0, failure)
    return run.run_id


def tick(instance: DagsterInstance) -> list[RunRequest]:
    """What the daemon would launch now."""
    data = build_resume_sensor(content_pipeline).evaluate_tick(
        build_sensor_context(instance=instance)
    )
    return list(data.run_requests or [])


def launch(instance: DagsterInstance, request: RunRequest, status: DagsterRunStatus) -> DagsterRun:
    """What the daemon makes of a request."""
    return a_dagster_run(instance, status, request.tags)


def a_dagster_run(
    instance: DagsterInstance, status: DagsterRunStatus, tags: Mapping[str, str] | None = None
) -> DagsterRun:
    return instance.create_run_for_job(
        content_pipeline,
        run_config={"source_url": URL},
        tags=dict(tags or {}),
        status=status,
        remote_job_origin=origin_of(content_pipeline),
    )


def launch_in_vain(
    instance: DagsterInstance, request: RunRequest, why: str = "no such image"
) -> DagsterRun:
    """What becomes of a request whose worker cannot start."""
    launched = launch(instance, request, DagsterRunStatus.STARTING)
    instance.report_run_failed(launched, why)
    return launched


def a_failed_run_that_dagster_retries(store: RunStore, instance: DagsterInstance) -> int:
    """A run whose Dagster run has just failed, where Dagster's own retries are turned on."""
    executed = a_dagster_run(instance, DagsterRunStatus.STARTED)
    run_id = a_failed_run(store, dagster_run_id=executed.run_id)
    instance.report_run_failed(executed)
    tags = {
        PIPELINE_RUN_TAG: str(run_id),
        ATTEMPT_TAG: "1",
        CREATED_TAG: store.get(run_id).created_at.isoformat(),
        "dagster/will_retry": "true",
    }
    instance.add_run_tags(executed.run_id, tags)
    return run_id


def due_at(store: RunStore, run_id: int) -> datetime:
    moment = store.get(run_id).resume_at
    assert moment is not None
    return moment


def let_the_time_come(database: Database, instance: DagsterInstance, run_id: int) -> None:
    """Make it as if the moment a run was postponed to had come."""
    let_it_be_due(database, run_id)
    moment = due_at(RunStore(database), run_id).isoformat()
    newest = instance.get_runs(RunsFilter(tags={PIPELINE_RUN_TAG: str(run_id)}), limit=1)[0]
    instance.add_run_tags(newest.run_id, {POSTPONED_TAG: moment})


def test_nothing_is_launched_when_nothing_is_due(
    store: RunStore, instance: DagsterInstance
) -> None:
    a_failed_run(store)

    assert tick(instance) == []


def test_a_run_whose_time_has_come_is_launched_with_its_lineage(
    store: RunStore, database: Database, instance: DagsterInstance
) -> None:
    run_id = a_failed_run(store)
    let_it_be_due(database, run_id)

    [request] = tick(instance)

    assert request.tags[PIPELINE_RUN_TAG] == str(run_id)
    assert request.tags[ATTEMPT_TAG] == "1"
    assert request.tags[AUTOMATIC_TAG] == "true"
    assert request.tags["dagster/parent_run_id"] == request.tags["dagster/root_run_id"] == "d1"
    assert request.run_config == {"source_url": URL}


def test_a_run_somebody_asked_for_is_launched_at_once_whatever_it_failed_with(
    store: RunStore, instance: DagsterInstance
) -> None:
    run_id = a_failed_run(store, Failure("no such page", ErrorKind.PERMANENT))

    store.request_resume(run_id)
    [request] = tick(instance)

    assert request.tags[PIPELINE_RUN_TAG] == str(run_id)
    assert AUTOMATIC_TAG not in request.tags


@pytest.mark.parametrize("status", [DagsterRunStatus.QUEUED, DagsterRunStatus.STARTED])
def test_what_was_launched_is_not_launched_again_while_it_waits_or_runs(
    store: RunStore, instance: DagsterInstance, status: DagsterRunStatus
) -> None:
    store.request_resume(a_failed_run(store))
    [request] = tick(instance)

    launch(instance, request, status)

    assert tick(instance) == []


@pytest.mark.parametrize("has_created_it", [False, True])
def test_a_daemon_that_died_before_it_submitted_asks_for_the_same_run_again(
    store: RunStore, instance: DagsterInstance, has_created_it: bool
) -> None:
    store.request_resume(a_failed_run(store))

    [first] = tick(instance)
    if has_created_it:
        launch(instance, first, DagsterRunStatus.NOT_STARTED)
    [second] = tick(instance)

    # By this key Dagster sees to it that of the two only one is launched.
    assert first.run_key == second.run_key


def test_a_launch_whose_worker_cannot_start_postpones_its_run_for_longer_each_time(
    store: RunStore, database: Database, instance: DagsterInstance
) -> None:
    run_id = a_failed_run(store)
    store.request_resume(run_id)
    waits = []
    keys = set()
    for _ in range(9):
        [request] = tick(instance)
        keys.add(request.run_key)
        launch_in_vain(instance, request)
        asked_at = datetime.now(UTC)

        assert tick(instance) == []

        waits.append(due_at(store, run_id) - asked_at)
        let_the_time_come(database, instance, run_id)

    assert len(keys) == 9
    for wait, most in zip(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60], strict=True):
        assert timedelta(minutes=most / 2) <= wait <= timedelta(minutes=most, seconds=30)


def test_a_run_whose_worker_cannot_start_says_why(
    store: RunStore, instance: DagsterInstance
) -> None:
    run_id = a_failed_run(store)
    store.request_resume(run_id)
    [request] = tick(instance)
    launched = launch_in_vain(instance, request, "no such image: OPENAI_API_KEY=sk-abcdefgh12345")

    tick(instance)

    stored = store.get(run_id)
    assert stored.is_resumable()
    assert stored.error_message == (
        f"429\nNot resumed: Dagster run {launched.run_id} ended before it could take the run up: "
        "no such image: OPENAI_API_KEY=[redacted]"
    )


def test_what_was_launched_in_vain_before_does_not_count_once_somebody_asks_again(
    store: RunStore, database: Database, instance: DagsterInstance
) -> None:
    run_id = a_failed_run(store)
    store.request_resume(run_id)
    for _ in range(4):
        [request] = tick(instance)
        launch_in_vain(instance, request)
        tick(instance)
        let_the_time_come(database, instance, run_id)

    store.request_resume(run_id)

    [request] = tick(instance)
    launch_in_vain(instance, request)
    tick(instance)
    assert due_at(store, run_id) - datetime.now(UTC) < timedelta(minutes=1)


def test_a_launch_that_somebody_cancels_calls_its_run_off_until_somebody_asks_again(
    store: RunStore, instance: DagsterInstance
) -> None:
    run_id = a_failed_run(store)
    store.request_resume(run_id)
    [request] = tick(instance)
    launch(instance, request, DagsterRunStatus.CANCELED)

    assert tick(instance) == []

    stored = store.get(run_id)
    assert stored.resume_at is None
    assert stored.is_resumable()
    assert "was cancelled" in (stored.error_message or "")
    store.request_resume(run_id)
    assert len(tick(instance)) == 1


@pytest.mark.parametrize("status", [DagsterRunStatus.FAILURE, DagsterRunStatus.STARTED])
def test_dagster_runs_of_a_database_that_has_been_emptied_since_do_not_count(
    store: RunStore, instance: DagsterInstance, status: DagsterRunStatus
) -> None:
    for day in (1, 2, 3):
        tags = {
            PIPELINE_RUN_TAG: "1",
            ATTEMPT_TAG: "1",
            CREATED_TAG: f"2020-01-0{day}T00:00:00+00:00",
        }
        a_dagster_run(instance, status, tags)
    run_id = a_failed_run(store)
    assert run_id == 1

    store.request_resume(run_id)

    assert len(tick(instance)) == 1


def test_runs_of_other_stages_are_left_to_the_sensor_of_their_own_job(
    store: RunStore, instance: DagsterInstance
) -> None:
    store.request_resume(a_failed_run(store, stages=("Scrape", "Publish")))

    assert tick(instance) == []


def test_runs_of_another_job_with_the_same_stages_are_left_to_its_own_sensor(
    store: RunStore, instance: DagsterInstance
) -> None:
    run = store.start(a_request(), DEFAULT_STAGES, job_name="custom_pipeline")
    run.begin_stage(0)
    run.fail(0, RATE_LIMITED)
    store.request_resume(run.run_id)

    assert tick(instance) == []


def test_a_run_that_dagster_itself_is_about_to_retry_is_left_to_it_for_a_while(
    store: RunStore, database: Database, instance: DagsterInstance
) -> None:
    run_id = a_failed_run_that_dagster_retries(store, instance)
    let_it_be_due(database, run_id)

    assert tick(instance) == []

    let_it_be_due(database, run_id)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=10)):
        assert len(tick(instance)) == 1


def test_runs_that_are_left_to_dagster_keep_nothing_else_waiting(
    store: RunStore, database: Database, instance: DagsterInstance
) -> None:
    for _ in range(20):
        let_it_be_due(database, a_failed_run_that_dagster_retries(store, instance))
    run_id = a_failed_run(store)
    store.request_resume(run_id)

    assert tick(instance) == []

    [request] = tick(instance)
    assert request.tags[PIPELINE_RUN_TAG] == str(run_id)


def test_a_run_that_somebody_asked_for_is_launched_whatever_dagster_means_to_do(
    store: RunStore, instance: DagsterInstance
) -> None:
    store.request_resume(a_failed_run_that_dagster_retries(store, instance))

    assert len(tick(instance)) == 1


def test_automatic_resumes_come_later_and_later_and_then_no_more(
    store: RunStore, database: Database
) -> None:
    run = store.start(a_request(), DEFAULT_STAGES)
    waits = []
    for _ in range(4):
        run.begin_stage(0)
        run.fail(0, RATE_LIMITED)
        stored = store.get(run.run_id)
        if stored.resume_at is None:
            break
        assert stored.failed_at is not None
        waits.append(stored.resume_at - stored.failed_at)
        run = store.claim(run.run_id, DEFAULT_STAGES, automatic=True)

    assert len(waits) == 3
    assert all(
        timedelta(seconds=30 * 2**n) <= wait <= timedelta(seconds=60 * 2**n + 5)
        for n, wait in enumerate(waits)
    )


def test_a_named_time_is_waited_for(store: RunStore) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    run_id = a_failed_run(store, Failure("429", ErrorKind.TRANSIENT, resume_after=tomorrow))

    assert abs(due_at(store, run_id) - tomorrow) < timedelta(seconds=30)


@pytest.mark.parametrize(
    "failure",
    [
        Failure("no such page", ErrorKind.PERMANENT),
        Failure("no credit", ErrorKind.QUOTA),
        Failure("Ctrl-C", ErrorKind.LOST_WORKER, deliberate=True),
    ],
    ids=lambda failure: failure.message,
)
def test_what_trying_again_does_not_help_waits_for_somebody(
    store: RunStore, failure: Failure
) -> None:
    assert store.get(a_failed_run(store, failure)).resume_at is None


class ReaperTicks:
    """The reaper's sensor, ticking; a daemon hands the cursor from each tick to the next."""

    def __init__(self, instance: DagsterInstance, clock: pytest.MonkeyPatch) -> None:
        self.instance = instance
        self.cursor: str | None = None
        self._clock = clock

    def __call__(self, at: float) -> str:
        self._clock.setattr(lost_workers, "time", lambda: at)
        context = build_sensor_context(instance=self.instance, cursor=self.cursor)
        data = reaper_sensor.evaluate_tick(context)
        self.cursor = data.cursor
        return data.skip_message or ""


@pytest.fixture
def reaper_tick(instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> ReaperTicks:
    return ReaperTicks(instance, monkeypatch)


@pytest.fixture
def silent(store: RunStore, database: Database) -> TrackedRun:
    """A run whose lease is over; its worker is on another machine, or holds no lock."""
    run = store.start(a_request(), DEFAULT_STAGES)
    run.begin_stage(0)
    let_the_lease_run_out(database, run.run_id)
    return run


def test_the_reaper_frees_who_gives_no_sign_of_life_on_two_ticks_and_says_so(
    silent: TrackedRun, store: RunStore, reaper_tick: ReaperTicks
) -> None:
    assert "will be looked at again" in reaper_tick(at=0)
    assert store.get(silent.run_id).status == "running"

    assert f"Freed #{silent.run_id} at Scrape" in reaper_tick(at=30)
    assert store.get(silent.run_id).is_resumable()
    assert reaper_tick(at=60) == "No worker was lost."


def test_a_worker_that_has_just_woken_keeps_its_run(
    silent: TrackedRun, store: RunStore, reaper_tick: ReaperTicks
) -> None:
    reaper_tick(at=0)
    silent.beat()

    assert reaper_tick(at=30) == "No worker was lost."
    assert store.get(silent.run_id).status == "running"


def test_a_worker_that_woke_and_fell_asleep_again_is_given_the_same_time_anew(
    silent: TrackedRun, store: RunStore, database: Database, reaper_tick: ReaperTicks
) -> None:
    reaper_tick(at=0)
    silent.beat()
    let_the_lease_run_out(database, silent.run_id)

    assert "will be looked at again" in reaper_tick(at=30)
    assert "Freed" in reaper_tick(at=60)


def test_two_ticks_closer_together_than_the_workers_beats_prove_nothing(
    silent: TrackedRun, store: RunStore, reaper_tick: ReaperTicks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_LEASE_SECONDS", "600")

    for at in (0, 30, 299):
        assert "will be looked at again" in reaper_tick(at=at)
    assert "Freed" in reaper_tick(at=300)


@pytest.mark.parametrize("cursor", ["somebody's words", "[]", '{"1/1/x": "y"}', "null"])
def test_a_cursor_that_somebody_has_edited_is_begun_anew(
    silent: TrackedRun, reaper_tick: ReaperTicks, cursor: str
) -> None:
    reaper_tick.cursor = cursor

    assert "will be looked at again" in reaper_tick(at=0)
    assert "Freed" in reaper_tick(at=30)


def test_with_tracking_off_there_is_nothing_to_do(
    instance: DagsterInstance, home: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_TRACK_RUNS", "false")

    data = reaper_sensor.evaluate_tick(build_sensor_context(instance=instance))

    assert "Tracking is off" in (data.skip_message or "")
    assert tick(instance) == []
