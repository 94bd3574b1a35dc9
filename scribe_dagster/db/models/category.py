"""Categories, under the ids their owner gave them."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from scribe_dagster.db.models.base import Base


class CategoryRow(Base):
    """A category articles are filed under."""

    __tablename__ = "categories"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(200))
