"""The log as a channel: says what would have been published."""

from __future__ import annotations

import logging
from typing import ClassVar, Self

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
        article = post.article
        _logger.info(
            'Article #%d "%s" (%s), from %s',
            article.id,
            one_line(article.title, limit=_LONGEST_FIELD),
            one_line(article.slug, limit=_LONGEST_FIELD),
            one_line(redact(article.source_url), limit=_LONGEST_FIELD),
        )
        return Receipt(external_id=article.slug)

    def find(self, article: Article) -> Receipt | None:
        """Return None: a log cannot be asked, and logging an article twice is harmless."""
        return None
