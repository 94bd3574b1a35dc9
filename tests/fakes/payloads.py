"""Payloads to test with: a bare request, and one with every field filled."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.image import Rendition, StoredImage
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.publication import Publication, PublicationStatus
from scribe_dagster.domain.scraped import ScrapedContent

URL = "https://example.org/harbour-clock"


def a_request(url: str = URL, **fields: Any) -> ContentPayload:
    """A payload as a caller hands it in."""
    return ContentPayload(source_url=url, **fields)


def a_draft(title: str = "The harbour clock is back", **fields: Any) -> Draft:
    """An article, written and not yet stored."""
    return Draft(
        **{
            "title": title,
            "content": "<p>After nine years the clock ticks again.</p>",
            "description": "After nine years the clock ticks again.",
            "meta_title": "The clock is back",
            "meta_description": "The clock ticks again.",
            "category_id": 2,
            "tags": ("Harbour", "Clocks"),
            "image_prompt": "A clock tower by the sea",
            "image_alt": "A clock tower",
            "language": "en",
            "written_by": "openai gpt-5.4-mini",
            **fields,
        }
    )


def a_written_payload(title: str = "The harbour clock is back", **draft: Any) -> ContentPayload:
    """A payload that is ready to become an article."""
    categories = (Category(id=1, name="Tech"), Category(id=2, name="Town"))
    return a_request(categories=categories, draft=a_draft(title, **draft))


def a_full_payload() -> ContentPayload:
    """A payload with every field filled, and every field of its parts."""
    return ContentPayload(
        source_url=URL,
        source="web",
        source_text="The clock is back.",
        categories=(Category(id=1, name="Tech"), Category(id=2, name="Town")),
        language="en",
        staged_content_id=3,
        scraped=ScrapedContent(
            text="After nine years the harbour clock ticks again.",
            html="<p>After nine years the harbour clock ticks again.</p>",
            title="The clock is back",
            author="Ida Berg",
            published_at=datetime(2026, 3, 12, 9, 30, tzinfo=UTC),
            language="en",
            description="It ticks.",
            site_name="Harbour News",
            canonical_url=URL,
            image_url="https://example.org/clock.jpg",
            tags=("harbour", "clock"),
            entry_url=URL,
        ),
        draft=a_draft(),
        image=StoredImage(
            path="articles/abc123.webp",
            media_type="image/webp",
            width=1600,
            height=900,
            size=48_211,
            alt="A clock tower",
            made_by="openai gpt-image-2",
            renditions=(Rendition(path="articles/def.webp", width=480, height=270, size=9_000),),
        ),
        article_id=15,
        publications=(
            Publication(
                channel="site",
                status=PublicationStatus.SUCCESS,
                url="file:///site/the-harbour-clock-is-back.html",
                external_id="the-harbour-clock-is-back",
            ),
        ),
        extra={"translated": {"de": "Die Uhr ist zurück", "score": [1, 0.5, None, True]}},
    )
