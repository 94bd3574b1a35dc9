"""What resuming has saved: everything a run had paid for before, each time it was taken up."""

from __future__ import annotations

from collections.abc import Iterable

from scribe_dagster.db.models import PipelineRunStage
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.status import StageOutcome


def saved_by_resumes(history: Iterable[PipelineRunStage]) -> Spending:
    """Add up what starting anew, instead of resuming, would have spent again.

    Args:
        history: A run's attempts at its stages.
    """
    stages = list(history)
    attempts = {stage.attempt for stage in stages}
    saved = Spending()
    for stage in stages:
        if stage.outcome is StageOutcome.COMPLETED and stage.model is not None:
            for _later in (attempt for attempt in attempts if attempt > stage.attempt):
                saved += stage.spent
    return saved
