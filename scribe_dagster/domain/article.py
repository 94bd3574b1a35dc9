"""An article as it is stored."""

from __future__ import annotations

from datetime import datetime

from scribe_dagster.domain.category import Category
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.value import Value


class Article(Value):
    """What channels publish. ``slug`` is unique among articles and fit for a URL or a file."""

    id: int
    slug: str
    title: str
    content: str
    description: str = ""
    meta_title: str = ""
    meta_description: str = ""
    category: Category | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    author: str | None = None
    source_url: str
    source_name: str | None = None
    written_by: str
    image: StoredImage | None = None
    created_at: datetime
