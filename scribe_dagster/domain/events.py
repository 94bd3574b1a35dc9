"""What happens during a run, as it happens.

One stream, several readers: the command line draws it, Dagster logs it, and ``on_progress`` hands
it to callers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ErrorKind, ScribeError


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run begins, or goes on from ``first_index`` when it is resumed.

    ``pipeline_run_id`` is None when tracking is off.
    """

    pipeline_run_id: int | None
    attempt: int
    source_url: str
    stages: tuple[str, ...]
    first_index: int


@dataclass(frozen=True, slots=True)
class StageStarted:
    """A stage begins. ``index`` counts from 0, of ``total``."""

    stage: str
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class StageRestored:
    """A stage was done in an earlier attempt; its stored state is used, nothing runs again."""

    stage: str
    index: int
    total: int
    saved: Usage | None = None
    """What it used then, and did not use again."""


@dataclass(frozen=True, slots=True)
class StageCompleted:
    """A stage did its work."""

    stage: str
    index: int
    total: int
    message: str
    payload: ContentPayload
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class StageSkipped:
    """A stage had nothing to do, or failed where the run may go on without it."""

    stage: str
    index: int
    total: int
    message: str
    payload: ContentPayload


@dataclass(frozen=True, slots=True)
class StageFailed:
    """A stage failed; it is tried again at once, or else the run can be resumed from it."""

    stage: str
    index: int
    total: int
    message: str
    kind: ErrorKind
    resume_after: datetime | None = None
    will_retry: bool = False


@dataclass(frozen=True, slots=True)
class StageRejected:
    """A stage rejected the content; the run is over."""

    stage: str
    index: int
    total: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunRefused:
    """The run may not be executed: it is not resumable, or somebody else has claimed it."""

    error: ScribeError


@dataclass(frozen=True, slots=True)
class RunExists:
    """The source has a run already, and no second one was wanted: nothing is executed."""

    pipeline_run_id: int
    status: str


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is over, for good or until somebody resumes it.

    ``spent`` is what it has used over all attempts; None when tracking is off.
    """

    pipeline_run_id: int | None
    status: PipelineRunStatus
    spent: Spending | None


ProgressEvent = (
    RunStarted
    | RunEnded
    | RunExists
    | RunRefused
    | StageStarted
    | StageRestored
    | StageCompleted
    | StageSkipped
    | StageFailed
    | StageRejected
)

ProgressListener = Callable[[ProgressEvent], None]


def ignore_progress(event: ProgressEvent) -> None:
    """Listen to nothing."""
