"""Every built-in channel, with the service behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fakes.api_server import ApiServer
from fakes.blogger_server import FakeBlogger
from fakes.bluesky_server import FakeBluesky
from fakes.devto_server import FakeDevto
from fakes.facebook_server import FakeFacebook
from fakes.ghost_server import FakeGhost
from fakes.mastodon_server import FakeMastodon
from fakes.telegram_server import FakeTelegram
from fakes.webhook_servers import FakeDiscord, FakeReceiver, FakeSlack
from fakes.wordpress_server import FakeWordPress

from scribe_dagster.drivers.publishers.blogger import BloggerChannel
from scribe_dagster.drivers.publishers.bluesky import BlueskyChannel
from scribe_dagster.drivers.publishers.devto import DevtoChannel
from scribe_dagster.drivers.publishers.discord import DiscordChannel
from scribe_dagster.drivers.publishers.facebook import FacebookChannel
from scribe_dagster.drivers.publishers.ghost import GhostChannel
from scribe_dagster.drivers.publishers.log import LogChannel
from scribe_dagster.drivers.publishers.mastodon import MastodonChannel
from scribe_dagster.drivers.publishers.protocol import Channel
from scribe_dagster.drivers.publishers.site import SiteChannel
from scribe_dagster.drivers.publishers.slack import SlackChannel
from scribe_dagster.drivers.publishers.telegram import TelegramChannel
from scribe_dagster.drivers.publishers.webhook import WebhookChannel
from scribe_dagster.drivers.publishers.wordpress import WordPressChannel
from scribe_dagster.testing import Memory as Memory
from scribe_dagster.testing import an_article

ARTICLE = an_article()


@dataclass(frozen=True)
class Subject:
    """A channel to be tested."""

    driver: type[Channel]
    memory: Memory
    service: Callable[[], ApiServer] | None = None

    @property
    def remembers(self) -> bool:
        """Whether an article that is sent twice is there once."""
        return self.memory in (Memory.CAN_BE_ASKED, Memory.MAKES_NO_DIFFERENCE)


def name_of(subject: Subject) -> str:
    """What a test of this channel is called."""
    return subject.driver.name


SUBJECTS = [
    Subject(LogChannel, Memory.MAKES_NO_DIFFERENCE),
    Subject(SiteChannel, Memory.CAN_BE_ASKED),
    Subject(WordPressChannel, Memory.CAN_BE_ASKED, FakeWordPress),
    Subject(TelegramChannel, Memory.NONE, FakeTelegram),
    Subject(WebhookChannel, Memory.MAKES_NO_DIFFERENCE, FakeReceiver),
    Subject(SlackChannel, Memory.NONE, FakeSlack),
    Subject(DiscordChannel, Memory.NONE, FakeDiscord),
    Subject(FacebookChannel, Memory.HAS_TO_BE_ASKED, FakeFacebook),
    Subject(BloggerChannel, Memory.MAKES_NO_DIFFERENCE, FakeBlogger),
    Subject(MastodonChannel, Memory.CAN_BE_ASKED, FakeMastodon),
    Subject(BlueskyChannel, Memory.CAN_BE_ASKED, FakeBluesky),
    Subject(GhostChannel, Memory.MAKES_NO_DIFFERENCE, FakeGhost),
    Subject(DevtoChannel, Memory.CAN_BE_ASKED, FakeDevto),
]
