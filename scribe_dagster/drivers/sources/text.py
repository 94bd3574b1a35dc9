"""The source ``text``: text handed in by the caller."""

from __future__ import annotations

from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent
from scribe_dagster.drivers.sources.extraction import extract
from scribe_dagster.drivers.sources.plain_text import read_plain_text
from scribe_dagster.drivers.sources.sniffing import is_html_document
from scribe_dagster.errors import SourceError


class TextSource:
    """Reads ``payload.source_text``: plain text, or a whole HTML document."""

    name: ClassVar[str] = "text"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the source; it has no settings."""
        return cls()

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Read the text; its first line is the title where it looks like one.

        Raises:
            SourceError: There is no text.
        """
        text = payload.source_text or ""
        if not text.strip():
            raise SourceError(
                f"No text was handed in for {payload.source_url}. "
                "Hand in the text of an article, or choose another source."
            )
        if is_html_document(text):
            return extract(text, url=None, source=payload.source_url)
        return read_plain_text(text, source=payload.source_url)
