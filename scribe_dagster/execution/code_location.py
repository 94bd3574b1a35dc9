"""The code location in which Dagster's UI finds the job of a run again.

The webserver executes nothing itself: to re-execute a run it asks the code location that the run
names as its origin. A run that names none is history only, and its buttons fail.
"""

from dagster import JobDefinition
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)

from scribe_dagster.jobs import JOB_NAME

LOCATION_NAME = "scribe_dagster.definitions"
"""What ``scribe-dagster dev`` and our workspace.yaml call it: Dagster's default, the module."""


def origin_of(job: JobDefinition) -> RemoteJobOrigin | None:
    """Return where a job is found again; None for one that the code location does not hold."""
    if job.name != JOB_NAME:
        return None
    # By its name alone: how the location is loaded is for each workspace to know.
    location = RegisteredCodeLocationOrigin(LOCATION_NAME)
    return RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME).get_job_origin(job.name)
