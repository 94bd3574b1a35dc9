"""ContentPipeline: what a stage may do, and what the pipeline makes of it."""

from __future__ import annotations

import signal
from datetime import timedelta
from decimal import Decimal

import pytest
from dagster import DagsterInstance
from fakes.leases import let_the_lease_run_out
from fakes.stages import Recorder, adds, fails, rejects
from pydantic import SecretStr

from scribe_dagster import (
    ContentPayload,
    ContentPipeline,
    PipelineRunStatus,
    Rejected,
    StageResult,
    stage,
)
from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.run_queries import load_run
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.events import ProgressEvent, StageCompleted, StageFailed, StageStarted
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import (
    ConfigurationError,
    ErrorKind,
    NotResumable,
    RunNotFound,
    StagesChanged,
    UnknownPlugin,
    UnknownStage,
)
from scribe_dagster.instance.open import open_instance
from scribe_dagster.jobs import DEFAULT_STAGES, JOB_NAME

STORY = "The tide came in slowly over the flats at dusk. " * 20
REQUEST = ContentPayload(source_url="https://example.com/a")


@pytest.fixture
def log() -> Recorder:
    return Recorder()


@pytest.fixture
def pipeline(settings: Settings, instance: DagsterInstance, log: Recorder) -> ContentPipeline:
    """Three stages of which none fails, and which write down that they ran."""
    return ContentPipeline(
        [adds("One"), adds("Two"), adds("Three")],
        settings=settings,
        instance=instance,
        resources={"log": log},
    )


def test_every_stage_gets_what_the_one_before_it_returned(
    pipeline: ContentPipeline, log: Recorder
) -> None:
    result = pipeline.process(REQUEST)

    assert result.succeeded
    assert log.ran == ["One", "Two", "Three"]
    assert list(result.payload.extra) == ["One", "Two", "Three"]


def test_a_failed_run_is_resumed_from_the_failed_stage(
    pipeline: ContentPipeline, log: Recorder, settings: Settings
) -> None:
    broken = pipeline.through([adds("One"), fails("Two", times=1), adds("Three")])

    failed = broken.process(REQUEST)
    assert failed.status is PipelineRunStatus.FAILED
    assert (failed.error_stage, failed.error_message) == ("Two", "RuntimeError: Two broke")
    assert failed.run_id is not None
    assert log.ran == ["One", "Two"]

    resumed = broken.resume(failed.run_id)

    assert resumed.succeeded
    assert resumed.run_id == failed.run_id
    assert log.ran == ["One", "Two", "Two", "Three"]
    run = load_run(Database.from_settings(settings), failed.run_id)
    assert run.attempt == 2
    assert run.error_message is None


def test_a_run_is_resumed_by_its_model_as_well_as_by_its_id(
    pipeline: ContentPipeline, settings: Settings
) -> None:
    broken = pipeline.through([adds("One"), fails("Two", times=1)])
    failed = broken.process(REQUEST)
    assert failed.run_id is not None

    run = load_run(Database.from_settings(settings), failed.run_id)

    assert run.is_resumable()
    assert broken.resume(run).succeeded


def test_resumed_runs_are_grouped_with_the_run_they_resume(
    pipeline: ContentPipeline, instance: DagsterInstance, settings: Settings
) -> None:
    broken = pipeline.through([adds("One"), fails("Two", times=2)])
    failed = broken.process(REQUEST)
    assert failed.run_id is not None
    dagster_runs = []
    for _ in range(3):
        run = load_run(Database.from_settings(settings), failed.run_id)
        dagster_runs.append(run.dagster_run_id)
        if run.is_resumable():
            broken.resume(run)
    first, second, third = dagster_runs

    assert third is not None
    last = instance.get_run_by_id(third)
    assert last is not None
    assert last.tags["dagster/parent_run_id"] == second
    assert last.tags["dagster/root_run_id"] == first
    assert last.tags["scribe/pipeline_run"] == str(failed.run_id)


def test_a_run_can_be_left_to_the_daemon_without_the_keys_its_stages_need(
    settings: Settings, instance: DagsterInstance
) -> None:
    store = RunStore.from_settings(settings)
    run = store.start(REQUEST, DEFAULT_STAGES, job_name=JOB_NAME)
    run.begin_stage(0)
    run.fail(0, Failure("the page is gone", ErrorKind.PERMANENT))
    keyless = settings.model_copy(update={"ai_provider": "openai", "openai_api_key": None})
    usual = ContentPipeline(settings=keyless, instance=instance)

    usual.request_resume(run.run_id)
    fork = usual.request_fork(run.run_id, from_stage="Scrape")

    due = store.due(JOB_NAME, DEFAULT_STAGES, limit=20)
    assert {each.id for each in due} == {run.run_id, fork}


