"""Signals to stop: which of them mean the run, and which only its worker."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest
from dagster import DagsterInstance

from scribe_dagster import ContentPayload, ContentPipeline, Stage, StageResult, stage
from scribe_dagster.config import Settings
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.errors import ErrorKind
from scribe_dagster.resources.termination import Terminated, is_wanted, sigterm_told_apart


def interrupted_by(number: signal.Signals, *, when_told: DagsterInstance | None = None) -> Stage:
    """A stage that is sent a signal; if need be, after Dagster was told to terminate the run."""

    @stage(name="Interrupted")
    def interrupted(payload: ContentPayload) -> StageResult:
        if when_told is not None:
            [run] = when_told.get_runs()
            when_told.report_run_canceling(run)
        signal.raise_signal(number)
        return StageResult.completed(payload, "never")

    return interrupted


def what_became_of(stage: Stage, settings: Settings, instance: DagsterInstance) -> PipelineRun:
    before = signal.getsignal(signal.SIGTERM)
    pipeline = ContentPipeline([stage], settings=settings, instance=instance)
    with pytest.raises(KeyboardInterrupt):
        pipeline.process(text="A text of some length about a clock.")
    assert signal.getsignal(signal.SIGTERM) is before
    run = RunStore.from_settings(settings).get(1)
    assert (run.status, run.error_kind) == ("failed", ErrorKind.LOST_WORKER)
    return run


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    # Dagster leaves SIGTERM as a synonym of SIGINT.
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    yield
    signal.signal(signal.SIGTERM, before)


def test_a_run_is_resumed_by_itself_when_only_its_worker_was_to_go(
    settings: Settings, instance: DagsterInstance
) -> None:
    run = what_became_of(interrupted_by(signal.SIGTERM), settings, instance)

    assert run.resume_at is not None


def test_a_run_that_dagster_was_told_to_terminate_waits_for_somebody(
    settings: Settings, instance: DagsterInstance
) -> None:
    stage = interrupted_by(signal.SIGTERM, when_told=instance)

    assert what_became_of(stage, settings, instance).resume_at is None


def test_so_does_one_that_somebody_stopped_by_ctrl_c(
    settings: Settings, instance: DagsterInstance
) -> None:
    run = what_became_of(interrupted_by(signal.SIGINT), settings, instance)

    assert run.resume_at is None


def test_a_dagster_that_cannot_be_asked_starts_nothing_by_itself(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_asked: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(DagsterInstance, "get_run_by_id", away)

    assert is_wanted(Terminated(), "d1", instance)


def test_outside_the_main_thread_signals_are_nobodys_concern() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def look() -> None:
        with sigterm_told_apart():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert seen == [before]
