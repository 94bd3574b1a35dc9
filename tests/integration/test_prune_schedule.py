"""What the daily schedule does, by what retention allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from dagster import DagsterInstance, RunRequest, SkipReason, build_schedule_context
from fakes.runs import a_run_that_is
from sqlalchemy import update

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.retention import Prunable, Retention
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.schedules import prune_daily, prune_job


@pytest.fixture
def _an_old_run(settings: Settings) -> None:
    a_run_that_is(RunStore.from_settings(settings), PipelineRunStatus.COMPLETED)
    with Database.from_settings(settings).write() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=31)
        connection.execute(update(PipelineRun).values(completed_at=long_ago))


def tick() -> str:
    decided = prune_daily(build_schedule_context())
    if isinstance(decided, SkipReason):
        return decided.skip_message
    assert isinstance(decided, RunRequest)
    return "launched"


@pytest.mark.usefixtures("_an_old_run")
def test_by_default_everything_is_kept() -> None:
    assert "kept for ever" in tick()


@pytest.mark.usefixtures("_an_old_run")
def test_it_prunes_what_is_old_enough(
    settings: Settings, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUN_RETENTION_DAYS", "30")
    assert tick() == "launched"

    assert prune_job.execute_in_process(instance=instance).success

    assert tick() == "Nothing is old enough."
    assert Retention.from_settings(settings).plan(datetime.now(UTC)) == Prunable(0, 0)


@pytest.mark.usefixtures("_an_old_run")
def test_it_waits_until_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUN_RETENTION_DAYS", "60")

    assert tick() == "Nothing is old enough."


@pytest.mark.usefixtures("home")
def test_without_tracking_there_is_nothing_to_prune(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUN_RETENTION_DAYS", "30")
    monkeypatch.setenv("PIPELINE_TRACK_RUNS", "false")

    assert "Tracking is off" in tick()
