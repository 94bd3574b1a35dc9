"""What the tags of a Dagster run tell of its pipeline run, in lists of runs and on its page."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from scribe_dagster.domain.canonical_url import canonical_url
from scribe_dagster.domain.run_record import RunRecord
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.text import one_line
from scribe_dagster.resources.launch import ATTEMPT_TAG, CREATED_TAG, PIPELINE_RUN_TAG

SOURCE_TAG = "scribe/source"
"""Which source it is, short enough for a list."""
RESTORED_TAG = "scribe/restored"
"""The stages whose stored results were used, and did not run again."""
OUTCOME_TAG = "scribe/outcome"
"""How it goes, or went, and where."""
COST_TAG = "scribe/cost"
"""What the pipeline run has used so far, over all attempts."""

_LONGEST_SOURCE = 60

Tags = dict[str, str]


def tags_at_start(
    record: RunRecord, source_url: str, stages: tuple[str, ...], *, inherited: Mapping[str, str]
) -> Tags:
    """Return the tags of a Dagster run that has got hold of its pipeline run.

    Args:
        record: The pipeline run.
        source_url: What it processes.
        stages: Its stages.
        inherited: The tags the Dagster run has already: a re-execution has those of the run it
            was made from, which must not tell of this one.
    """
    if record.run_id is None or record.created_at is None:
        return {}
    tags = {
        PIPELINE_RUN_TAG: str(record.run_id),
        ATTEMPT_TAG: str(record.attempt),
        CREATED_TAG: record.created_at.isoformat(),
        SOURCE_TAG: _short(source_url),
        OUTCOME_TAG: f"at {stages[record.current_index]}",
    }
    restored = ", ".join(stages[: record.current_index])
    if restored or RESTORED_TAG in inherited:
        tags[RESTORED_TAG] = restored or "nothing"
    if COST_TAG in inherited:
        tags[COST_TAG] = "not known yet"
    return tags


def tags_at_end(spent: Spending | None, outcome: str) -> Tags:
    """Return the tags of a Dagster run that is over."""
    if spent is None:
        return {}
    return {OUTCOME_TAG: outcome, COST_TAG: str(spent) if spent else "nothing"}


def _short(source_url: str) -> str:
    """Return the host and the last part of the path, which tell one source from another."""
    parts = urlsplit(canonical_url(source_url))
    last = parts.path.rstrip("/").rpartition("/")[2]
    short = "/…/".join(filter(None, (parts.hostname, last))) or source_url
    return one_line(short, limit=_LONGEST_SOURCE)
