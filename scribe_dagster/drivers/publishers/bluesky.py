"""Bluesky, by the AT Protocol and an app password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.drivers.publishers.announcement import Announcement, fitted
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi, wait_in_header
from scribe_dagster.drivers.publishers.cover import Cover
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required

LONGEST_TEXT = 300
"""Graphemes; counted as code points, of which there are never fewer."""

LONGEST_ALT = 1_000
LARGEST_BLOB = 1_000_000
"""Bytes."""

_POSTS = "app.bsky.feed.post"
_ADVICE = {
    401: "Check BLUESKY_HANDLE and BLUESKY_APP_PASSWORD (Settings > App passwords).",
    404: "Check BLUESKY_URL.",
}
_BASE32 = "234567abcdefghijklmnopqrstuvwxyz"
_CLOCK_IDS = 1_024


@dataclass(frozen=True, slots=True)
class _Session:
    did: str
    handle: str
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class BlueskyChannel:
    """Posts title and summary with a card of the article's page, or with the cover.

    The record's key is made of the article, so a second post is the first one.
    """

    name: ClassVar[str] = "bluesky"

    api: ChannelApi
    handle: str
    password: str = field(repr=False)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Post as BLUESKY_HANDLE with BLUESKY_APP_PASSWORD.

        Raises:
            ConfigurationError: One of the two is missing.
        """
        url, handle, password = required(
            settings, cls.name, "bluesky_url", "bluesky_handle", "bluesky_app_password"
        )
        api = ChannelApi(
            "Bluesky",
            f"{url}/xrpc",
            "BLUESKY_URL",
            secrets=(password,),
            advice=_ADVICE,
            wait_of=_wait,
        )
        return cls(api, handle.removeprefix("@"), password)

    def publish(self, post: Post) -> Receipt:
        """Upload the cover and write the record.

        Raises:
            PublishError: Bluesky refused it, or did not answer.
        """
        session = self._log_in()
        record = self._record(post)
        cover = post.cover_up_to(LARGEST_BLOB)
        if cover is not None:
            _place(self._upload(cover, session), record, cover)
        record["createdAt"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        key = _record_key(post.article)
        written = {"repo": session.did, "collection": _POSTS, "rkey": key, "record": record}
        post.confirm()
        match self.api.fetch(
            "POST", "/com.atproto.repo.putRecord", json=written, headers=session.headers
        ):
            case {"uri": str()}:
                return _receipt(session, key)
        raise self.api.not_understood("it contains no record")

    def find(self, article: Article) -> Receipt | None:
        """Look for the article's record.

        Raises:
            PublishError: Bluesky refused to tell, or did not answer.
        """
        session, key = self._log_in(), _record_key(article)
        answer = self.api.ask(
            "GET",
            "/com.atproto.repo.getRecord",
            params={"repo": session.did, "collection": _POSTS, "rkey": key},
            headers=session.headers,
        )
        match answer.json():
            case {"error": "RecordNotFound"}:
                return None
        if not answer.is_success:
            raise self.api.refusal(answer)
        return _receipt(session, key)

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the record; its cover by the file's name."""
        shown = self._record(post)
        if (cover := post.cover_up_to(LARGEST_BLOB)) is not None:
            shown["image"] = cover.name
        return shown

    def _record(self, post: Post) -> dict[str, Any]:
        told = Announcement.of(post)
        end = "" if told.link else f"\n\nSource: {told.credit.name}"
        title = fitted(told.title, LONGEST_TEXT - len(end), len)
        room = LONGEST_TEXT - len(f"{title}\n\n{end}")
        body = f"\n\n{fitted(told.summary, room, len)}" if room > 1 and told.summary else ""
        record: dict[str, Any] = {"$type": _POSTS, "text": f"{title}{body}{end}"}
        if told.language:
            record["langs"] = [told.language]
        if told.link:
            card = {"uri": told.link, "title": told.title, "description": told.summary}
            record["embed"] = {"$type": "app.bsky.embed.external", "external": card}
        return record

    def _log_in(self) -> _Session:
        login = {"identifier": self.handle, "password": self.password}
        match self.api.fetch("POST", "/com.atproto.server.createSession", json=login):
            case {"did": str(did), "accessJwt": str(token), **more}:
                headers = {"Authorization": f"Bearer {token}"}
                return _Session(did, str(more.get("handle") or self.handle), headers)
        raise self.api.not_understood("it contains no session")

    def _upload(self, cover: Cover, session: _Session) -> dict[str, Any]:
        headers = {**session.headers, "Content-Type": cover.media_type}
        match self.api.fetch(
            "POST", "/com.atproto.repo.uploadBlob", content=cover.data, headers=headers
        ):
            case {"blob": dict(blob)}:
                return blob
        raise self.api.not_understood("it contains no upload")


def _place(blob: dict[str, Any], record: dict[str, Any], cover: Cover) -> None:
    """Put the cover on the card of the page, or, without one, below the text."""
    if "embed" in record:
        record["embed"]["external"]["thumb"] = blob
        return
    shown = {
        "image": blob,
        "alt": fitted(cover.alt, LONGEST_ALT),
        "aspectRatio": {"width": cover.width, "height": cover.height},
    }
    record["embed"] = {"$type": "app.bsky.embed.images", "images": [shown]}


def _record_key(article: Article) -> str:
    """Return the article's timestamp identifier: its time in microseconds, and its number."""
    moment = article.created_at
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime(
        1970, 1, 1, tzinfo=UTC
    )
    micros = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
    number = micros * _CLOCK_IDS + article.id % _CLOCK_IDS
    return "".join(_BASE32[number >> shift & 31] for shift in range(60, -1, -5))


def _receipt(session: _Session, key: str) -> Receipt:
    return Receipt(
        url=f"https://bsky.app/profile/{session.handle}/post/{key}",
        external_id=f"at://{session.did}/{_POSTS}/{key}",
    )


def _wait(answer: Answer) -> datetime | None:
    reset = answer.headers.get("ratelimit-reset", "")
    if answer.status == 429 and reset.isdecimal() and len(reset) < 12:
        return datetime.fromtimestamp(int(reset), UTC)
    return wait_in_header(answer)
