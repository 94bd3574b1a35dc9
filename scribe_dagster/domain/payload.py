"""What travels from stage to stage."""

from __future__ import annotations

from pydantic import Field

from scribe_dagster.domain.category import Category
from scribe_dagster.domain.draft import Draft
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.publication import Publication
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.domain.text import StorableJson, StorableText
from scribe_dagster.domain.value import Value


class ContentPayload(Value):
    """The state of one piece of content on its way through the stages.

    A payload holds everything a later stage needs, so that a run can be resumed from it on
    another machine. The first five fields are the request; each stage then adds its own part.
    """

    source_url: StorableText = Field(
        min_length=1, max_length=2048, description="The URL being processed."
    )
    source: StorableText | None = Field(None, description="Source driver; None: told by the URL.")
    source_text: StorableText | None = Field(None, description="Raw text handed in by the caller.")
    categories: tuple[Category, ...] = Field((), description="Choices offered to the text model.")
    language: StorableText | None = Field(None, description="Language to write in.")
    staged_content_id: int | None = Field(None, description="Row this content was staged as.")

    scraped: ScrapedContent | None = Field(None, description="Added by Scrape.")
    draft: Draft | None = Field(None, description="Added by AiRewrite.")
    image: StoredImage | None = Field(None, description="Added by GenerateImage, then optimised.")
    article_id: int | None = Field(None, description="Added by CreateArticle.")
    publications: tuple[Publication, ...] = Field((), description="Added by Publish.")

    extra: dict[StorableText, StorableJson] = Field(
        default_factory=dict, description="For stages of your own; JSON values only."
    )
