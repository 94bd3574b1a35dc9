"""A run in this process: recorded, provably dead if it dies, and never left behind as running."""

import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from dagster import (
    DagsterError,
    DagsterExecutionInterruptedError,
    DagsterInstance,
    Failure,
    JobDefinition,
)

from scribe_dagster.config import Settings
from scribe_dagster.db.run_store import RunStore
from scribe_dagster.domain.failure import Failure as RecordedFailure
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.redaction import redact
from scribe_dagster.errors import DagsterStorageLost, DatabaseUnreachable
from scribe_dagster.execution.code_location import origin_of
from scribe_dagster.execution.in_process import execute_in_process
from scribe_dagster.execution.recorder import RunRecorder
from scribe_dagster.resources.request import Request
from scribe_dagster.worker_lock import hold_worker_lock


@dataclass(frozen=True, slots=True)
class LocalRun:
    """What a run in this process needs."""

    job: JobDefinition
    instance: DagsterInstance
    settings: Settings
    resources: Mapping[str, object]
    """The job's resources, opened."""
    store: RunStore | None
    """None when tracking is off."""

    def execute(
        self,
        payload: ContentPayload,
        asked: Request,
        record: RunRecorder,
        tags: Mapping[str, str],
    ) -> None:
        """Execute the job; how the run ended, the record tells.

        Args:
            payload: What is processed, as the UI shows it in the run's config.
            asked: What a new run starts with.
            record: Hears of everything.
            tags: Tags of the Dagster run.

        Raises:
            KeyboardInterrupt: Ctrl-C or SIGTERM. The run is failed, and can be resumed.
            DagsterError: Dagster itself could not do it.
            DatabaseUnreachable: Dagster's database takes no new run.
        """
        dagster_run_id = str(uuid4())
        # Released while the lock is held: nobody may take this process for dead before it is done.
        with hold_worker_lock(self.settings, dagster_run_id):
            try:
                execute_in_process(
                    self.job,
                    origin=origin_of(self.job),
                    instance=self.instance,
                    run_id=dagster_run_id,
                    run_config=_shown_config(payload),
                    tags=tags,
                    resources={**self.resources, "request": asked, "progress": record},
                )
            except (Failure, DagsterError):
                # A failed stage is in the record; anything else has no other way out than up.
                if not record.is_over:
                    raise
            except DagsterStorageLost as lost:
                # Our own tables are the truth; to the run it means that it ends here.
                record.cut_off(lost)
            except DagsterExecutionInterruptedError:
                # Dagster's name for Ctrl-C and SIGTERM.
                raise KeyboardInterrupt from None
            finally:
                if not record.is_settled:
                    self._release(
                        dagster_run_id, record.refusal or sys.exception() or KeyboardInterrupt()
                    )

    def _release(self, dagster_run_id: str, cause: BaseException) -> None:
        """Whatever came between a stage and the next: leave a run that can be resumed."""
        if self.store is not None:
            failure = RecordedFailure.of(cause, self.settings.secrets)
            # Should the database be away, that is what is being raised already.
            with suppress(DatabaseUnreachable):
                self.store.release(dagster_run_id, failure)


def _shown_config(payload: ContentPayload) -> dict[str, Any]:
    """What the UI shows as the run's config; the request itself is handed over as it is.

    A re-execution inherits it, and starts from the stored request all the same.
    """
    shown: dict[str, Any] = {"source_url": redact(payload.source_url)}
    if payload.source:
        shown["source"] = payload.source
    if payload.categories:
        shown["categories"] = ",".join(f"{c.id}:{c.name}" for c in payload.categories)
    if payload.language:
        shown["language"] = payload.language
    return shown
