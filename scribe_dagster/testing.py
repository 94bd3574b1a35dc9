"""For the tests of a plugin: what every channel promises, as a test class to derive from.

::

    class TestNoticeBoard(ChannelContract):
        @pytest.fixture
        def channel(self, board):
            return NoticeBoard.from_settings(Settings())

        @pytest.fixture
        def memory(self):
            return Memory.CAN_BE_ASKED

The fixture ``channel`` is a channel that has never been used, with a service behind it that takes
what it is sent. The built-in channels are tested by the same class.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from enum import Enum, auto
from typing import Any

from scribe_dagster.domain.article import Article
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.protocol import Channel, Post
from scribe_dagster.errors import CannotTell, Fenced


class Memory(Enum):
    """What a channel knows of an article that was sent before."""

    CAN_BE_ASKED = auto()
    """It tells if it has an article, and taking it a second time is taking it once."""
    HAS_TO_BE_ASKED = auto()
    """It tells if it has an article, and takes it a second time from who does not ask."""
    MAKES_NO_DIFFERENCE = auto()
    """A second post is harmless, or dropped by its key."""
    NONE = auto()
    """It cannot be asked, and a second post would be seen."""


def an_article(**changes: Any) -> Article:
    """Return an article; ``changes`` are fields of it."""
    fields: dict[str, Any] = {
        "id": 7,
        "slug": "the-keepers",
        "title": "The keepers",
        "content": "<p>Light kept.</p>",
        "source_url": "https://example.org/keepers",
        "written_by": "local (extractive)",
        "created_at": datetime(2026, 3, 12, 9, 30, tzinfo=UTC),
    }
    return Article(**{**fields, **changes})


class ChannelContract:
    """What every channel promises, whichever it is."""

    def test_publishing_gives_a_receipt(self, channel: Channel) -> None:
        """It may tell neither address nor id, if the other side tells none."""
        assert isinstance(channel.publish(Post(an_article())), Receipt)

    def test_publishing_twice_is_publishing_once(self, channel: Channel, memory: Memory) -> None:
        """Where it is not, the channel is asked first."""
        post = Post(an_article(), idempotency_key="scribe-7-it")
        first = channel.publish(post)

        match memory:
            case Memory.CAN_BE_ASKED | Memory.MAKES_NO_DIFFERENCE:
                assert channel.publish(post) == first
            case Memory.HAS_TO_BE_ASKED:
                assert channel.find(post.article) == first
            case Memory.NONE:
                assert _found(channel, post.article) is CannotTell

    def test_nothing_is_found_on_a_channel_never_used(
        self, channel: Channel, memory: Memory
    ) -> None:
        """Who cannot know says so."""
        assert _found(channel, an_article()) is (CannotTell if memory is Memory.NONE else None)

    def test_an_article_that_was_never_published_is_not_found(
        self, channel: Channel, memory: Memory
    ) -> None:
        """It is not taken for another one."""
        channel.publish(Post(an_article()))

        found = _found(channel, an_article(id=8, slug="another", title="Another"))

        assert found is (CannotTell if memory is Memory.NONE else None)

    def test_finding_gives_what_publishing_gave(self, channel: Channel, memory: Memory) -> None:
        """By it, a post whose answer was lost is known again."""
        receipt = channel.publish(Post(an_article()))

        match memory:
            case Memory.CAN_BE_ASKED | Memory.HAS_TO_BE_ASKED:
                assert _found(channel, an_article()) == receipt
            case Memory.MAKES_NO_DIFFERENCE:
                assert _found(channel, an_article()) is None
            case Memory.NONE:
                assert _found(channel, an_article()) is CannotTell

    def test_nothing_is_made_public_by_a_worker_that_has_lost_its_run(
        self, channel: Channel, memory: Memory
    ) -> None:
        """A channel that prepares something first asks once more, right before it publishes."""

        def refuse() -> None:
            raise Fenced

        try:
            channel.publish(Post(an_article(), confirm=refuse))
        except Fenced:
            # It asks; so nothing may be there.
            if memory in (Memory.CAN_BE_ASKED, Memory.HAS_TO_BE_ASKED):
                assert channel.find(an_article()) is None

    def test_an_article_may_come_without_its_image_data(self, channel: Channel) -> None:
        """A cover's file may be lost."""
        cover = StoredImage(
            path="articles/a.webp", media_type="image/webp", width=4, height=3, size=10
        )
        channel.publish(Post(an_article(image=cover), image_data=None))

    def test_characters_few_documents_can_hold_are_no_obstacle(self, channel: Channel) -> None:
        """They come from pages, and from models."""
        channel.publish(Post(an_article(title="A\x1bB", content="<p>\ufffe &#1; \u202e</p>")))

    def test_what_it_would_send_can_be_shown_beforehand(self, channel: Channel) -> None:
        """It is JSON, and tells which article it is."""
        shown = json.dumps(channel.dry_run(Post(an_article())))

        assert an_article().title in shown


def _found(channel: Channel, article: Article) -> Receipt | type[CannotTell] | None:
    try:
        return channel.find(article)
    except CannotTell:
        return CannotTell
