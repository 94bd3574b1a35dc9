"""What a run may spend on models."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Self

from scribe_dagster.config import Settings
from scribe_dagster.db.budget import Budget
from scribe_dagster.db.database import Database
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Purse:
    """A budget, and the run that wants to spend of it: asked before any model is."""

    budget: Budget
    run: RunScope | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """Take the caps from the settings, if there are any; nothing is connected yet."""
        caps = (settings.scribe_budget_per_run, settings.scribe_budget_per_day)
        if caps == (None, None):
            return None
        per_run, per_day = caps
        return cls(Budget(Database.from_settings(settings), per_run=per_run, per_day=per_day))

    def for_run(self, scope: RunScope) -> Self:
        """Return the same budget, for this run to spend of."""
        return replace(self, run=scope)

    def left_for(self, model: object, used: Usage | None) -> Decimal | None:
        """Return how many US dollars a model may spend; None if it costs nothing.

        Args:
            model: A text or an image model.
            used: What the stage has used before and nobody has booked yet.

        Raises:
            BudgetSpent: Nothing is left.
            ConfigurationError: Nobody knows what the model costs, or the run is not tracked, so
                that nobody knows what has been spent.
        """
        if getattr(model, "is_free", False):
            return None
        if getattr(model, "is_unpriced", False):
            raise ConfigurationError(
                f"There is a budget, and the price of the {getattr(model, 'name', '')} model is "
                "in no list, so nothing would be counted. pip install -U genai-prices, choose "
                "another model, or unset SCRIBE_BUDGET_PER_RUN and SCRIBE_BUDGET_PER_DAY."
            )
        if self.run is None:
            raise ConfigurationError(
                "What runs spend is counted by run tracking, and that is off. Turn it on "
                "(PIPELINE_TRACK_RUNS), or unset SCRIBE_BUDGET_PER_RUN and SCRIBE_BUDGET_PER_DAY."
            )
        unbooked = (used and used.cost_usd) or Decimal(0)
        return self.budget.left_to(self.run.pipeline_run_id, unbooked=unbooked)
