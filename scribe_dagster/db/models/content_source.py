"""Feeds that are polled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from scribe_dagster.db.models.base import Base, UtcDateTime, utc_now


class ContentSourceRow(Base):
    """A feed, how often it is polled, and how that goes."""

    __tablename__ = "content_sources"
    __table_args__ = (
        Index(None, "next_poll_at"),
        # An id is never given twice: what was staged remembers it.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(String(2048))
    canonical_url: Mapped[str] = mapped_column(String(2048), unique=True)
    title: Mapped[str | None] = mapped_column(Text)
    """What the feed calls itself."""
    interval_seconds: Mapped[int] = mapped_column(Integer)
    categories: Mapped[str] = mapped_column(Text, default="")
    """Offered to the runs of its entries, as they were typed."""
    language: Mapped[str | None] = mapped_column(Text)
    """Language its entries are written in; None: AI_OUTPUT_LANGUAGE."""
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    next_poll_at: Mapped[datetime] = mapped_column(UtcDateTime)
    polled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was last read, or found unchanged."""
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When its entries were last read; None: never yet."""
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    """Polls in a row that failed."""
    last_error: Mapped[str | None] = mapped_column(Text)

    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
