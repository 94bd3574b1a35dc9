"""Progress events as lines of a log."""

import logging

from scribe_dagster.domain.events import (
    ProgressEvent,
    RunEnded,
    RunExists,
    RunRefused,
    RunStarted,
    StageCompleted,
    StageFailed,
    StageRejected,
    StageRestored,
    StageSkipped,
    StageStarted,
)
from scribe_dagster.domain.redaction import redact


def log_line(event: ProgressEvent) -> tuple[int, str]:
    """Return the level and the line that tell of an event."""
    match event:
        case RunStarted(pipeline_run_id=run_id, attempt=attempt, source_url=url):
            name = "untracked run" if run_id is None else f"pipeline run #{run_id}"
            restored = ", ".join(event.stages[: event.first_index])
            told = f" (restored: {restored})" if restored else ""
            return logging.INFO, f"{name}, attempt {attempt}: {redact(url)}{told}"
        case RunExists(pipeline_run_id=run_id, status=status):
            return logging.INFO, f"nothing to do: pipeline run #{run_id} of this source is {status}"
        case RunEnded(pipeline_run_id=run_id, status=status, spent=spent):
            name = "the run" if run_id is None else f"pipeline run #{run_id}"
            used = f"; in all it has used {spent}" if spent else ""
            return logging.INFO, f"{name} is {status}{used}"
        case RunRefused(error=error):
            return logging.ERROR, str(error)
        case StageStarted():
            return logging.INFO, f"{_place(event)} started"
        case StageRestored():
            return logging.INFO, f"{_place(event)} restored from an earlier attempt"
        case StageCompleted(message=message):
            return logging.INFO, f"{_place(event)} completed: {message}"
        case StageSkipped(message=message):
            return logging.WARNING, f"{_place(event)} skipped: {message}"
        case StageFailed(message=message, kind=kind, will_retry=will_retry):
            failed = f"{_place(event)} failed ({kind}): {message}"
            if will_retry:
                return logging.WARNING, f"{failed}; trying again"
            return logging.ERROR, failed
        case StageRejected(reasons=reasons):
            return logging.WARNING, f"{_place(event)} rejected the content: {'; '.join(reasons)}"


def _place(
    event: StageStarted
    | StageRestored
    | StageCompleted
    | StageSkipped
    | StageFailed
    | StageRejected,
) -> str:
    return f"[{event.index + 1}/{event.total}] {event.stage}"
