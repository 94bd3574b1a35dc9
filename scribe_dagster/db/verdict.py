"""What a row says of a run that is over, however it came to that."""

from __future__ import annotations

from typing import Any

from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.models import PipelineRun
from scribe_dagster.db.models.base import utc_now
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.resume_policy import ResumePolicy
from scribe_dagster.domain.status import PipelineRunStatus

NO_ERROR: dict[str, None] = dict.fromkeys(
    ("error_stage", "error_message", "error_kind", "resume_after", "failed_at")
)
"""A run that has come to its end after all keeps no trace of an earlier failure in its row."""


def failed(failure: Failure, policy: ResumePolicy, *, automatic_resumes: int) -> dict[str, Any]:
    """Return the columns of a run that has failed at its current stage.

    Args:
        failure: Why.
        policy: Whether, and when, it is resumed without anybody asking.
        automatic_resumes: How many times in a row it has been.
    """
    now = utc_now()
    wait = policy.wait(failure, resumed_before=automatic_resumes, now=now)
    return {
        "status": PipelineRunStatus.FAILED,
        "failed_at": now,
        "lease_expires_at": None,
        "error_stage": PipelineRun.current_stage_name,
        "error_message": failure.message,
        "error_kind": failure.kind,
        "resume_after": failure.resume_after,
        # Counted from the database's time, by which it is judged.
        "resume_at": None if wait is None else database_time(wait.total_seconds()),
        "automatic_resumes": automatic_resumes + (wait is not None),
    }
