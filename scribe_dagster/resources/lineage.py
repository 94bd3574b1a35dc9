"""The tags by which a launch of ours says which pipeline run it takes up."""

from datetime import datetime
from typing import Protocol

from dagster import DagsterInstance

from scribe_dagster.resources.launch import ATTEMPT_TAG, CREATED_TAG, PIPELINE_RUN_TAG

PARENT_TAG = "dagster/parent_run_id"
ROOT_TAG = "dagster/root_run_id"


class Launchable(Protocol):
    """What a launch must know of the pipeline run it takes up."""

    @property
    def id(self) -> int:
        """The run."""

    @property
    def created_at(self) -> datetime:
        """When it was created."""

    @property
    def attempt(self) -> int:
        """The attempt it is at; should somebody else be faster, the launch is refused."""


def lineage_tags(
    instance: DagsterInstance, run: Launchable, *, after: str | None
) -> dict[str, str]:
    """Return the tags of a launch that takes up a pipeline run.

    Args:
        instance: Where the earlier Dagster run was recorded.
        run: The pipeline run.
        after: The Dagster run that executed it, or the run it was forked from, last. The UI
            groups the two.
    """
    tags = {
        PIPELINE_RUN_TAG: str(run.id),
        ATTEMPT_TAG: str(run.attempt),
        CREATED_TAG: run.created_at.isoformat(),
    }
    if after is not None:
        # A sensor can give a run no parent but by these tags; the UI goes by them in its lists.
        tags |= {PARENT_TAG: after, ROOT_TAG: _root_of(instance, after)}
    return tags


def _root_of(instance: DagsterInstance, dagster_run_id: str) -> str:
    run = instance.get_run_by_id(dagster_run_id)
    if run is None:
        return dagster_run_id
    return run.tags.get(ROOT_TAG) or run.root_run_id or dagster_run_id
