"""The log as a channel: says what would have been published."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.publishers.protocol import Post

_logger = logging.getLogger("scribe_dagster.publish")

_LONGEST_FIELD = 300


class LogChannel:
    """Writes one INFO line per article to the logger ``scribe_dagster.publish``."""

    name: ClassVar[str] = "log"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the channel; it needs no setting."""
        return cls()

    def publish(self, post: Post) -> Receipt:
        """Log the article's id, title, slug and source; the receipt carries the slug."""
        _logger.info("%s", _line(post.article))
        return Receipt(external_id=post.article.slug)

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the line."""
        return {"line": _line(post.article)}

    def find(self, article: Article) -> Receipt | None:
        """Return None: a log cannot be asked, and logging an article twice is harmless."""
        return None


def _line(article: Article) -> str:
    title, slug, source = (
        one_line(text, limit=_LONGEST_FIELD)
        for text in (article.title, article.slug, redact(article.source_url))
    )
    return f'Article #{article.id} "{title}" ({slug}), from {source}'
