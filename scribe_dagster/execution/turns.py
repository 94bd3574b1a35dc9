"""One Dagster run at a time in a process, wherever in it the run was asked for.

Dagster runs in several threads of one process deadlock in its logging, so they take turns here.
To run many at once, use processes.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.Lock()


class _Running:
    """The thread whose turn it is."""

    thread: int | None = None


_running = _Running()


def take_a_turn(work: Callable[[], None]) -> None:
    """Do the work when nobody else in this process does any.

    Raises:
        RuntimeError: It was asked for from within such work, which would wait for itself.
    """
    if threading.get_ident() == _running.thread:
        raise RuntimeError(
            "A stage or a progress listener cannot run a pipeline inside the one it belongs "
            "to. Process the other source when this run is over, or in another process."
        )
    with _ONE_AT_A_TIME:
        _outside_any_event_loop(lambda: _marked(work))


def _marked(work: Callable[[], None]) -> None:
    with _this_threads_turn():
        work()


@contextmanager
def _this_threads_turn() -> Iterator[None]:
    _running.thread = threading.get_ident()
    try:
        yield
    finally:
        _running.thread = None


def _outside_any_event_loop(work: Callable[[], None]) -> None:
    """Do it here; in a notebook, whose event loop Dagster's own would clash with, in a thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work()
    else:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(work).result()
