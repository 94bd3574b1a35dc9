"""What a channel must do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt


@dataclass(frozen=True, slots=True)
class Post:
    """An article with its image data, if it has an image: all a channel needs."""

    article: Article
    image_data: bytes | None = None


class Channel(Protocol):
    """Publishes articles. Registered in the group ``scribe_dagster.channels``."""

    name: ClassVar[str]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the channel's client. Must be cheap: no connection, no heavy import.

        Raises:
            ConfigurationError: A key or another setting it cannot do without is missing.
        """
        ...

    def publish(self, post: Post) -> Receipt:
        """Put the article on the channel.

        Raises:
            PublishError: The channel refused it or did not answer.
        """
        ...

    def find(self, article: Article) -> Receipt | None:
        """Look the article up, for a publication whose outcome nobody knows.

        Returns:
            What :meth:`publish` would have returned, or None when the channel does not have it.
        """
        ...
