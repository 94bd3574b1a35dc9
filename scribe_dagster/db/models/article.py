"""Finished articles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from scribe_dagster.db.models.base import Base, JsonDocument, UtcDateTime, utc_now
from scribe_dagster.db.models.category import CategoryRow
from scribe_dagster.db.models.tag import TagRow, article_tags


class ArticleRow(Base):
    """An article, ready to be published.

    ``pipeline_run_id`` is unique, which makes creating an article idempotent for a run. It is no
    foreign key: articles are stored just as well where runs are not tracked and ``pipeline_runs``
    does not exist.
    """

    __tablename__ = "articles"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  -- as SQLAlchemy asks for it

    id: Mapped[int] = mapped_column(primary_key=True)
    pipeline_run_id: Mapped[int | None] = mapped_column(Integer, unique=True)
    slug: Mapped[str] = mapped_column(String(200), unique=True)
    title: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text, default="")
    meta_title: Mapped[str] = mapped_column(Text, default="")
    meta_description: Mapped[str] = mapped_column(Text, default="")
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("categories.id", ondelete="SET NULL")
    )
    language: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    source_url: Mapped[str] = mapped_column(String(2048))
    source_name: Mapped[str | None] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(Text)
    image: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    category: Mapped[CategoryRow | None] = relationship()
    tags: Mapped[list[TagRow]] = relationship(
        secondary=article_tags, order_by=article_tags.c.position
    )
