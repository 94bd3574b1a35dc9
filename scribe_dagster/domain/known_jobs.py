"""The jobs that are known by name, also where Dagster is not loaded."""

from __future__ import annotations

JOB_NAME = "content_pipeline"
"""The job that ``scribe-dagster dev`` and the command line have."""

CUSTOM_JOB_NAME = "custom_pipeline"
"""A :class:`~scribe_dagster.pipeline.ContentPipeline` of other stages or resources. No code
location has a job of this name: Dagster's UI would offer to re-execute a run with whatever job has
its name, other stages or not. So no sensor serves it either."""
