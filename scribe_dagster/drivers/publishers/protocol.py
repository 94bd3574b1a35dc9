"""What a channel must do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.cover import Cover


def _nobody_objects() -> None:
    """Confirm a post that is made outside a pipeline."""


@dataclass(frozen=True, slots=True)
class Post:
    """An article with its image data, if it has an image: all a channel needs."""

    article: Article
    image_data: bytes | None = field(default=None, repr=False)
    idempotency_key: str = ""
    """The same at every try. Hand it on where the protocol has a place for it."""
    link: str | None = None
    """Where readers find the article on the web, if a channel before this one has put it there."""
    was_sent_before: bool = True
    """Whether the channel may have it already. If not, whatever it has of the same title is
    another article."""
    renditions: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Data of the image's renditions by their path; a lost one is not among them."""
    confirm: Callable[[], None] = _nobody_objects
    """Makes sure that the post is still this worker's to make.

    It was called right before :meth:`Channel.publish`. A channel that has to prepare something
    first (to upload an image, say) calls it once more, right before the one request that makes
    the article public, and lets pass what it raises.
    """

    @property
    def cover(self) -> Cover | None:
        """The article's image with its data; None when there is none."""
        return Cover.of(self.article, self.image_data)

    def cover_up_to(self, most: int) -> Cover | None:
        """Return the cover, unless it has more bytes than a service takes."""
        cover = self.cover
        return cover if cover is not None and len(cover.data) <= most else None

    def linking_to(self, link: str | None) -> Post:
        """Return the same post, with a link to a page of the article."""
        return replace(self, link=link)


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

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Return what :meth:`publish` would send, for people to look at; call nobody."""
        ...

    def find(self, article: Article) -> Receipt | None:
        """Look the article up, for a publication whose outcome nobody knows.

        Returns:
            What :meth:`publish` would have returned; None when the channel does not have it, or
            when publishing it again does no harm.

        Raises:
            CannotTell: There is no way to ask, and a second post would be seen.
            PublishError: The channel did not answer.
        """
        ...
