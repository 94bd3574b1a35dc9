"""What resuming has saved: everything a run had paid for before, each time it was taken up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from scribe_dagster.db.models import PipelineRunStage
from scribe_dagster.domain.status import StageOutcome


@dataclass(frozen=True, slots=True)
class Savings:
    """Tokens and US dollars that were not spent a second time."""

    tokens: int = 0
    cost_usd: Decimal = Decimal(0)


def saved_by_resumes(history: Iterable[PipelineRunStage]) -> Savings:
    """Add up what starting anew, instead of resuming, would have spent again.

    Args:
        history: A run's attempts at its stages.
    """
    attempts = list(history)
    resumes = {stage.attempt for stage in attempts}
    tokens, cost = 0, Decimal(0)
    for stage in attempts:
        if stage.outcome is not StageOutcome.COMPLETED or stage.model is None:
            continue
        times = sum(later > stage.attempt for later in resumes)
        tokens += times * (stage.input_tokens + stage.output_tokens)
        cost += times * (stage.cost_usd or 0)
    return Savings(tokens, cost)
