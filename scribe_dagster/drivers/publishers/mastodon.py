"""Mastodon, and what speaks its API."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.publishers.announcement import (
    LONGEST_TITLE,
    Announcement,
    fitted,
    plain_text,
)
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi, wait_in_header
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.errors import ErrorKind, PublishError

LONGEST_STATUS = 500
"""Characters, the default of a Mastodon server."""

LENGTH_OF_A_LINK = 23
"""Characters that every link counts for, however long it is."""

LONGEST_DESCRIPTION = 1_500
"""Characters of an image's description."""

# What stands on a host without a domain of the public web is no link to Mastodon.
_LINK = re.compile(r"https?://(?:[\w-]+\.)+[^\W\d_]{2,}(?::\d+)?(?![\w.:-])(?:[/?#][^\s)]*)?")
_MENTION = re.compile(r"(?<![\w/])@(?=\w)")
_TRIES = 20
_SECONDS_BETWEEN = 1.0
_RECENT = 40

_ADVICE = {
    401: "Check MASTODON_ACCESS_TOKEN.",
    403: "The token needs the scopes read:accounts, read:statuses, write:statuses, write:media.",
    404: "Check MASTODON_URL.",
}


@dataclass(frozen=True, slots=True)
class MastodonChannel:
    """Posts a status with the cover. The server drops a second one by its key for an hour.

    After that, or before a post is tried again, the account's latest statuses are looked through
    for one that begins with the article's title.
    """

    name: ClassVar[str] = "mastodon"

    api: ChannelApi
    visibility: str = "public"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Post to MASTODON_URL with MASTODON_ACCESS_TOKEN.

        Raises:
            ConfigurationError: One of the two is missing.
        """
        url, token = required(settings, cls.name, "mastodon_url", "mastodon_access_token")
        api = ChannelApi(
            "Mastodon",
            url,
            "MASTODON_URL",
            headers={"Authorization": f"Bearer {token}"},
            secrets=(token,),
            advice=_ADVICE,
            wait_of=_wait,
        )
        return cls(api, settings.mastodon_visibility)

    def publish(self, post: Post) -> Receipt:
        """Upload the cover and post the status.

        Raises:
            PublishError: Mastodon refused it, or did not answer.
        """
        status: dict[str, Any] = self._status(post)
        media_id = self._media(post)
        if media_id is not None:
            status["media_ids"] = [media_id]
        headers = {"Idempotency-Key": post.idempotency_key} if post.idempotency_key else {}
        post.confirm()
        return self._receipt(
            self.api.fetch("POST", "/api/v1/statuses", json=status, headers=headers)
        )

    def find(self, article: Article) -> Receipt | None:
        """Look through the account's latest statuses.

        Raises:
            PublishError: Mastodon refused to tell, or did not answer.
        """
        title = _without_mentions(one_line(article.title, limit=LONGEST_TITLE))
        account = self.api.fetch("GET", "/api/v1/accounts/verify_credentials")
        if not isinstance(account, dict):
            raise self.api.not_understood("it contains no account")
        statuses = self.api.fetch(
            "GET",
            f"/api/v1/accounts/{account.get('id')}/statuses",
            params={"limit": _RECENT, "exclude_replies": True, "exclude_reblogs": True},
        )
        if not isinstance(statuses, list):
            raise self.api.not_understood("it is not a list of statuses")
        for status in statuses:
            match status:
                case {"content": str(content)}:
                    text = plain_text(content)
                    if text == title or text.startswith(f"{title}\n"):
                        return self._receipt(status)
        return None

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the status; its cover by the file's name."""
        shown = self._status(post)
        if post.cover is not None:
            shown["media"] = post.cover.name
        return shown

    def _status(self, post: Post) -> dict[str, JsonValue]:
        told = Announcement.of(post)
        status: dict[str, JsonValue] = {
            "status": _without_mentions(told.as_text(LONGEST_STATUS, measure=_length)),
            "visibility": self.visibility,
        }
        if told.language:
            status["language"] = told.language
        return status

    def _media(self, post: Post) -> str | None:
        cover, api = post.cover, self.api
        if cover is None:
            return None
        described = {"description": fitted(cover.alt, LONGEST_DESCRIPTION)}
        answer = api.call("POST", "/api/v2/media", data=described, files={"file": cover.as_file})
        media = answer.json()
        if not isinstance(media, dict) or not isinstance(media.get("id"), str):
            raise api.not_understood("it contains no upload")
        media_id: str = media["id"]
        tries = _TRIES
        # A large one is taken at once and is ready later.
        while answer.status in (202, 206):
            if not tries:
                raise PublishError(
                    "Mastodon has the cover and is still not done with it. Resume the run later.",
                    kind=ErrorKind.TRANSIENT,
                )
            time.sleep(_SECONDS_BETWEEN)
            tries -= 1
            answer = api.call("GET", f"/api/v1/media/{media_id}")
        return media_id

    def _receipt(self, status: Any) -> Receipt:
        match status:
            case {"id": str(status_id)}:
                url = status.get("url")
                return Receipt(url=url if isinstance(url, str) else None, external_id=status_id)
        raise self.api.not_understood("it contains no status")


def _without_mentions(text: str) -> str:
    """Keep an article from calling people: an invisible space parts them from the sign."""
    return _MENTION.sub("@\u200b", text)


def _length(text: str) -> int:
    """Count as Mastodon does: by characters, and every link as long as any other."""
    return len(_LINK.sub("x" * LENGTH_OF_A_LINK, _without_mentions(text)))


def _wait(answer: Answer) -> datetime | None:
    """Read when the limit ends, which Mastodon writes as a date of ISO 8601."""
    if answer.status == 429:
        try:
            return datetime.fromisoformat(answer.headers.get("x-ratelimit-reset", ""))
        except ValueError:
            pass
    return wait_in_header(answer)
