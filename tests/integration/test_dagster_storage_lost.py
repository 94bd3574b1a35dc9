"""What a pipeline makes of it when Dagster's own database dies under it."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from scribe_dagster import ContentPayload, ContentPipeline, PipelineResult, StageResult, stage
from scribe_dagster.config import Settings
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.errors import ErrorKind

# Dagster writes to standard error what it could not write to its database.
pytestmark = pytest.mark.usefixtures("capsys")


@stage(name="One")
def one(payload: ContentPayload) -> StageResult:
    return StageResult.completed(payload, "one")


@stage(name="Two")
def two(payload: ContentPayload) -> StageResult:
    return StageResult.completed(payload, "two")


@stage(name="Breaks")
def breaks(payload: ContentPayload) -> StageResult:
    """Take away the tables that Dagster writes to."""
    for file in Settings.load().dagster_home.rglob("*.db"):
        with closing(sqlite3.connect(file, timeout=30)) as connection:
            for table in ("event_logs", "runs"):
                connection.execute(f"DROP TABLE IF EXISTS {table}")
            connection.commit()
    return StageResult.completed(payload, "broken")


def process(settings: Settings, *stages: object) -> PipelineResult:
    pipeline = ContentPipeline(stages, settings=settings)  # type: ignore[arg-type]
    return pipeline.process(text="A text of some length about a clock.")


def test_a_run_that_has_more_to_do_has_failed_at_what_comes_next(settings: Settings) -> None:
    result = process(settings, one, breaks, two)

    assert (result.status, result.error_stage) == ("failed", "Two")
    assert result.error_kind is ErrorKind.TRANSIENT
    assert "Dagster's own database failed" in (result.error_message or "")
    stored = RunStore.from_settings(settings).get(result.run_id or 0)
    assert (stored.status, stored.error_stage) == ("failed", "Two")
    assert stored.error_message == result.error_message
    assert stored.resume_at is not None


def test_a_run_that_has_done_all_there_is_to_do_is_completed(settings: Settings) -> None:
    result = process(settings, one, breaks)

    assert result.succeeded
    assert RunStore.from_settings(settings).get(result.run_id or 0).status == "completed"
