"""How much may be spent, and how much has been."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from scribe_dagster.db.database import Database
from scribe_dagster.db.database_clock import database_time
from scribe_dagster.db.models import PipelineRun, PipelineRunStage
from scribe_dagster.db.models.pipeline_run import MICRO_USD
from scribe_dagster.errors import BudgetSpent


@dataclass(frozen=True, slots=True)
class Budget:
    """Caps in US dollars, over all workers that share the database; None for no cap.

    What has no known price counts as nothing. A call's price is known only afterwards: those that
    are under way when a cap is reached may go past it, and no further one is begun.
    """

    database: Database
    per_run: Decimal | None = None
    per_day: Decimal | None = None

    def check(self, run_id: int) -> None:
        """Make sure that a run may spend more.

        Raises:
            BudgetSpent: It may not; for a day's budget, before midnight in UTC.
        """
        if self.per_run is not None and (spent := self._spent_by(run_id)) >= self.per_run:
            raise BudgetSpent(
                f"The budget of ${self.per_run:f} a run (SCRIBE_BUDGET_PER_RUN) is spent: "
                f"run #{run_id} has used ${spent:.4f}. Raise it, then resume the run."
            )
        if self.per_day is None:
            return
        today = self._today()
        if (spent := self._spent_since(today)) >= self.per_day:
            tomorrow = today + timedelta(days=1)
            raise BudgetSpent(
                f"The budget of ${self.per_day:f} a day (SCRIBE_BUDGET_PER_DAY) is spent: "
                f"${spent:.4f} since midnight UTC. Raise it, or resume the run tomorrow, after "
                f"{tomorrow:%Y-%m-%d %H:%M} UTC.",
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
            PipelineRunStage.finished_at >= moment
        )
        with self.database.read() as connection:
            return Decimal(connection.scalar(total) or 0) / MICRO_USD

    def _today(self) -> datetime:
        """Return when the day began, by the database's clock: all workers' days begin at once."""
        with self.database.read() as connection:
            now: datetime = connection.execute(select(database_time())).scalar_one()
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
