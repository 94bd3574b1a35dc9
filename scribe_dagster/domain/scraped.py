"""What the Scrape stage finds on a page."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from scribe_dagster.domain.text import StorableText
from scribe_dagster.domain.value import Value


class ScrapedContent(Value):
    """The text of a source, without the page around it, and what the page says of itself."""

    text: StorableText = Field(min_length=1, description="Main text; blank lines part paragraphs.")
    html: StorableText | None = Field(None, description="Main text as simple HTML.")
    title: StorableText | None = None
    author: StorableText | None = None
    published_at: datetime | None = None
    language: StorableText | None = Field(None, description="ISO 639-1 code, such as en.")
    description: StorableText | None = None
    site_name: StorableText | None = None
    canonical_url: StorableText | None = None
    image_url: StorableText | None = Field(None, description="The page's lead image.")
    tags: tuple[StorableText, ...] = ()
    entry_url: StorableText | None = Field(
        None, description="Address of the entry that was read, where a feed was the source."
    )

    @property
    def word_count(self) -> int:
        """Words in the main text, parted by white space."""
        return len(self.text.split())
