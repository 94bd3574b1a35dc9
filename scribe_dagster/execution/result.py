"""What came of processing or resuming one piece of content."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import ErrorKind


@dataclass(frozen=True, slots=True)
class PipelineResult:
    """The end of a run, good or bad: a failed stage is told here, it is not raised."""

    status: PipelineRunStatus
    run_id: int | None
    """The pipeline run's id; None when tracking is off."""
    payload: ContentPayload = field(repr=False)
    """The state after the last completed stage."""
    error_stage: str | None = None
    error_message: str | None = None
    error_kind: ErrorKind | None = None
    resume_after: datetime | None = None
    """Earliest time at which resuming makes sense, where the other side named one."""
    rejection_reasons: tuple[str, ...] = ()
    saved: Spending = field(default_factory=Spending)
    """What the stages that were restored had used, and did not use again."""
    existed: bool = False
    """The source had this run already: nothing was executed."""

    @classmethod
    def of_existing(cls, store: RunStore, run_id: int) -> Self:
        """Tell how a run stands that was there already."""
        run = store.get(run_id)
        done = run.current_stage_index + (run.status is PipelineRunStatus.COMPLETED)
        return cls(
            run.status,
            run.id,
            store.state_before(run.id, done),
            error_stage=run.error_stage,
            error_message=run.error_message,
            error_kind=run.error_kind,
            resume_after=run.resume_after,
            rejection_reasons=(run.rejection_reason,) if run.rejection_reason else (),
            existed=True,
        )

    @property
    def article_id(self) -> int | None:
        """The article that was made, if it came to that."""
        return self.payload.article_id

    @property
    def succeeded(self) -> bool:
        """Whether every stage has passed."""
        return self.status is PipelineRunStatus.COMPLETED
