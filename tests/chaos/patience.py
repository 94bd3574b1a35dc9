"""Waiting for other processes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 120.0
"""Seconds: nothing here takes as long, however busy the machine."""


class Broken(Exception):
    """A cell that did not go as promised."""


def until(condition: Callable[[], object], otherwise: str, *, patience: float = PATIENCE) -> None:
    """Wait for a condition.

    Raises:
        Broken: It did not come true; ``otherwise`` says what that means.
    """
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise Broken(otherwise)
        time.sleep(0.05)
