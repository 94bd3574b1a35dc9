"""One process that wants the only run of a source, together with others."""

from __future__ import annotations

from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier

from scribe_dagster.db.database import Database
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.if_exists import IfExists
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.errors import AlreadyProcessed


def start_with_others(
    database_url: str, url: str, start: Barrier, found: Queue[tuple[bool, int]]
) -> None:
    """Wait until every process has come this far; tell whether one was first, and the run."""
    database = Database(database_url)
    store = RunStore(database)
    start.wait()
    try:
        run = store.start(ContentPayload(source_url=url), ["Scrape"], if_exists=IfExists.SKIP)
        found.put((True, run.run_id))
    except AlreadyProcessed as existing:
        found.put((False, existing.run_id))
    database.close()
