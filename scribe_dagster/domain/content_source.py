"""A feed that is polled, and when it is polled next."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import Field

from scribe_dagster.domain.text import StorableText
from scribe_dagster.domain.validators import Validators
from scribe_dagster.domain.value import Value

SHORTEST_INTERVAL = timedelta(minutes=1)
LONGEST_INTERVAL = timedelta(days=30)
_LONGEST_BACK_OFF = timedelta(days=1)


class ContentSource(Value):
    """A feed, how often it is polled, and how that goes."""

    id: int
    url: StorableText
    title: StorableText | None = None
    interval: timedelta = Field(ge=SHORTEST_INTERVAL, le=LONGEST_INTERVAL)
    categories: StorableText = Field("", description='Such as "1:Tech,2:Health".')
    language: StorableText | None = None
    paused_at: datetime | None = None
    next_poll_at: datetime
    polled_at: datetime | None = Field(None, description="Last read, or found unchanged.")
    read_at: datetime | None = Field(None, description="Last read; None: never yet.")
    validators: Validators = Validators()
    failures: int = Field(0, description="Polls in a row that failed.")
    last_error: StorableText | None = None
    created_at: datetime

    @property
    def is_paused(self) -> bool:
        """Whether somebody has said not to poll it for now."""
        return self.paused_at is not None


def back_off(interval: timedelta, failures: int) -> timedelta:
    """Return how long to leave a feed alone after so many failed polls in a row.

    The interval doubles with each, up to a day; what is polled less often stays at its interval.
    """
    doubled: timedelta = interval * 2 ** min(failures, 20)
    return max(interval, min(doubled, _LONGEST_BACK_OFF))
