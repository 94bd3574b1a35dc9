"""Many at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def all_at_once(count: int, call: Callable[[int], T]) -> list[T | Exception]:
    """Make the same call in so many threads, all let go together; return what came of each."""
    start = Barrier(count)

    def one(number: int) -> T | Exception:
        start.wait()
        try:
            return call(number)
        except Exception as error:  # noqa: BLE001  -- the test says which are in order
            return error

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(one, range(count)))
