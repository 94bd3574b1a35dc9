"""A job that Dagster can load by name, whose stages fail when a file says so."""

from __future__ import annotations

import os
from pathlib import Path

from dagster import JobDefinition, multiprocess_executor

from scribe_dagster import ContentPayload, Stage, StageResult, build_content_job, stage

FOLDER = "DOORS_FOLDER"
STAGES = ("One", "Two", "Three")


def marks(name: str) -> Stage:
    """A stage that counts its runs in a file, and fails while `fail-NAME` exists."""

    @stage(name=name)
    def mark(payload: ContentPayload) -> StageResult:
        folder = Path(os.environ[FOLDER])
        with (folder / "ran").open("a") as ran:
            ran.write(f"{name} ")
        if (folder / f"fail-{name}").exists():
            raise RuntimeError(f"{name} broke")
        return StageResult.completed(payload.evolve(extra={**payload.extra, name: 1}), "done")

    return mark


def doors_job() -> JobDefinition:
    return build_content_job([marks(name) for name in STAGES], name="doors")


def multiprocess_job() -> JobDefinition:
    return build_content_job(
        [marks(name) for name in STAGES], name="doors", executor=multiprocess_executor
    )
