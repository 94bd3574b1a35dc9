"""Waits that grow."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

_MOST_DOUBLINGS = 20


@dataclass(frozen=True, slots=True)
class Backoff:
    """A wait that doubles each time, up to a longest one.

    It is spread at random over its second half, so that a thousand runs that failed together do
    not all come back together.
    """

    first: timedelta = timedelta(minutes=1)
    longest: timedelta = timedelta(hours=6)
    chance: Callable[[], float] = random.random
    """A number from 0 up to 1."""

    def wait(self, before: int) -> timedelta:
        """Return how long to wait after there have been this many waits before."""
        doubled: timedelta = self.first * 2 ** min(before, _MOST_DOUBLINGS)
        return min(doubled, self.longest) * (0.5 + self.chance() / 2)