def test_who_does_not_want_to_wait_for_the_daemon_takes_a_fork_up_himself(
    pipeline: ContentPipeline, log: Recorder, settings: Settings
) -> None:
    done = pipeline.process(REQUEST).run_id
    assert done is not None
    store = RunStore.from_settings(settings)
    fork = store.fork(done, ["One", "Two", "Three"], 2, job_name=JOB_NAME, resume_in=timedelta(0))

    assert pipeline.resume(fork).succeeded
    assert log.ran == ["One", "Two", "Three", "Three"]


def test_a_run_is_not_left_to_a_sensor_that_would_not_take_it_up(
    pipeline: ContentPipeline, settings: Settings, instance: DagsterInstance
) -> None:
    failed = pipeline.through([fails("One", times=1)]).process(REQUEST).run_id
    assert failed is not None

    with pytest.raises(NotResumable, match="of a pipeline that no sensor serves"):
        ContentPipeline(settings=settings, instance=instance).request_resume(failed)
    with pytest.raises(NotResumable, match="no resume sensor"):
        pipeline.request_resume(failed)
    with pytest.raises(NotResumable, match="no resume sensor"):
        pipeline.request_fork(failed, from_stage="One")


def test_a_rejection_ends_the_run_and_skips_what_follows(
    pipeline: ContentPipeline, log: Recorder, instance: DagsterInstance, settings: Settings
) -> None:
    choosy = pipeline.through([adds("One"), rejects("Two", "too short"), adds("Three")])

    result = choosy.process(REQUEST)

    assert result.status is PipelineRunStatus.REJECTED
    assert result.rejection_reasons == ("too short",)
    assert log.ran == ["One"]
    assert result.run_id is not None
    run = load_run(Database.from_settings(settings), result.run_id)
    assert run.rejection_reason == "too short"
    assert run.dagster_run_id is not None
    dagster_run = instance.get_run_by_id(run.dagster_run_id)
    assert dagster_run is not None
    assert dagster_run.is_success
    with pytest.raises(NotResumable, match="rejected"):
        choosy.resume(result.run_id)


def test_only_failed_runs_that_exist_are_resumed(pipeline: ContentPipeline) -> None:
    completed = pipeline.process(REQUEST)
    assert completed.run_id is not None

    with pytest.raises(NotResumable, match="completed"):
        pipeline.resume(completed.run_id)
    with pytest.raises(RunNotFound, match="#99"):
        pipeline.resume(99)


def test_other_stages_than_the_run_was_started_with_are_refused_with_both_lists(
    pipeline: ContentPipeline,
) -> None:
    failed = pipeline.through([adds("One"), fails("Two", times=1)]).process(REQUEST)
    assert failed.run_id is not None

    with pytest.raises(StagesChanged) as refusal:
        pipeline.resume(failed.run_id)

    assert "then: One > Two" in str(refusal.value)
    assert "now:  One > Two > Three" in str(refusal.value)


def test_progress_is_told_event_by_event(pipeline: ContentPipeline) -> None:
    events: list[ProgressEvent] = []

    pipeline.through([adds("One"), fails("Two", times=1)]).on_progress(events.append).process(
        REQUEST
    )

    told = [(type(e), e.stage) for e in events if hasattr(e, "stage")]
    assert told == [
        (StageStarted, "One"),
        (StageCompleted, "One"),
        (StageStarted, "Two"),
        (StageFailed, "Two"),
    ]


def test_a_listener_that_fails_does_not_harm_the_run(pipeline: ContentPipeline) -> None:
    def listener(event: ProgressEvent) -> None:
        raise ValueError("not today")

    assert pipeline.on_progress(listener).process(REQUEST).succeeded


def test_a_stage_with_retries_is_tried_again_after_a_transient_failure_only(
    pipeline: ContentPipeline, log: Recorder
) -> None:
    flaky = fails("Flaky", times=2, kind=ErrorKind.TRANSIENT, retries=2)
    assert pipeline.through([adds("One"), flaky]).process(REQUEST).succeeded
    assert log.ran == ["One", "Flaky", "Flaky", "Flaky"]

    log.ran.clear()
    hopeless = fails("Hopeless", times=1, kind=ErrorKind.PERMANENT, retries=2)
    assert not pipeline.through([hopeless]).process(REQUEST).succeeded
    assert log.ran == ["Hopeless"]


