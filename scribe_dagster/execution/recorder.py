"""What the events of a run tell of its end."""

from scribe_dagster.domain.events import (
    ProgressEvent,
    ProgressListener,
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
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ScribeError
from scribe_dagster.execution.result import PipelineResult


class RunRecorder:
    """Listens to a run, and hands every event on."""

    def __init__(self, request: ContentPayload, listener: ProgressListener) -> None:
        self._run_id: int | None = None
        self._payload = request
        self._end: RunRefused | RunExists | StageFailed | StageRejected | None = None
        self._all_done = False
        self._stages: tuple[str, ...] = ()
        self._index = 0
        self._cut_off: ScribeError | None = None
        self._saved = Spending()
        self._listener = listener

    def __call__(self, event: ProgressEvent) -> None:
        """Take note of an event."""
        match event:
            case RunStarted(pipeline_run_id=run_id):
                self._run_id = run_id
                self._stages, self._index = event.stages, event.first_index
            case StageStarted() | StageFailed(will_retry=True):
                self._end = None
            case StageRestored(saved=Usage() as saved):
                self._saved += Spending.of(saved)
            case StageCompleted(payload=payload) | StageSkipped(payload=payload):
                self._payload, self._end = payload, None
                self._index = event.index + 1
                self._all_done = self._index == event.total
            case RunRefused() | RunExists() | StageFailed() | StageRejected():
                self._end = event
            case _:
                pass
        self._listener(event)

    def cut_off(self, error: ScribeError) -> None:
        """Take note that no more events will come, whether or not the run is over."""
        self._cut_off = error

    @property
    def is_over(self) -> bool:
        """Whether the events tell how the run ended."""
        return self._end is not None or self._all_done

    @property
    def is_settled(self) -> bool:
        """Whether the row tells it as well: a refused worker may have left one it had begun."""
        return self._all_done or isinstance(self._end, RunExists | StageFailed | StageRejected)

    @property
    def existing_run(self) -> int | None:
        """The run that the source had already, where no second one was wanted."""
        return self._end.pipeline_run_id if isinstance(self._end, RunExists) else None

    @property
    def refusal(self) -> ScribeError | None:
        """Why this worker was stopped before its run was settled, if it was."""
        return self._end.error if isinstance(self._end, RunRefused) else self._cut_off

    def result(self) -> PipelineResult:
        """Return how the run ended.

        Raises:
            ScribeError: It was refused.
        """
        match self._end:
            case RunRefused(error=error):
                raise error
            case StageFailed(stage=stage, message=message, kind=kind, resume_after=resume_after):
                return PipelineResult(
                    PipelineRunStatus.FAILED,
                    self._run_id,
                    self._payload,
                    error_stage=stage,
                    error_message=message,
                    error_kind=kind,
                    resume_after=resume_after,
                    saved=self._saved,
                )
            case StageRejected(reasons=reasons):
                return PipelineResult(
                    PipelineRunStatus.REJECTED,
                    self._run_id,
                    self._payload,
                    rejection_reasons=reasons,
                    saved=self._saved,
                )
            case None if self._cut_off is not None and not self._all_done:
                return PipelineResult(
                    PipelineRunStatus.FAILED,
                    self._run_id,
                    self._payload,
                    error_stage=self._stages[self._index] if self._stages else None,
                    error_message=str(self._cut_off),
                    error_kind=self._cut_off.kind,
                    saved=self._saved,
                )
            case _:
                return PipelineResult(
                    PipelineRunStatus.COMPLETED,
                    self._run_id,
                    self._payload,
                    saved=self._saved,
                )
