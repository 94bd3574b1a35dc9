"""A time limit over a whole exchange, name look-up included."""

from __future__ import annotations

import time


class Deadline:
    """The moment by which everything must be done.

    A client's timeout is for one wait: a server that sends a byte now and then never meets it.
    Here every wait gets what is left of the whole.

    Args:
        seconds: How long the exchange may take, all told.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    @property
    def is_past(self) -> bool:
        """Whether time is up."""
        return time.monotonic() >= self._end

    def remaining(self) -> float:
        """Return the seconds that are left, more than none.

        Raises:
            TimeoutError: Time is up.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
