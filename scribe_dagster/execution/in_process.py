"""A job executed in this process, and recorded as what it is a run of.

Dagster's own ``execute_in_process`` makes a job around the objects it is given and records that
one, which no code location holds. Here the run is recorded first, as one of the job as it was
defined, and then executed with the objects.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dagster import DagsterInstance, InitLoggerContext, JobDefinition, LoggerDefinition
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run
from dagster._core.execution.build_resources import wrap_resources_for_execution
from dagster._core.remote_origin import RemoteJobOrigin
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from scribe_dagster.domain.redaction import redact
from scribe_dagster.errors import DagsterStorageLost, DatabaseUnreachable, ScribeError
from scribe_dagster.resources.launch import OURS_TAG
from scribe_dagster.resources.lineage import PARENT_TAG, ROOT_TAG


def _silent_logger(context: InitLoggerContext) -> logging.Logger:
    quiet = logging.Logger("scribe_dagster.silent")
    quiet.addHandler(logging.NullHandler())
    return quiet


# The caller's terminal is the caller's; the events are in Dagster's log all the same.
_SILENT = LoggerDefinition(_silent_logger)


def execute_in_process(
    job: JobDefinition,
    *,
    origin: RemoteJobOrigin | None,
    instance: DagsterInstance,
    run_id: str,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
    resources: Mapping[str, object],
) -> None:
    """Record a run of the job, then execute it here, one op after the other, in silence.

    Args:
        job: The job as it was defined: what the UI shows, and compares with what it has loaded.
        origin: Where the UI finds that job again, if anywhere.
        instance: Where the run is recorded.
        run_id: Id of the new run, a UUID.
        run_config: What the job's own definition accepts; a re-execution inherits it.
        tags: Tags of the run.
        resources: Live objects in place of the job's resources, by key.

    Raises:
        DagsterError: The config is not valid, or the job cannot be set up.
        Failure: An op failed.
        DagsterExecutionInterruptedError: Ctrl-C or SIGTERM.
        DatabaseUnreachable: Dagster's database takes no new run. Nothing was begun.
        DagsterStorageLost: It went away in the middle of the run.
    """
    with _storage_trouble_as(DatabaseUnreachable, "takes no new run, so nothing was begun"):
        run = instance.create_run_for_job(
            job,
            run_id=run_id,
            run_config=run_config,
            tags={**tags, OURS_TAG: run_id},
            remote_job_origin=origin,
            # By these, the page of a run shows the others of its group.
            parent_run_id=tags.get(PARENT_TAG),
            root_run_id=tags.get(ROOT_TAG),
        )
    live = job.with_logger_defs({"console": _SILENT}).as_ephemeral_job(
        wrap_resources_for_execution(resources), input_values={}
    )
    what = "failed in the middle of the run. What the stages have stored is not lost"
    with _storage_trouble_as(DagsterStorageLost, what):
        execute_run(InMemoryJob(live), run, instance, raise_on_error=True)


@contextmanager
def _storage_trouble_as(kind: type[ScribeError], what: str) -> Iterator[None]:
    """Say in one line what Dagster says in some hundred: its database is not as it should be."""
    try:
        yield
    except Exception as error:
        if not _is_of_the_storage(error):
            raise
        told = error.orig if isinstance(error, DBAPIError) and error.orig else error
        reason = redact(" ".join(f"{type(told).__name__}: {told}".split()), ()).rstrip(".")
        raise kind(
            f"Dagster's own database {what}. It says: {reason}. "
            "Check the storage in DAGSTER_HOME's dagster.yaml."
        ) from None


def _is_of_the_storage(error: Exception) -> bool:
    """Whether it comes from Dagster's storage: what a stage raises arrives as a Failure."""
    if isinstance(error, SQLAlchemyError | OSError):
        return True
    # Slow to import, and needed only now.
    from dagster_postgres.utils import DagsterPostgresException

    return isinstance(error, DagsterPostgresException)
