"""Turn any URL into a published article, on Dagster, and never pay for the same work twice.

The names below are the whole public API. They are imported when they are first used, so that
``import scribe_dagster`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scribe_dagster.config import Settings
    from scribe_dagster.db.models import ArticleRow, PipelineRun, PipelineRunStage
    from scribe_dagster.db.sessions import session
    from scribe_dagster.domain.if_exists import IfExists
    from scribe_dagster.domain.payload import ContentPayload
    from scribe_dagster.domain.stage import Stage, stage
    from scribe_dagster.domain.stage_result import StageResult
    from scribe_dagster.domain.status import PipelineRunStatus, StageOutcome
    from scribe_dagster.errors import (
        ErrorKind,
        Fenced,
        NotResumable,
        Rejected,
        ResumeError,
        RunNotFound,
        ScribeError,
        StageError,
        StagesChanged,
    )
    from scribe_dagster.execution.result import PipelineResult
    from scribe_dagster.jobs import DEFAULT_STAGES, build_content_job
    from scribe_dagster.pipeline import ContentPipeline
    from scribe_dagster.sensors.feeds import build_feed_sensor
    from scribe_dagster.sensors.lost_workers import lost_worker_sensor, reaper_sensor
    from scribe_dagster.sensors.resume import build_resume_sensor

__all__ = [
    "DEFAULT_STAGES",
    "ArticleRow",
    "ContentPayload",
    "ContentPipeline",
    "ErrorKind",
    "Fenced",
    "IfExists",
    "NotResumable",
    "PipelineResult",
    "PipelineRun",
    "PipelineRunStage",
    "PipelineRunStatus",
    "Rejected",
    "ResumeError",
    "RunNotFound",
    "ScribeError",
    "Settings",
    "Stage",
    "StageError",
    "StageOutcome",
    "StageResult",
    "StagesChanged",
    "build_content_job",
    "build_feed_sensor",
    "build_resume_sensor",
    "lost_worker_sensor",
    "reaper_sensor",
    "session",
    "stage",
]

_HOMES = {
    "DEFAULT_STAGES": "jobs",
    "ArticleRow": "db.models",
    "ContentPayload": "domain.payload",
    "ContentPipeline": "pipeline",
    "ErrorKind": "errors",
    "Fenced": "errors",
    "IfExists": "domain.if_exists",
    "NotResumable": "errors",
    "PipelineResult": "execution.result",
    "PipelineRun": "db.models",
    "PipelineRunStage": "db.models",
    "PipelineRunStatus": "domain.status",
    "Rejected": "errors",
    "ResumeError": "errors",
    "RunNotFound": "errors",
    "ScribeError": "errors",
    "Settings": "config",
    "Stage": "domain.stage",
    "StageError": "errors",
    "StageOutcome": "domain.status",
    "StageResult": "domain.stage_result",
    "StagesChanged": "errors",
    "build_content_job": "jobs",
    "build_feed_sensor": "sensors.feeds",
    "build_resume_sensor": "sensors.resume",
    "lost_worker_sensor": "sensors.lost_workers",
    "reaper_sensor": "sensors.lost_workers",
    "session": "db.sessions",
    "stage": "domain.stage",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
