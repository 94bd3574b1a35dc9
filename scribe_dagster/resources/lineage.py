"""The tags by which a launch of ours says which pipeline run it takes up."""

from dagster import DagsterInstance

from scribe_dagster.resources.launch import ATTEMPT_TAG, PIPELINE_RUN_TAG

PARENT_TAG = "dagster/parent_run_id"
ROOT_TAG = "dagster/root_run_id"


def lineage_tags(
    instance: DagsterInstance, *, run_id: int, attempt: int, dagster_run_id: str | None
) -> dict[str, str]:
    """Return the tags of a launch that resumes a pipeline run.

    Args:
        instance: Where the earlier Dagster run was recorded.
        run_id: The pipeline run.
        attempt: The attempt it is at; should somebody else be faster, this launch is refused.
        dagster_run_id: The Dagster run that executed it last. The UI groups the two.
    """
    tags = {PIPELINE_RUN_TAG: str(run_id), ATTEMPT_TAG: str(attempt)}
    if dagster_run_id is not None:
        # Tags alone make the UI group the runs; it looks at nothing else.
        tags |= {PARENT_TAG: dagster_run_id, ROOT_TAG: _root_of(instance, dagster_run_id)}
    return tags


def _root_of(instance: DagsterInstance, dagster_run_id: str) -> str:
    run = instance.get_run_by_id(dagster_run_id)
    if run is None:
        return dagster_run_id
    return run.tags.get(ROOT_TAG) or run.root_run_id or dagster_run_id
