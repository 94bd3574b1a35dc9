"""One run under execution, as the stage wrapper writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from scribe_dagster.domain.failure import Failure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.stage_result import StageResult
from scribe_dagster.domain.usage import Usage


class RunRecord(Protocol):
    """What tracking must do for a run while its stages are executed.

    Every write raises :class:`~scribe_dagster.errors.Fenced`, and writes nothing, once another
    worker has claimed the run.
    """

    @property
    def run_id(self) -> int | None:
        """The pipeline run's id; None when it is not tracked."""

    @property
    def created_at(self) -> datetime | None:
        """When the run was created; None when it is not tracked."""

    @property
    def attempt(self) -> int:
        """Which attempt at the run this is, from 1."""

    @property
    def current_index(self) -> int:
        """Stages before this one were done when the run was claimed."""

    @property
    def scope(self) -> RunScope | None:
        """What binds side effects to the run; None when it is not tracked."""

    def state_before(self, index: int) -> ContentPayload | None:
        """Return the stored payload a stage must be given; None when nothing is stored."""

    def usage_of(self, index: int) -> Usage | None:
        """Return what it took to complete a stage; None when it used nothing."""

    def spent(self) -> Spending | None:
        """Return what the run has used over all attempts; None when it is not tracked."""

    @property
    def beat_seconds(self) -> float | None:
        """How often to call :meth:`beat` while a stage runs; None when nobody listens."""

    def beat(self) -> None:
        """Give a sign of life, lest the run be taken from this worker."""

    def begin_stage(self, index: int) -> None:
        """Note that a stage is about to run."""

    def become_run_of(self, entry_url: str, *, the_only_one: bool) -> None:
        """Count as a run of what was read: an entry, and no longer its feed.

        Args:
            entry_url: The entry's address.
            the_only_one: Whether this run is not wanted if the entry has another one.

        Raises:
            AlreadyProcessed: It has, and this run was deleted.
        """

    def checkpoint(
        self,
        index: int,
        *,
        before: ContentPayload,
        result: StageResult,
        failure: Failure | None = None,
    ) -> None:
        """Store, in one transaction, what a stage has done; the last one completes the run.

        Args:
            index: The stage's position.
            before: The payload it was given.
            result: What it returned.
            failure: Set when it failed and the run goes on without it.
        """

    def fail(self, index: int, failure: Failure, *, will_retry: bool = False) -> None:
        """Record a failure. The snapshot stays that of before the stage: a resume replays it.

        Args:
            index: The failed stage's position.
            failure: What went wrong.
            will_retry: This worker will run the stage again itself: the run is not failed yet.
        """

    def reject(self, index: int, reason: str, *, usage: Usage | None = None) -> None:
        """Record that a stage rejected the content, which is final.

        Args:
            index: The stage's position.
            reason: Its verdict.
            usage: What it took to come to it.
        """


@dataclass(frozen=True, slots=True)
class UntrackedRun:
    """A run nobody writes down: with tracking off, no table of it is touched or needed."""

    run_id: None = None
    created_at: None = None
    attempt: int = 1
    current_index: int = 0
    scope: None = None
    beat_seconds: None = None

    def state_before(self, index: int) -> None:
        """Return nothing, for nothing is stored."""

    def usage_of(self, index: int) -> None:
        """Return nothing, for nothing is stored."""

    def spent(self) -> None:
        """Return nothing, for nothing is stored."""

    def beat(self) -> None:
        """Write nothing."""

    def begin_stage(self, index: int) -> None:
        """Write nothing."""

    def become_run_of(self, entry_url: str, *, the_only_one: bool) -> None:
        """Write nothing."""

    def checkpoint(
        self,
        index: int,
        *,
        before: ContentPayload,
        result: StageResult,
        failure: Failure | None = None,
    ) -> None:
        """Write nothing."""

    def fail(self, index: int, failure: Failure, *, will_retry: bool = False) -> None:
        """Write nothing."""

    def reject(self, index: int, reason: str, *, usage: Usage | None = None) -> None:
        """Write nothing."""
