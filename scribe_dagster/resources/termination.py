"""Whether somebody stopped a run, or a machine that goes away took its worker along.

Dagster makes one exception of every signal to stop. Ctrl-C is somebody's wish, and so is a run that
is terminated in the UI. But SIGTERM is also what a pod gets that is evicted, and a container or a
service that is stopped: nobody had anything against the run.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dagster import DagsterExecutionInterruptedError, DagsterInstance, DagsterRunStatus


class Terminated(DagsterExecutionInterruptedError):
    """SIGTERM has reached this worker."""


@contextmanager
def sigterm_told_apart() -> Iterator[None]:
    """Raise :class:`Terminated` where SIGTERM would raise Dagster's exception for any signal."""
    usual = signal.getsignal(signal.SIGTERM)
    if threading.current_thread() is not threading.main_thread() or not callable(usual):
        # Signals reach the main thread only; and to somebody else's way with them we do nothing.
        yield
        return

    def tell(number: int, frame: FrameType | None) -> None:
        try:
            usual(number, frame)
        except DagsterExecutionInterruptedError:
            raise Terminated from None

    signal.signal(signal.SIGTERM, tell)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, usual)


def is_wanted(interruption: BaseException, dagster_run_id: str, instance: DagsterInstance) -> bool:
    """Tell whether somebody meant this very run to stop. Where that is not known, somebody did.

    Args:
        interruption: What was raised.
        dagster_run_id: The Dagster run it ends.
        instance: Where that is recorded. Dagster notes that a run is to stop before it says so.
    """
    if not isinstance(interruption, Terminated):
        return True
    try:
        run = instance.get_run_by_id(dagster_run_id)
    except Exception:  # noqa: BLE001  -- Dagster's storage is away, whatever it says
        return True
    stopped = (DagsterRunStatus.CANCELING, DagsterRunStatus.CANCELED)
    return run is None or run.status in stopped
