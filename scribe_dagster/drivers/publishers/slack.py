"""Slack, by an incoming webhook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.announcement import Announcement, fitted
from scribe_dagster.drivers.publishers.channel_api import ChannelApi
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.errors import CannotTell

LONGEST_TEXT = 3_000
"""Characters of a section."""

_A_NEW_ADDRESS = "Make a new incoming webhook and set SLACK_WEBHOOK_URL to it."
_ADVICE = {403: _A_NEW_ADDRESS, 404: _A_NEW_ADDRESS, 410: _A_NEW_ADDRESS}


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """Posts one message; a webhook tells neither where it is nor whether it is there."""

    name: ClassVar[str] = "slack"

    api: ChannelApi

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Post to SLACK_WEBHOOK_URL.

        Raises:
            ConfigurationError: It is missing.
        """
        [url] = required(settings, cls.name, "slack_webhook_url")
        return cls(
            ChannelApi("Slack", url, "SLACK_WEBHOOK_URL", secrets=_secrets(url), advice=_ADVICE)
        )

    def publish(self, post: Post) -> Receipt:
        """Post the message.

        Raises:
            PublishError: Slack refused it, or did not answer.
        """
        message = dict(self.dry_run(post))
        post.confirm()
        if self.api.call("POST", json=message).body.strip() != b"ok":
            raise self.api.not_understood("it does not say ok")
        return Receipt()

    def find(self, article: Article) -> Receipt | None:
        """Raise CannotTell: a webhook cannot read."""
        raise CannotTell

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the message, with its blocks."""
        told = Announcement.of(post)
        title, end = _escaped(told.title), _escaped(told.last_line)
        heading = f"*{_linked(title, told.link)}*"
        last = (
            "" if told.link else f"Source: {_linked(_escaped(told.credit.name), told.credit.url)}"
        )
        room = LONGEST_TEXT - len(f"{heading}\n\n{last}")
        body = _escaped(fitted(told.summary, room, lambda text: len(_escaped(text))))
        text = "\n".join(line for line in (heading, body, last) if line)
        # As it stands: no name in it is made a mention, no address a link.
        written: JsonValue = {"type": "mrkdwn", "text": text, "verbatim": True}
        section: JsonValue = {"type": "section", "text": written}
        # What a notification shows, which has no blocks.
        return {"text": f"{title} {end}", "blocks": [section], "unfurl_links": False}


def _escaped(text: str) -> str:
    """Write Slack's three control characters as what they are."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _linked(label: str, address: str | None) -> str:
    if not address:
        return label
    # Neither half of a link can hold the sign that parts them.
    return f"<{_escaped(address).replace('|', '%7C')}|{label.replace('|', '¦')}>"


def _secrets(url: str) -> tuple[str, ...]:
    """The whole address is the key; so is its last part."""
    return (url, url.rpartition("/")[2])
