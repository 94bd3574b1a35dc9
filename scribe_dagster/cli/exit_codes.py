"""What the command line tells the shell."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import ResumeError, ScribeError


class ExitCode(IntEnum):
    """Exit codes, as the README documents them."""

    COMPLETED = 0
    FAILED = 1
    """A stage failed; the run can be resumed."""
    USAGE = 2
    """Wrong usage or configuration; nothing was begun."""
    REJECTED = 3
    """A stage rejected the content."""
    NOT_RESUMABLE = 4
    """The run is not failed, or somebody else has claimed it."""


def exit_code_of(statuses: Iterable[PipelineRunStatus]) -> ExitCode:
    """Return the code that tells most about several runs: a failure first, then a rejection."""
    seen = set(statuses)
    if PipelineRunStatus.FAILED in seen:
        return ExitCode.FAILED
    if PipelineRunStatus.REJECTED in seen:
        return ExitCode.REJECTED
    return ExitCode.COMPLETED


def exit_code_of_error(error: ScribeError) -> ExitCode:
    """Return the code of an error that kept a command from doing its work."""
    return ExitCode.NOT_RESUMABLE if isinstance(error, ResumeError) else ExitCode.USAGE
