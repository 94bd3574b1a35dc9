"""The history of a run: one row for each attempt at each stage."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scribe_dagster.db.models.base import Base, JsonDocument, UtcDateTime, stored_enum, utc_now
from scribe_dagster.db.models.pipeline_run import MICRO_USD
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.status import StageOutcome
from scribe_dagster.errors import ErrorKind

if TYPE_CHECKING:
    from scribe_dagster.db.models.pipeline_run import PipelineRun


class PipelineRunStage(Base):
    """One attempt at one stage: what came of it, how long it took, what it cost."""

    __tablename__ = "pipeline_run_stages"
    __table_args__ = (
        Index(None, "pipeline_run_id", "stage_index"),
        Index(None, "dagster_run_id"),
        # What has been spent since midnight is asked before every paid call.
        Index(
            None,
            "finished_at",
            sqlite_where=text("cost_micro_usd IS NOT NULL"),
            postgresql_where=text("cost_micro_usd IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline_run_id: Mapped[int] = mapped_column(ForeignKey("pipeline_runs.id", ondelete="CASCADE"))
    attempt: Mapped[int] = mapped_column(Integer)
    stage_index: Mapped[int] = mapped_column(Integer)
    stage_name: Mapped[str] = mapped_column(String(100))
    outcome: Mapped[StageOutcome] = mapped_column(stored_enum(StageOutcome))
    message: Mapped[str | None] = mapped_column(Text)
    error_kind: Mapped[ErrorKind | None] = mapped_column(stored_enum(ErrorKind))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    model: Mapped[str | None] = mapped_column(String(200))
    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micro_usd: Mapped[int | None] = mapped_column(BigInteger)
    """Millionths of a US dollar; None where no price is known."""
    dagster_run_id: Mapped[str | None] = mapped_column(String(64))
    changes: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument, deferred=True)
    """Fields of the payload that the stage changed; set when it completed or skipped."""

    run: Mapped[PipelineRun] = relationship(back_populates="stage_attempts")

    @property
    def duration(self) -> float | None:
        """Seconds from start to finish; None while it runs, or when its worker was lost."""
        if self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def lacks_price(self) -> bool:
        """Whether a model was called, and nobody knows what it has cost."""
        return self.model is not None and self.cost_micro_usd is None

    @property
    def spent(self) -> Spending:
        """Tokens and money of this attempt; no money where no price is known."""
        return Spending(self.input_tokens + self.output_tokens, self.cost_usd or Decimal(0))

    @property
    def cost_usd(self) -> Decimal | None:
        """Money spent on this attempt, in US dollars; None where no price is known."""
        if self.cost_micro_usd is None:
            return None
        return Decimal(self.cost_micro_usd) / MICRO_USD