def test_with_halting_off_a_failed_stage_is_skipped_unless_it_is_essential(
    settings: Settings, instance: DagsterInstance, log: Recorder
) -> None:
    lenient = ContentPipeline(
        [adds("One"), fails("Two", times=1), adds("Three")],
        settings=settings.model_copy(update={"pipeline_halt_on_error": False}),
        instance=instance,
        resources={"log": log},
    )

    result = lenient.process(REQUEST)
    assert result.succeeded
    assert list(result.payload.extra) == ["One", "Three"]
    assert result.run_id is not None
    history = load_run(Database.from_settings(settings), result.run_id).stage_attempts
    assert [(s.stage_name, s.outcome) for s in history] == [
        ("One", "completed"),
        ("Two", "failed"),
        ("Three", "completed"),
    ]

    essential = lenient.through([fails("Two", times=1, essential=True), adds("Three")])
    assert essential.process(REQUEST).status is PipelineRunStatus.FAILED


def test_a_stage_that_returns_something_else_fails_with_advice(pipeline: ContentPipeline) -> None:
    @stage
    def forgetful(payload: ContentPayload) -> StageResult:
        return payload  # type: ignore[return-value]

    result = pipeline.through([forgetful]).process(REQUEST)

    assert result.status is PipelineRunStatus.FAILED
    assert "StageResult" in (result.error_message or "")


def test_what_is_missing_is_told_before_anything_runs(
    pipeline: ContentPipeline, settings: Settings
) -> None:
    @stage
    def needy(payload: ContentPayload, *, unheard_of: object) -> StageResult:
        raise AssertionError("never reached")

    with pytest.raises(ConfigurationError, match="unheard_of"):
        pipeline.through([adds("One"), needy]).process(REQUEST)
    with pytest.raises(UnknownPlugin, match="CreateArticle"):
        pipeline.through(["Scrape", "Skrape"])
    with pytest.raises(ConfigurationError, match="name of its own"):
        pipeline.through([adds("One"), adds("One")])


def test_pipelines_used_from_several_threads_take_turns(pipeline: ContentPipeline) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: pipeline.process(REQUEST), range(4)))

    assert all(result.succeeded for result in results)
    assert len({result.run_id for result in results}) == 4


def test_a_pipeline_runs_inside_a_running_event_loop(pipeline: ContentPipeline) -> None:
    import asyncio

    async def in_a_notebook() -> bool:
        return pipeline.process(REQUEST).succeeded

    assert asyncio.run(in_a_notebook())


def test_an_interruption_between_two_stages_leaves_a_run_that_can_be_resumed(
    pipeline: ContentPipeline, log: Recorder, settings: Settings
) -> None:
    def interrupt(event: ProgressEvent) -> None:
        if isinstance(event, StageCompleted) and event.stage == "One":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pipeline.on_progress(interrupt).process(REQUEST)

    run = load_run(Database.from_settings(settings), 1)
    assert (run.status, run.error_stage, run.error_kind) == ("failed", "Two", "lost_worker")
    assert pipeline.resume(1).succeeded
    assert log.ran == ["One", "Two", "Three"]


def test_an_interruption_is_not_taken_for_a_failure_that_is_worth_another_try(
    pipeline: ContentPipeline, settings: Settings
) -> None:
    tries = []

    @stage(retries=2)
    def stopped(payload: ContentPayload) -> StageResult:
        tries.append(1)
        signal.raise_signal(signal.SIGINT)
        return StageResult.completed(payload, "too late")

    with pytest.raises(KeyboardInterrupt):
        pipeline.through([stopped]).process(REQUEST)

    run = load_run(Database.from_settings(settings), 1)
    assert (run.status, run.error_kind, len(tries)) == ("failed", "lost_worker", 1)


@pytest.mark.parametrize("moment", [StageStarted, StageFailed])
def test_an_interruption_around_a_try_leaves_a_run_that_can_be_resumed(
    pipeline: ContentPipeline, settings: Settings, moment: type
) -> None:
    interruptions = [KeyboardInterrupt()]

    def interrupt(event: ProgressEvent) -> None:
        if isinstance(event, moment) and interruptions:
            raise interruptions.pop()

    flaky = fails("Flaky", times=1, kind=ErrorKind.TRANSIENT, retries=2)
    unlucky = pipeline.through([flaky]).on_progress(interrupt)
    with pytest.raises(KeyboardInterrupt):
        unlucky.process(REQUEST)

    run = load_run(Database.from_settings(settings), 1)
    assert (run.status, run.error_stage) == ("failed", "Flaky")
    assert unlucky.resume(1).succeeded


