"""How much may be spent, and how much has been."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Self

from sqlalchemy import func, select

from scribe_dagster.config import Settings
from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.db.models.pipeline_run import MICRO_USD
from scribe_dagster.domain.run_scope import RunScope
from scribe_dagster.domain.usage import Usage
from scribe_dagster.errors import BudgetSpent, ConfigurationError


@dataclass(frozen=True, slots=True)
class Budget:
    """Caps in US dollars, over all workers that share the database; None for no cap.

    What has no known price counts as nothing. A call's price is known only afterwards: those that
    are under way when a cap is reached may go past it, and no further one is begun, be it another
    question to the same model or one to the model that stands in for it.
    """

    database: Database
    per_run: Decimal | None = None
    per_day: Decimal | None = None
    run: RunScope | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self | None:
        """Take the caps from the settings; None if there are none. Nothing is connected yet."""
        if not settings.has_budget:
            return None
        return cls(
            Database.from_settings(settings),
            per_run=settings.scribe_budget_per_run,
            per_day=settings.scribe_budget_per_day,
        )

    def for_run(self, scope: RunScope) -> Self:
        """Return the same budget, for this run to spend."""
        return replace(self, run=scope)

    def check(self, used: Usage | None = None) -> None:
        """Let nothing more be spent than there is. To be called before every paid call.

        Args:
            used: What the stage has used that is not written down yet.

        Raises:
            BudgetSpent: Nothing is left; of a day's budget, until midnight in UTC.
            ConfigurationError: The run is not tracked, so nobody knows what it has spent.
        """
        if self.run is None:
            raise ConfigurationError(
                "What runs spend is counted by run tracking, and that is off. Turn it on "
                "(PIPELINE_TRACK_RUNS), or unset SCRIBE_BUDGET_PER_RUN and SCRIBE_BUDGET_PER_DAY."
            )
        run_id = self.run.pipeline_run_id
        unbooked = (used and used.cost_usd) or Decimal(0)
        if self.per_run is not None:
            spent = self._spent_by(run_id) + unbooked
            if spent >= self.per_run:
                raise BudgetSpent(
                    f"The budget of ${self.per_run:f} a run (SCRIBE_BUDGET_PER_RUN) is spent: "
                    f"run #{run_id} has used ${spent:.4f}. Raise it, then resume the run."
                )
        if self.per_day is not None:
            today = self._today()
            spent = self._spent_since(today) + unbooked
            if spent >= self.per_day:
                tomorrow = today + timedelta(days=1)
                raise BudgetSpent(
                    f"The budget of ${self.per_day:f} a day (SCRIBE_BUDGET_PER_DAY) is spent: "
                    f"${spent:.4f} since midnight UTC. Raise it and resume the run, or wait: it "
                    f"may go on after {tomorrow:%Y-%m-%d %H:%M} UTC.",
                    resume_after=tomorrow,
                )

    def _spent_by(self, run_id: int) -> Decimal:
        with self.database.read() as connection:
            spent = connection.scalar(
                select(PipelineRun.cost_micro_usd).where(PipelineRun.id == run_id)
            )
        return Decimal(spent or 0) / MICRO_USD

    def _spent_since(self, moment: datetime) -> Decimal:
        total = select(func.sum(PipelineRunStage.cost_micro_usd)).where(
            PipelineRunStage.finished_at >= moment,
            # In the words of the index, or it would not be used.
            PipelineRunStage.cost_micro_usd.is_not(None),
        )
        with self.database.read() as connection:
            return Decimal(connection.scalar(total) or 0) / MICRO_USD

    def _today(self) -> datetime:
        """Return when the day began, by the database's clock: all workers' days begin at once."""
        with self.database.read() as connection:
            now: datetime = connection.execute(select(database_time())).scalar_one()
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
