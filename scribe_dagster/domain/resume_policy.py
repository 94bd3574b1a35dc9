"""When a failed run is resumed without anybody asking for it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scribe_dagster.domain.failure import Failure
from scribe_dagster.errors import ErrorKind

_WORTH_ANOTHER_TRY = frozenset({ErrorKind.TRANSIENT, ErrorKind.LOST_WORKER})


@dataclass(frozen=True, slots=True)
class ResumePolicy:
    """Bounded attempts, each after a longer wait, for what may succeed if tried again.

    The wait is spread at random over its second half, so that a thousand runs that failed
    together do not all come back together.
    """

    limit: int = 3
    """Resumes in a row without anybody asking; 0 for none."""
    first_delay: timedelta = timedelta(minutes=1)
    """It doubles with every further one."""
    longest_delay: timedelta = timedelta(hours=6)
    chance: Callable[[], float] = random.random
    """A number from 0 up to 1."""

    def resume_at(self, failure: Failure, *, resumed_before: int, now: datetime) -> datetime | None:
        """Return when to resume a run that has just failed; None when that is for people.

        Args:
            failure: Why it failed. A ``resume_after`` of the other side is honoured.
            resumed_before: Automatic resumes since somebody last resumed the run.
            now: The time of the failure.
        """
        if failure.deliberate or failure.kind not in _WORTH_ANOTHER_TRY:
            return None
        if resumed_before >= self.limit:
            return None
        doubled: timedelta = self.first_delay * 2 ** min(resumed_before, 20)
        delay = min(doubled, self.longest_delay) * (0.5 + self.chance() / 2)
        return max(now + delay, failure.resume_after or now)
