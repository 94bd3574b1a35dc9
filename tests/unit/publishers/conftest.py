from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scribe_dagster.domain.article import Article
from scribe_dagster.domain.category import Category
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.publishers.site import SiteChannel

ArticleFactory = Callable[..., Article]


@pytest.fixture
def an_article() -> ArticleFactory:
    def make(**changes: Any) -> Article:
        article = Article(
            id=1,
            slug="the-keepers",
            title="The keepers",
            content="<h2>Light</h2>\n<p>It was <em>kept</em>.</p>",
            description="A century of ledgers.",
            meta_title="The keepers of Skerryvore",
            meta_description="What a century of ledgers says of the sea.",
            category=Category(id=3, name="Science"),
            tags=("sea", "history"),
            language="en",
            author="Morag Sinclair",
            source_url="https://www.example.org/keepers",
            source_name="The Review",
            written_by="openai gpt-5.4-mini",
            image=StoredImage(
                path="articles/abc123.webp",
                media_type="image/webp",
                width=1200,
                height=630,
                size=11,
                alt="A lighthouse at night",
                made_by="openai gpt-image-2",
            ),
            created_at=datetime(2026, 3, 12, 9, 30, tzinfo=UTC),
        )
        return article.evolve(**changes)

    return make


@pytest.fixture
def site_dir(tmp_path: Path) -> Path:
    return tmp_path / "site"


@pytest.fixture
def site(site_dir: Path) -> SiteChannel:
    return SiteChannel(site_dir)