def test_a_preview_that_cannot_be_made_does_not_fail_a_stage_that_is_done(
    pipeline: ContentPipeline,
) -> None:
    from scribe_dagster.domain.image import StoredImage

    class NoStore:
        def read(self, image: StoredImage) -> bytes:
            raise OSError("the disk is gone")

    @stage
    def illustrate(payload: ContentPayload, *, image_store: NoStore) -> StageResult:
        image = StoredImage(path="a.png", media_type="image/png", width=1, height=1, size=1)
        return StageResult.completed(payload.evolve(image=image), "drawn")

    illustrated = ContentPipeline(
        [illustrate, adds("Two")],
        settings=pipeline._settings,
        instance=pipeline._instance,
        resources={"image_store": NoStore(), "log": Recorder()},
    )

    assert illustrated.process(REQUEST).succeeded


def test_a_pipeline_inside_a_stage_is_refused_instead_of_waiting_for_itself(
    pipeline: ContentPipeline,
) -> None:
    @stage
    def nest(payload: ContentPayload) -> StageResult:
        pipeline.process(REQUEST)
        raise AssertionError("never reached")

    result = pipeline.through([nest]).process(REQUEST)

    assert "cannot run a pipeline inside" in (result.error_message or "")


def test_no_secret_of_a_stage_reaches_its_row_its_result_or_dagsters_log(
    settings: Settings, instance: DagsterInstance
) -> None:
    secret = "hunter-two-and-a-half"

    @stage
    def leak(payload: ContentPayload) -> StageResult:
        raise ValueError(f"cannot log in with {secret}")

    @stage
    def chatter(payload: ContentPayload) -> StageResult:
        return StageResult.completed(payload, f"logged in with {secret}")

    @stage
    def judge(payload: ContentPayload) -> StageResult:
        raise Rejected(f"{secret} is no subject")

    guarded = settings.model_copy(update={"openai_api_key": SecretStr(secret)})
    told: list[ProgressEvent] = []
    for last in (leak, judge):
        pipeline = ContentPipeline([chatter, last], settings=guarded, instance=instance)
        result = pipeline.on_progress(told.append).process(REQUEST)
        assert secret not in str(result)
        run = load_run(Database.from_settings(settings), result.run_id or 0)
        assert secret not in str(vars(run)) + str([vars(s) for s in run.stage_attempts])
        assert run.dagster_run_id is not None
        assert secret not in str(instance.all_logs(run.dagster_run_id))
    assert secret not in str(told)


def test_what_a_dry_run_would_have_sent_is_in_dagsters_log(settings: Settings) -> None:
    dry = settings.model_copy(update={"publisher_dry_run": True, "publisher_channels": ("log",)})

    assert ContentPipeline(settings=dry).process(text="The clock is back.\n\n" + STORY).succeeded

    with open_instance(settings) as instance:
        [run] = instance.get_runs()
        told = [entry.user_message for entry in instance.all_logs(run.run_id)]
    assert any("log would be sent:" in line and "The clock is back" in line for line in told)


def test_a_path_is_a_source_as_well(settings: Settings, instance: DagsterInstance) -> None:
    from pathlib import Path

    story = Path("story.txt")
    story.write_text("A title\n\n" + "The tide came in slowly over the flats. " * 9, "utf-8")

    result = ContentPipeline(["Scrape"], settings=settings, instance=instance).process(story)

    assert result.succeeded
    assert result.payload.source_url == story.absolute().as_uri()


