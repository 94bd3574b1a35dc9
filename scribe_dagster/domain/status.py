"""The life of a pipeline run and of its stages."""

from __future__ import annotations

from enum import StrEnum


class PipelineRunStatus(StrEnum):
    """Where a pipeline run stands; it owns the rules of what may follow."""

    PENDING = "pending"
    """Just created, not yet started."""
    RUNNING = "running"
    """A stage is being executed."""
    COMPLETED = "completed"
    """Every stage has passed."""
    FAILED = "failed"
    """A stage raised; the run can be resumed from it."""
    REJECTED = "rejected"
    """A stage rejected the content; there is nothing to resume."""

    @property
    def is_resumable(self) -> bool:
        """Only a failed run can be resumed."""
        return self is PipelineRunStatus.FAILED

    @property
    def is_terminal(self) -> bool:
        """Whether nobody is at work on the run."""
        return self in (
            PipelineRunStatus.COMPLETED,
            PipelineRunStatus.FAILED,
            PipelineRunStatus.REJECTED,
        )


class StageOutcome(StrEnum):
    """How one attempt at one stage ended."""

    RUNNING = "running"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    """There was nothing to do; the message says why."""
    FAILED = "failed"
    REJECTED = "rejected"
