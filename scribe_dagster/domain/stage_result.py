"""What a stage returns."""

from __future__ import annotations

from dataclasses import dataclass

from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class StageResult:
    """A stage's new payload and one line on what was done, for people to read.

    Make one with :meth:`completed` or :meth:`skipped`; a stage that cannot do its work raises.
    """

    payload: ContentPayload
    message: str
    outcome: StageOutcome = StageOutcome.COMPLETED
    usage: Usage | None = None

    @classmethod
    def completed(
        cls, payload: ContentPayload, message: str, *, usage: Usage | None = None
    ) -> StageResult:
        """The stage did its work; ``message`` says what came of it."""
        return cls(payload, message, usage=usage)

    @classmethod
    def skipped(cls, payload: ContentPayload, reason: str) -> StageResult:
        """There was nothing to do, and that is in order."""
        return cls(payload, reason, outcome=StageOutcome.SKIPPED)