def test_a_run_whose_checkpoint_the_database_refuses_is_not_left_running(
    pipeline: ContentPipeline, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scribe_dagster.db.tracked_run import TrackedRun
    from scribe_dagster.errors import DatabaseUnreachable

    def refuse(*_arguments: object, **_more: object) -> None:
        raise DatabaseUnreachable("the disk is full")

    with monkeypatch.context() as while_it_is_away:
        while_it_is_away.setattr(TrackedRun, "checkpoint", refuse)
        with pytest.raises(DatabaseUnreachable):
            pipeline.process(REQUEST)

    run = load_run(Database.from_settings(settings), 1)
    assert (run.status, run.error_message, run.error_kind) == (
        "failed",
        "the disk is full",
        "transient",
    )
    assert pipeline.resume(1).succeeded


def test_a_fork_begins_where_it_is_told_with_what_was_changed_by_hand(
    pipeline: ContentPipeline, log: Recorder, settings: Settings
) -> None:
    origin = pipeline.process(REQUEST)
    assert origin.run_id is not None
    log.ran.clear()

    fork = pipeline.fork(origin.run_id, from_stage="Two", edits={"language": "de"})

    assert fork.succeeded
    assert log.ran == ["Two", "Three"]
    assert fork.payload.language == "de"
    run = load_run(Database.from_settings(settings), fork.run_id or 0)
    assert (run.forked_from_id, run.edits, run.attempt) == (origin.run_id, {"language": "de"}, 1)
    assert run.id != origin.run_id


def test_a_fork_from_a_stage_there_is_not_names_those_there_are(pipeline: ContentPipeline) -> None:
    origin = pipeline.process(REQUEST)
    assert origin.run_id is not None

    with pytest.raises(UnknownStage, match=r"no stage 'Four'. There are: One, Two, Three"):
        pipeline.fork(origin.run_id, from_stage="Four")


def test_a_source_that_was_processed_is_skipped_on_request(
    pipeline: ContentPipeline, log: Recorder
) -> None:
    first = pipeline.process(REQUEST)
    log.ran.clear()

    again = pipeline.process(
        ContentPayload(source_url="HTTPS://example.com:443/a?utm_source=feed#top"),
        if_exists="skip",
    )

    assert again.existed
    assert (again.run_id, again.status) == (first.run_id, first.status)
    assert again.payload == first.payload
    assert log.ran == []


def test_a_failed_run_of_the_same_source_is_skipped_or_reused(
    pipeline: ContentPipeline, log: Recorder
) -> None:
    broken = pipeline.through([adds("One"), fails("Two", times=1), adds("Three")])
    failed = broken.process(REQUEST)

    skipped = broken.process(REQUEST, if_exists="skip")
    assert (skipped.existed, skipped.run_id, skipped.error_stage) == (True, failed.run_id, "Two")
    reused = broken.process(REQUEST, if_exists="reuse")

    assert reused.succeeded
    assert (reused.run_id, reused.existed) == (failed.run_id, False)
    assert log.ran == ["One", "Two", "Two", "Three"]


def test_by_default_a_source_is_processed_again(pipeline: ContentPipeline) -> None:
    first, second = pipeline.process(REQUEST), pipeline.process(REQUEST)

    assert first.run_id != second.run_id


def test_changed_stages_can_be_accepted_and_nothing_that_was_done_runs_again(
    pipeline: ContentPipeline, log: Recorder
) -> None:
    failed = pipeline.through([adds("One"), fails("Two", times=1), adds("Three")]).process(REQUEST)
    assert failed.run_id is not None
    log.ran.clear()
    changed = pipeline.through([adds("One"), adds("Between"), adds("Two"), adds("Four")])
    with pytest.raises(StagesChanged, match=r"next: Two > Four.*--accept-changed-stages"):
        changed.resume(failed.run_id)

    resumed = changed.resume(failed.run_id, accept_changed_stages=True)

    assert resumed.succeeded
    assert log.ran == ["Two", "Four"]


def test_a_run_whose_worker_is_dead_is_resumed_without_further_ado(
    pipeline: ContentPipeline, settings: Settings, log: Recorder
) -> None:
    store = RunStore.from_settings(settings)
    abandoned = store.start(REQUEST, ["One", "Two", "Three"])
    abandoned.begin_stage(0)
    with pytest.raises(NotResumable, match="being executed right now"):
        pipeline.resume(abandoned.run_id)

    let_the_lease_run_out(Database.from_settings(settings), abandoned.run_id)
    resumed = pipeline.resume(abandoned.run_id)

    assert resumed.succeeded
    assert log.ran == ["One", "Two", "Three"]


def test_what_the_stages_that_are_restored_had_cost_is_told(
    pipeline: ContentPipeline,
) -> None:
    usage = Usage(model="m", input_tokens=1_000, output_tokens=200, cost_usd=Decimal("0.01"))

    @stage
    def paid(payload: ContentPayload) -> StageResult:
        return StageResult.completed(payload, "written", usage=usage)

    broken = pipeline.through([paid, fails("Two", times=1)])
    failed = broken.process(REQUEST)
    assert (failed.saved, failed.run_id) == (Spending(), 1)

    assert broken.resume(1).saved == Spending(1_200, Decimal("0.01"))
