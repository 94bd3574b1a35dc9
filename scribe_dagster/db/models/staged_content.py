"""Content that waits to be processed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from scribe_dagster.db.models.base import Base, UtcDateTime, utc_now


class StagedContentRow(Base):
    """One entry set aside for a pipeline run, which then links back to it."""

    __tablename__ = "staged_contents"

    id: Mapped[int] = mapped_column(primary_key=True)
    source_url: Mapped[str] = mapped_column(String(2048), unique=True)
    title: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
