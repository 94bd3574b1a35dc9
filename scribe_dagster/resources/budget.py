"""Models that are not asked once the budget is spent."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.db.budget import Budget
from scribe_dagster.db.database import Database
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.drivers.ai.fallback import choose_text_model
from scribe_dagster.drivers.ai.protocol import Rewrite, RewriteRequest, TextModel
from scribe_dagster.drivers.images.fallback import choose_image_model
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageModel, ImageRequest
from scribe_dagster.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Purse:
    """A budget, and the run that wants to spend of it."""

    budget: Budget
    run: RunScope | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take the caps from the settings; nothing is connected yet."""
        budget = Budget(
            Database.from_settings(settings),
            per_run=settings.scribe_budget_per_run,
            per_day=settings.scribe_budget_per_day,
        )
        return cls(budget)

    def check(self) -> None:
        """Make sure that another call may be paid.

        Raises:
            BudgetSpent: It may not.
            ConfigurationError: The run is not tracked, so nobody knows.
        """
        if self.run is None:
            raise ConfigurationError(
                "What runs spend is counted by run tracking, and that is off. Turn it on "
                "(PIPELINE_TRACK_RUNS), or unset SCRIBE_BUDGET_PER_RUN and SCRIBE_BUDGET_PER_DAY."
            )
        self.budget.check(self.run.pipeline_run_id)


@dataclass(frozen=True, slots=True)
class BudgetedTextModel:
    """A text model that is asked as long as the budget lasts."""

    name: ClassVar[str] = "budgeted"
    model: TextModel
    purse: Purse

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Put the budget of the settings before their text model."""
        return cls(choose_text_model(settings), Purse.from_settings(settings))

    def for_run(self, scope: RunScope) -> Self:
        """Return the same model, paid for by this run."""
        return replace(self, purse=replace(self.purse, run=scope))

    def rewrite(self, request: RewriteRequest) -> Rewrite:
        """Ask the model, unless the budget is spent.

        Raises:
            BudgetSpent: It is; nobody was asked.
        """
        self.purse.check()
        return self.model.rewrite(request)


@dataclass(frozen=True, slots=True)
class BudgetedImageModel:
    """An image model that is asked as long as the budget lasts."""

    name: ClassVar[str] = "budgeted"
    model: ImageModel
    purse: Purse

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Put the budget of the settings before their image model."""
        return cls(choose_image_model(settings), Purse.from_settings(settings))

    def for_run(self, scope: RunScope) -> Self:
        """Return the same model, paid for by this run."""
        return replace(self, purse=replace(self.purse, run=scope))

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """Ask the model, unless the budget is spent.

        Raises:
            BudgetSpent: It is; nobody was asked.
        """
        self.purse.check()
        return self.model.generate(request)


def is_budgeted(model: TextModel | ImageModel, settings: Settings) -> bool:
    """Tell whether there is a budget, and the model may cost something."""
    caps = (settings.scribe_budget_per_run, settings.scribe_budget_per_day)
    return any(cap is not None for cap in caps) and not getattr(model, "is_free", False)
