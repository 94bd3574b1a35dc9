"""A channel that is only shown what it would be sent."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.protocol import Channel, Post

_logger = logging.getLogger("scribe_dagster.dry_run")


@dataclass(frozen=True, slots=True)
class DryRun:
    """Stands in front of a channel and lets nothing through."""

    channel: Channel

    @property
    def name(self) -> str:
        """The channel's name."""
        return self.channel.name

    def publish(self, post: Post) -> Receipt:
        """Log, as one INFO line of JSON, what the channel would send; call nobody."""
        content = json.dumps(dict(self.channel.dry_run(post)), ensure_ascii=False)
        _logger.info("%s would be sent: %s", self.name, content)
        return Receipt()

    def find(self, article: Article) -> Receipt | None:
        """Return None: nobody is asked."""
        return None
