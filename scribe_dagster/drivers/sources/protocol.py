"""What a source must do."""

from __future__ import annotations

from typing import ClassVar, Protocol, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.payload import ContentPayload
from scribe_dagster.domain.scraped import ScrapedContent


class Source(Protocol):
    """Reads one kind of source. Registered in the entry-point group ``scribe_dagster.sources``."""

    name: ClassVar[str]
    """The name users choose it by; also its entry point's."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the source. Must be cheap: no connection, no heavy import."""
        ...

    def read(self, payload: ContentPayload) -> ScrapedContent:
        """Fetch ``payload.source_url`` (or use ``payload.source_text``) and extract its text.

        Raises:
            SourceError: It cannot be read, or holds no article. The message names the source, the
                reason and the next step; ``kind`` says whether trying again can help.
        """
        ...
