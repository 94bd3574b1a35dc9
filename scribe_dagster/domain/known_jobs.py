"""The jobs that are known by name, also where Dagster is not loaded."""

from __future__ import annotations

JOB_NAME = "content_pipeline"
"""The job that ``scribe-dagster dev`` and the command line have."""

CUSTOM_JOB_NAME = "custom_pipeline"
"""A :class:`~scribe_dagster.pipeline.ContentPipeline` of other stages or resources. No code
location has a job of this name: Dagster's UI would offer to re-execute a run with whatever job has
its name, other stages or not. So no sensor serves it either."""


def is_of_the_command_line(job_name: str | None) -> bool:
    """Whether the command line has the job; a run that names none is older than the names."""
    return job_name in (JOB_NAME, None)


def how_to_resume(run_id: int, job_name: str | None) -> str:
    """Say by which door a run is resumed with the stages and resources it was started with."""
    if is_of_the_command_line(job_name):
        return f"scribe-dagster resume {run_id}"
    if job_name == CUSTOM_JOB_NAME:
        return f"from Python, by the pipeline that started it: pipeline.resume({run_id})"
    return (
        f"as a run of the job {job_name}: Re-execute from failure in Dagster's UI, or "
        f"scribe-dagster resume {run_id} --detach if its code location has a resume sensor"
    )
