"""Signs of life while a stage runs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from scribe_dagster.domain.run_record import RunRecord
from scribe_dagster.errors import Fenced


@contextmanager
def heartbeat(record: RunRecord) -> Iterator[None]:
    """Keep the run's lease from running out, from a thread, for as long as the context lasts.

    A stage that waits for a slow model does nothing else that would show it is alive.
    """
    every = record.beat_seconds
    if every is None:
        yield
        return
    over = threading.Event()

    def beat() -> None:
        while not over.wait(every):
            try:
                record.beat()
            except Fenced:
                # The stage cannot be stopped from here; its next write is refused.
                return
            except Exception:  # noqa: BLE001, S112
                # The database is away, whatever it says: the next beat may find it.
                continue

    threading.Thread(target=beat, name="scribe-heartbeat", daemon=True).start()
    try:
        yield
    finally:
        over.set()
