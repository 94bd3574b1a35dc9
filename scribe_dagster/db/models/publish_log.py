"""The ledger of publications: one row for each article and channel."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scribe_dagster.db.models.base import Base, UtcDateTime, stored_enum, utc_now
from scribe_dagster.domain.publication import PublicationStatus


class PublishLogRow(Base):
    """What is known about one article on one channel."""

    __tablename__ = "publish_logs"
    __table_args__ = (UniqueConstraint("article_id", "channel"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(String(100))
    status: Mapped[PublicationStatus] = mapped_column(stored_enum(PublicationStatus))
    attempts: Mapped[int] = mapped_column(Integer, default=1)
    """Times the channel was called for this article."""
    pipeline_run_id: Mapped[int | None] = mapped_column(Integer)
    """The run that called it last; None for a command. No foreign key: runs may be pruned."""
    url: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    error_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
