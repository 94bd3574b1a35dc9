"""When a failed run is resumed without anybody asking for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scribe_dagster.domain.backoff import Backoff
from scribe_dagster.domain.failure import Failure
from scribe_dagster.errors import ErrorKind

_WORTH_ANOTHER_TRY = frozenset({ErrorKind.TRANSIENT, ErrorKind.LOST_WORKER})


@dataclass(frozen=True, slots=True)
class ResumePolicy:
    """Bounded attempts, each after a longer wait, for what may succeed if tried again."""

    limit: int = 3
    """Resumes in a row without anybody asking; 0 for none."""
    backoff: Backoff = field(default_factory=Backoff)

    def wait(self, failure: Failure, *, resumed_before: int, now: datetime) -> timedelta | None:
        """Return how long to wait with a run that has just failed; None when that is for people.

        Args:
            failure: Why it failed. A ``resume_after`` of the other side is honoured.
            resumed_before: Automatic resumes since somebody last resumed the run.
            now: The time of the failure, by the clock that ``resume_after`` goes by.
        """
        # Money that is there again at a known time needs nobody to come and pay.
        comes_back = failure.kind is ErrorKind.QUOTA and failure.resume_after is not None
        if failure.deliberate or not (failure.kind in _WORTH_ANOTHER_TRY or comes_back):
            return None
        if resumed_before >= self.limit:
            return None
        return max(self.backoff.wait(resumed_before), (failure.resume_after or now) - now)
