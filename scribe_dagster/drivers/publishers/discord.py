"""Discord, by a webhook of one of its channels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.announcement import Announcement, fitted
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi, wait_in_header
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.errors import CannotTell

LONGEST_TITLE = 256
LONGEST_BODY = 4_000
LONGEST_FOOTER = 1_000
"""Characters of an embed, all of which may have 6000."""

LONGEST_ALT = 1_024

LARGEST_FILE = 8 * 1024 * 1024
"""Bytes that every server takes."""

_A_NEW_ADDRESS = "Make a new webhook in the channel's settings and set DISCORD_WEBHOOK_URL to it."
_ADVICE = {401: _A_NEW_ADDRESS, 403: _A_NEW_ADDRESS, 404: _A_NEW_ADDRESS}
_LONGEST_WAIT = 86_400.0


@dataclass(frozen=True, slots=True)
class DiscordChannel:
    """Posts one message with an embed; a webhook cannot look for it afterwards."""

    name: ClassVar[str] = "discord"

    api: ChannelApi

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Post to DISCORD_WEBHOOK_URL.

        Raises:
            ConfigurationError: It is missing.
        """
        [url] = required(settings, cls.name, "discord_webhook_url")
        parts = urlsplit(url)
        # It may name a thread in its query already. Only who waits is told what came of it.
        address = parts._replace(query="&".join(filter(None, (parts.query, "wait=true")))).geturl()
        api = ChannelApi(
            "Discord",
            address,
            "DISCORD_WEBHOOK_URL",
            secrets=(url, parts.path.rpartition("/")[2]),
            advice=_ADVICE,
            wait_of=_wait,
        )
        return cls(api)

    def publish(self, post: Post) -> Receipt:
        """Post the message.

        Raises:
            PublishError: Discord refused it, or did not answer.
        """
        message, cover = dict(self.dry_run(post)), post.cover_up_to(LARGEST_FILE)
        post.confirm()
        if cover is None:
            answer = self.api.call("POST", json=message)
        else:
            form = {"payload_json": json.dumps(message)}
            answer = self.api.call("POST", data=form, files={"files[0]": cover.as_file})
        match answer.json():
            case {"id": str(message_id)}:
                return Receipt(external_id=message_id)
        raise self.api.not_understood("it contains no message")

    def find(self, article: Article) -> Receipt | None:
        """Raise CannotTell: a webhook knows its messages by their ids only."""
        raise CannotTell

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the message; its cover is a file that goes with it."""
        told, cover = Announcement.of(post), post.cover_up_to(LARGEST_FILE)
        embed: dict[str, Any] = {
            "title": fitted(told.title, LONGEST_TITLE),
            "description": fitted(told.body(short=False), LONGEST_BODY),
            "timestamp": post.article.created_at.isoformat(),
        }
        if told.link:
            embed["url"] = told.link
        else:
            embed["footer"] = {"text": fitted(told.last_line, LONGEST_FOOTER)}
        message: dict[str, Any] = {"embeds": [embed], "allowed_mentions": {"parse": []}}
        if cover is not None:
            embed["image"] = {"url": f"attachment://{cover.name}"}
            alt = fitted(cover.alt, LONGEST_ALT)
            message["attachments"] = [{"id": 0, "filename": cover.name, "description": alt}]
        return message


def _wait(answer: Answer) -> datetime | None:
    match answer.json():
        case {"retry_after": int() | float() as seconds} if 0 <= seconds <= _LONGEST_WAIT:
            return datetime.now(UTC) + timedelta(seconds=seconds)
    return wait_in_header(answer)
