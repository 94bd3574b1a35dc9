"""Telegram: a bot posts the cover with a caption to a channel or a group."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.announcement import Announcement
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi, wait_in_header
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.errors import CannotTell

LONGEST_CAPTION = 1_024
LONGEST_MESSAGE = 4_096
"""Characters as Telegram counts them: in UTF-16, and after the HTML has been read."""

LARGEST_PHOTO = 10 * 1024 * 1024
"""Bytes."""

_ADVICE = {
    400: "Check TELEGRAM_CHAT_ID: @name of a public channel, or the number of a chat.",
    401: "Check TELEGRAM_BOT_TOKEN.",
    403: "Make the bot an administrator of the channel, or a member of the group.",
    404: "Check TELEGRAM_BOT_TOKEN and TELEGRAM_URL.",
}


@dataclass(frozen=True, slots=True)
class TelegramChannel:
    """Sends a photo with a caption; without a photo, or with one that is refused, a text.

    A bot cannot look at what it has sent: of an article whose answer was lost, people decide.
    """

    name: ClassVar[str] = "telegram"

    api: ChannelApi
    chat_id: str

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Send to TELEGRAM_CHAT_ID, as the bot of TELEGRAM_BOT_TOKEN.

        Raises:
            ConfigurationError: One of the two is missing.
        """
        url, token, chat_id = required(
            settings, cls.name, "telegram_url", "telegram_bot_token", "telegram_chat_id"
        )
        api = ChannelApi(
            "Telegram",
            f"{url}/bot{token}",
            "TELEGRAM_URL",
            secrets=(token,),
            advice=_ADVICE,
            wait_of=_wait,
        )
        return cls(api, chat_id)

    def publish(self, post: Post) -> Receipt:
        """Send the article.

        Raises:
            PublishError: Telegram refused it, or did not answer.
        """
        photo = post.cover_up_to(LARGEST_PHOTO)
        if photo is not None:
            caption = self._caption(post)
            post.confirm()
            answer = self.api.ask(
                "POST", "/sendPhoto", data=caption, files={"photo": photo.as_file}
            )
            if answer.is_success or not _is_about_the_photo(answer):
                return self._receipt(answer)
        message = self._message(post)
        post.confirm()
        return self._receipt(self.api.ask("POST", "/sendMessage", json=message))

    def find(self, article: Article) -> Receipt | None:
        """Raise CannotTell: a bot cannot read what a channel holds."""
        raise CannotTell

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the call that would be made, and its fields."""
        photo = post.cover_up_to(LARGEST_PHOTO)
        if photo is None:
            return {"call": "sendMessage", **self._message(post)}
        return {"call": "sendPhoto", "photo": photo.name, **self._caption(post)}

    def _caption(self, post: Post) -> dict[str, str]:
        text = Announcement.of(post).as_text(LONGEST_CAPTION)
        return {"chat_id": self.chat_id, "caption": _html(text), "parse_mode": "HTML"}

    def _message(self, post: Post) -> dict[str, str]:
        text = Announcement.of(post).as_text(LONGEST_MESSAGE, short=False)
        return {"chat_id": self.chat_id, "text": _html(text), "parse_mode": "HTML"}

    def _receipt(self, answer: Answer) -> Receipt:
        match answer.json():
            case {"parameters": {"migrate_to_chat_id": int(chat_id)}}:
                moved = {answer.status: f"Set TELEGRAM_CHAT_ID to {chat_id}, where it is now."}
                raise replace(self.api, advice=moved).refusal(answer)
        if not answer.is_success:
            raise self.api.refusal(answer)
        match answer.json():
            case {"ok": True, "result": {"message_id": int(message_id), "chat": dict(chat)}}:
                return Receipt(url=_address(chat, message_id), external_id=str(message_id))
        raise self.api.not_understood("it contains no message")


def _html(text: str) -> str:
    """Mark the title up, as Telegram's HTML: no other sign may look like a tag or an entity."""
    title, rest, body = escape(text, quote=False).partition("\n\n")
    return f"<b>{title}</b>{rest}{body}"


def _is_about_the_photo(answer: Answer) -> bool:
    words = answer.body.decode(errors="replace").upper()
    return answer.status == 413 or (answer.status == 400 and ("PHOTO" in words or "IMAGE" in words))


def _address(chat: dict[str, Any], message_id: int) -> str | None:
    if chat.get("username"):
        return f"https://t.me/{chat['username']}/{message_id}"
    # Only those can open it who may read the chat.
    number = str(chat.get("id", ""))
    return f"https://t.me/c/{number[4:]}/{message_id}" if number.startswith("-100") else None


def _wait(answer: Answer) -> datetime | None:
    match answer.json():
        case {"parameters": {"retry_after": int(seconds)}} if 0 <= seconds < 10**7:
            return datetime.now(UTC) + timedelta(seconds=seconds)
    return wait_in_header(answer)
