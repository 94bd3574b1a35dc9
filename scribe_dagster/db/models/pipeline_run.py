"""The row every door of the product leads to."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scribe_dagster.db.models.base import Base, JsonDocument, UtcDateTime, stored_enum, utc_now
from scribe_dagster.domain.spending import Spending
from scribe_dagster.domain.status import PipelineRunStatus
from scribe_dagster.errors import ErrorKind

if TYPE_CHECKING:
    from scribe_dagster.db.models.article import ArticleRow
    from scribe_dagster.db.models.pipeline_run_stage import PipelineRunStage
    from scribe_dagster.db.models.staged_content import StagedContentRow

MICRO_USD = 1_000_000


class PipelineRun(Base):
    """One piece of content on its way through the stages."""

    __tablename__ = "pipeline_runs"
    __table_args__ = (
        Index(None, "status", "completed_at"),
        # By hash: 2,048 characters may be more than a row of a B-tree on PostgreSQL can hold.
        Index(None, "source_url", postgresql_using="hash"),
        Index(None, "canonical_url", postgresql_using="hash"),
        # Few runs wait to be resumed, among however many that failed for good.
        Index(
            None,
            "resume_at",
            sqlite_where=text("resume_at IS NOT NULL"),
            postgresql_where=text("resume_at IS NOT NULL"),
        ),
        Index(None, "created_at"),
        Index(None, "dagster_run_id"),
        Index(None, "article_id"),
        # Whatever a row refers to cannot be deleted without a look for such rows.
        *(
            Index(
                None,
                column,
                sqlite_where=text(f"{column} IS NOT NULL"),
                postgresql_where=text(f"{column} IS NOT NULL"),
            )
            for column in ("forked_from_id", "staged_content_id")
        ),
        # An id is never given twice, not even after its row was pruned: articles remember it.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_url: Mapped[str] = mapped_column(String(2048))
    """The URL being processed."""
    canonical_url: Mapped[str | None] = mapped_column(String(2048))
    """The same for every spelling of one URL. None for runs older than this column."""
    staged_content_id: Mapped[int | None] = mapped_column(
        ForeignKey("staged_contents.id", ondelete="SET NULL")
    )
    article_id: Mapped[int | None] = mapped_column(ForeignKey("articles.id", ondelete="SET NULL"))
    """The article that was made, on completion."""
    status: Mapped[PipelineRunStatus] = mapped_column(stored_enum(PipelineRunStatus))
    job_name: Mapped[str | None] = mapped_column(String(255))
    """The Dagster job that executed it last: stages alone do not tell which channels it has."""
    stages: Mapped[list[str]] = mapped_column(JsonDocument)
    """Names of the stages, in order."""
    current_stage_index: Mapped[int] = mapped_column(Integer, default=0)
    """The stage being run, or next to run; of a finished run, its last."""
    first_stage_index: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Where the run began: above 0 for a fork, whose earlier stages are those of its origin."""
    current_stage_name: Mapped[str] = mapped_column(String(100))

    error_stage: Mapped[str | None] = mapped_column(String(100))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_kind: Mapped[ErrorKind | None] = mapped_column(stored_enum(ErrorKind))
    resume_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Earliest time at which trying again makes sense, where the other side named one."""
    rejection_reason: Mapped[str | None] = mapped_column(Text)

    attempt: Mapped[int] = mapped_column(Integer, default=1)
    """The fencing token: it grows with every claim, and only its holder may write. 0: nobody has
    claimed the run yet."""
    dagster_run_id: Mapped[str | None] = mapped_column(String(64))
    """The Dagster run that holds, or last held, the claim."""
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The last sign of life of its worker, by the database's clock."""
    lease_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Until when the claim holds without another sign of life; None when nobody holds it."""
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the resume sensor is to take the run up: asked for, or its own decision."""
    automatic_resumes: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Resumes in a row that nobody asked for, the one scheduled at ``resume_at`` included."""
    forked_from_id: Mapped[int | None] = mapped_column(
        ForeignKey("pipeline_runs.id", ondelete="SET NULL")
    )

    edits: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    """What was changed by hand in the payload that a fork began with, by path."""

    input_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    output_tokens: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_micro_usd: Mapped[int] = mapped_column(BigInteger, default=0)
    """Millionths of a US dollar: exact on every database."""

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # The two large columns stand last: SQLite walks a row's overflow pages to reach what follows.
    initial_snapshot: Mapped[dict[str, Any]] = mapped_column(JsonDocument, deferred=True)
    """The payload the run was started with."""
    payload_snapshot: Mapped[dict[str, Any]] = mapped_column(JsonDocument, deferred=True)
    """The payload after the last completed stage."""

    article: Mapped[ArticleRow | None] = relationship()
    staged_content: Mapped[StagedContentRow | None] = relationship()
    stage_attempts: Mapped[list[PipelineRunStage]] = relationship(
        order_by="PipelineRunStage.id", back_populates="run", passive_deletes=True
    )

    def is_resumable(self) -> bool:
        """Whether the run can be taken up: it has failed, or is a fork that nobody has begun."""
        waits = self.status is PipelineRunStatus.PENDING and self.attempt == 0
        return self.status.is_resumable or waits

    @property
    def is_pruned(self) -> bool:
        """Whether its texts are gone: see :mod:`scribe_dagster.db.retention`."""
        return self.initial_snapshot == {}

    @property
    def cost_usd(self) -> Decimal:
        """Money spent on this run so far, over all attempts, in US dollars."""
        return Decimal(self.cost_micro_usd) / MICRO_USD

    @property
    def known_cost_usd(self) -> Decimal | None:
        """The same; None where that is nothing, and a call was made that has no known price.

        The prices of ``stage_attempts`` must have been loaded.
        """
        if not self.cost_micro_usd and any(stage.lacks_price for stage in self.stage_attempts):
            return None
        return self.cost_usd

    @property
    def spent(self) -> Spending:
        """Tokens and money, over all attempts."""
        return Spending(self.input_tokens + self.output_tokens, self.cost_usd)

    def __repr__(self) -> str:
        return f"<PipelineRun #{self.id} {self.status} {self.source_url}>"
