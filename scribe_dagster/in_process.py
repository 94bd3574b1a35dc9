"""A job executed in this process, and recorded as what it is a run of.

Dagster's own ``execute_in_process`` makes a job around the objects it is given and records that
one, which no code location holds. Here the run is recorded first, as one of the job as it was
defined, and then executed with the objects.
"""

import logging
from collections.abc import Mapping
from typing import Any

from dagster import DagsterInstance, InitLoggerContext, JobDefinition, LoggerDefinition
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run
from dagster._core.execution.build_resources import wrap_resources_for_execution
from dagster._core.remote_origin import RemoteJobOrigin

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
    """
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
    execute_run(InMemoryJob(live), run, instance, raise_on_error=True)
