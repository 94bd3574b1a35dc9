"""What the tables must say of a run: the rules of tracking once more, in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from scribe_dagster.domain.changed_stages import where_to_go_on
from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import PublicationStatus
from scribe_dagster.domain.resume_policy import ResumePolicy
from scribe_dagster.domain.status import PipelineRunStatus as Status
from scribe_dagster.domain.status import StageOutcome as Outcome
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ErrorKind, Fenced, NotResumable, ResumeError, StagesChanged

ACTIVE = (Status.PENDING, Status.RUNNING)


class Lease(Enum):
    """Whether anybody holds a run."""

    NONE = "nobody holds it"
    HELD = "held"
    OVER = "held by somebody who gave no sign of life for too long"


class Due(Enum):
    """Whether the resume sensor is to take a run up."""

    NEVER = "never"
    LATER = "later"
    NOW = "now"


@dataclass
class Entry:
    """One row of the history."""

    attempt: int
    index: int
    stage: str
    dagster_run_id: str | None
    outcome: Outcome = Outcome.RUNNING
    kind: ErrorKind | None = None


@dataclass(eq=False)
class RunModel:
    """One run, and what may be done with it."""

    id: int
    url: str
    stages: tuple[str, ...]
    snapshot: ContentPayload
    dagster_run_id: str | None
    policy: ResumePolicy
    index: int = 0
    attempt: int = 1
    status: Status = Status.PENDING
    lease: Lease = Lease.HELD
    due: Due = Due.NEVER
    automatic_resumes: int = 0
    failure: Failure | None = None
    failed_stage: str | None = None
    not_resumed: str | None = None
    """What has kept the sensor from resuming it."""
    rejection: str | None = None
    tokens: int = 0
    article_id: int | None = None
    """The one article it has made."""
    channels: dict[str, tuple[PublicationStatus, int]] = field(default_factory=dict)
    """How its article stands on each channel, and how many calls were made."""
    history: list[Entry] = field(default_factory=list)
    given: dict[str, ContentPayload] = field(default_factory=dict)
    """What every stage that is done was given, the last time it was done."""
    origin: RunModel | None = None

    # -- What can be asked -----------------------------------------------------------------------

    @property
    def stages_done(self) -> int:
        return self.index + (self.status is Status.COMPLETED)

    @property
    def is_claimable(self) -> bool:
        waits = self.status is Status.PENDING and self.attempt == 0
        return self.status is Status.FAILED or waits or self.lease is Lease.OVER

    def is_held(self, attempt: int, at: int | None = None) -> bool:
        """Whether a worker of this attempt may write."""
        is_here = at is None or at == self.index
        return self.status in ACTIVE and attempt == self.attempt and is_here

    def state_before(self, index: int) -> ContentPayload:
        later = self.stages[index : self.stages_done]
        return next((self.given[name] for name in later if name in self.given), self.snapshot)

    def refuses(
        self, stages: Sequence[str], *, expected: int | None, accept: bool
    ) -> type[ResumeError] | None:
        """Tell with what error a claim is refused, if it is."""
        if expected is not None and expected != self.attempt:
            return Fenced
        if not self.is_claimable:
            return NotResumable
        if tuple(stages) != self.stages and (self._goes_on_at(stages) is None or not accept):
            return StagesChanged
        return None

    def refuses_fork(self, stages: Sequence[str], index: int) -> type[ResumeError] | None:
        if tuple(stages[:index]) != self.stages[:index]:
            return StagesChanged
        return NotResumable if index > self.stages_done else None

    # -- What can happen -------------------------------------------------------------------------

    def claim(self, stages: Sequence[str], dagster_run_id: str | None, *, automatic: bool) -> None:
        index = self._goes_on_at(stages)
        assert index is not None
        self._end_lost_stages(ErrorKind.LOST_WORKER)
        self.stages, self.index = tuple(stages), index
        self.status, self.lease, self.due = Status.RUNNING, Lease.HELD, Due.NEVER
        self.attempt += 1
        self.dagster_run_id = dagster_run_id
        self.automatic_resumes *= automatic

    def fork(self, run_id: int, stages: Sequence[str], index: int, **edits: Any) -> RunModel:
        done = self.stages[:index]
        return RunModel(
            run_id,
            self.url,
            tuple(stages),
            self.state_before(index).evolve(**edits),
            None,
            self.policy,
            index=index,
            attempt=0,
            given={name: state for name, state in self.given.items() if name in done},
            origin=self,
        )

    def beat(self) -> None:
        self.lease = Lease.HELD

    def begin(self) -> None:
        self.beat()
        self.status = Status.RUNNING
        self._open_entry()

    def complete(self, after: ContentPayload, failure: Failure | None, usage: Usage | None) -> None:
        self.beat()
        self.given[self.stages[self.index]] = self.snapshot
        self._end_stage(Outcome.FAILED if failure else Outcome.COMPLETED, failure)
        self.snapshot = after
        if usage is not None:
            self.tokens += usage.input_tokens
        if self.index < len(self.stages) - 1:
            self.index += 1
        else:
            self._over(Status.COMPLETED)

    def fail(self, failure: Failure, *, will_retry: bool) -> None:
        self.beat()
        self._end_stage(Outcome.FAILED, failure)
        if not will_retry:
            self._failed(failure)

    def reject(self, reason: str) -> None:
        self._end_stage(Outcome.REJECTED, None)
        self.rejection = reason
        self._over(Status.REJECTED)

    def lose(self, failure: Failure) -> None:
        self._end_lost_stages(failure.kind)
        self._failed(failure)

    # -- In detail -------------------------------------------------------------------------------

    def _goes_on_at(self, stages: Sequence[str]) -> int | None:
        return where_to_go_on(self.stages, self.index, stages)

    def _running(self) -> list[Entry]:
        return [entry for entry in self.history if entry.outcome is Outcome.RUNNING]

    def _open_entry(self) -> None:
        if not self._running():
            stage = self.stages[self.index]
            self.history.append(Entry(self.attempt, self.index, stage, self.dagster_run_id))

    def _end_stage(self, outcome: Outcome, failure: Failure | None) -> None:
        # Another worker of this attempt may have ended the entry of this try already.
        self._open_entry()
        for entry in self._running():
            entry.outcome, entry.kind = outcome, failure.kind if failure else None

    def _end_lost_stages(self, kind: ErrorKind) -> None:
        for entry in self._running():
            entry.outcome, entry.kind = Outcome.FAILED, kind

    def _failed(self, failure: Failure) -> None:
        self.status, self.lease, self.failure = Status.FAILED, Lease.NONE, failure
        self.not_resumed = None
        self.failed_stage = self.stages[self.index]
        worth_it = failure.kind in (ErrorKind.TRANSIENT, ErrorKind.LOST_WORKER)
        again = worth_it and not failure.deliberate and self.automatic_resumes < self.policy.limit
        self.due = Due.LATER if again else Due.NEVER
        self.automatic_resumes += again

    def _over(self, status: Status) -> None:
        self.status, self.lease, self.failure, self.failed_stage = status, Lease.NONE, None, None
        self.not_resumed = None
