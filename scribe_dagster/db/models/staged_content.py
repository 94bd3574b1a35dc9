"""Content that waits to be processed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from scribe_dagster.db.models.base import Base, JsonDocument, UtcDateTime, stored_enum, utc_now
from scribe_dagster.domain.staged_status import StagedStatus


class StagedContentRow(Base):
    """One entry set aside for a pipeline run, which then links back to it.

    ``content_source_id`` is no foreign key: what was staged is remembered when its source is
    gone, so that it is not staged again should the source come back.
    """

    __tablename__ = "staged_contents"
    __table_args__ = (
        Index(
            "uq_staged_contents_content_source_id_entry_id",
            "content_source_id",
            "entry_id",
            unique=True,
        ),
        Index("uq_staged_contents_canonical_url", "canonical_url", unique=True),
        Index(None, "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    source_url: Mapped[str] = mapped_column(String(2048), unique=True)
    canonical_url: Mapped[str | None] = mapped_column(String(2048))
    """The same for every spelling of one address. None for rows older than this column."""
    title: Mapped[str | None] = mapped_column(Text)
    content_source_id: Mapped[int | None] = mapped_column(Integer)
    """The feed it came from."""
    entry_id: Mapped[str | None] = mapped_column(String(255))
    """What the feed calls it."""
    status: Mapped[StagedStatus] = mapped_column(
        stored_enum(StagedStatus), default=StagedStatus.WAITING, server_default="waiting"
    )
    reason: Mapped[str | None] = mapped_column(Text)
    """Why no run was launched."""
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the feed was last seen to hold it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    entry: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument, deferred=True)
    """The entry as it was in the feed, which drops its older ones."""
