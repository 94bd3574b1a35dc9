"""What the tags of a Dagster run tell of its pipeline run, in lists of runs and on its page."""

from scribe_dagster.domain.run_record import RunRecord
from scribe_dagster.domain.spending import Spending
from scribe_dagster.resources.launch import ATTEMPT_TAG, CREATED_TAG, PIPELINE_RUN_TAG

RESTORED_TAG = "scribe/restored"
"""The stages whose stored results were used, and did not run again."""
OUTCOME_TAG = "scribe/outcome"
"""How it goes, or went, and where."""
COST_TAG = "scribe/cost"
"""What the pipeline run has used so far, over all attempts."""

Tags = dict[str, str]


def tags_at_start(record: RunRecord, stages: tuple[str, ...]) -> Tags:
    """Return the tags of a Dagster run that has got hold of its pipeline run.

    A re-execution inherits the tags of the run it was made from, so each is written anew.
    """
    if record.run_id is None or record.created_at is None:
        return {}
    restored = stages[: record.current_index]
    return {
        PIPELINE_RUN_TAG: str(record.run_id),
        ATTEMPT_TAG: str(record.attempt),
        CREATED_TAG: record.created_at.isoformat(),
        RESTORED_TAG: ", ".join(restored) or "nothing",
        OUTCOME_TAG: f"running from {stages[record.current_index]}",
    }


def tags_at_end(spent: Spending | None, outcome: str) -> Tags:
    """Return the tags of a Dagster run that is over."""
    if spent is None:
        return {}
    return {OUTCOME_TAG: outcome, COST_TAG: str(spent) if spent else "nothing"}
