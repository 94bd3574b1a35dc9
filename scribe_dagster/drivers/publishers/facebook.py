"""A Facebook page, by the Graph API and the page's access token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.text import one_line
from scribe_dagster.drivers.http_failure import failure_kind
from scribe_dagster.drivers.publishers.announcement import LONGEST_TITLE, Announcement
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi, wait_in_header
from scribe_dagster.drivers.publishers.cover import Cover
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.errors import ErrorKind

LONGEST_MESSAGE = 5_000
"""Characters: what people read; Facebook takes more."""

_RECENT = 25
# Codes by which Facebook says "later", whatever the status of its answer: unknown and service
# errors, and the limits of an application, a user, a page and a method.
_TRANSIENT_CODES = frozenset({1, 2, 4, 17, 32, 341, 368, 613, *range(80_000, 80_015)})

_MINUTES_TO_WAIT = re.compile(r'"estimated_time_to_regain_access"\s*:\s*(\d{1,5})\b')

_A_TOKEN = (
    "Check FACEBOOK_PAGE_ACCESS_TOKEN, which has to be the page's own, with "  # noqa: S105
    "pages_manage_posts and pages_read_engagement."
)
_ADVICE = {
    400: f"{_A_TOKEN} Check FACEBOOK_PAGE_ID as well.",
    401: _A_TOKEN,
    403: _A_TOKEN,
    404: "Check FACEBOOK_PAGE_ID and FACEBOOK_URL.",
}


@dataclass(frozen=True, slots=True)
class FacebookChannel:
    """Posts a link to the article's page; without one, the cover with the text, or the text.

    Before a post is tried again, the page's latest posts are looked through for one that begins
    with the article's title.
    """

    name: ClassVar[str] = "facebook"

    api: ChannelApi
    page_id: str

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Post to the page FACEBOOK_PAGE_ID with FACEBOOK_PAGE_ACCESS_TOKEN.

        Raises:
            ConfigurationError: One of the two is missing.
        """
        url, page_id, token = required(
            settings, cls.name, "facebook_url", "facebook_page_id", "facebook_page_access_token"
        )
        api = ChannelApi(
            "Facebook",
            url,
            "FACEBOOK_URL",
            headers={"Authorization": f"Bearer {token}"},
            secrets=(token,),
            advice=_ADVICE,
            kind_of=_kind,
            wait_of=_wait,
        )
        return cls(api, page_id)

    def publish(self, post: Post) -> Receipt:
        """Post to the page.

        Raises:
            PublishError: Facebook refused it, or did not answer.
        """
        fields, photo = _fields(post), _photo(post)
        post.confirm()
        if photo is None:
            return self._receipt(self.api.fetch("POST", f"/{self.page_id}/feed", data=fields))
        answer = self.api.fetch(
            "POST", f"/{self.page_id}/photos", data=fields, files={"source": photo.as_file}
        )
        return self._receipt(answer)

    def find(self, article: Article) -> Receipt | None:
        """Look through the page's latest posts.

        Raises:
            PublishError: Facebook refused to tell, or did not answer.
        """
        title = one_line(article.title, limit=LONGEST_TITLE)
        query: dict[str, str | int] = {"fields": "id,message", "limit": _RECENT}
        match self.api.fetch("GET", f"/{self.page_id}/posts", params=query):
            case {"data": [*posts]}:
                for post in posts:
                    match post:
                        # A post without words has no message at all.
                        case {"message": str(text)} if text.partition("\n")[0] == title:
                            return self._receipt(post)
                return None
        raise self.api.not_understood("it is not a list of posts")

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the call that would be made, and its fields."""
        photo = _photo(post)
        if photo is None:
            return {"call": "feed", **_fields(post)}
        return {"call": "photos", "source": photo.name, **_fields(post)}

    def _receipt(self, answer: Any) -> Receipt:
        match answer:
            # Of a photo the id is the picture's; the post it was made into has one of its own.
            case {"post_id": str(post_id)} | {"id": str(post_id)}:
                return Receipt(url=f"https://www.facebook.com/{post_id}", external_id=post_id)
        raise self.api.not_understood("it contains no post")


def _fields(post: Post) -> dict[str, str]:
    told = Announcement.of(post)
    if told.link:
        # The card below the text shows the page's own picture and address.
        return {"message": f"{told.title}\n\n{told.summary}".strip(), "link": told.link}
    return {"message": told.as_text(LONGEST_MESSAGE, short=False)}


def _photo(post: Post) -> Cover | None:
    # The card of a link shows the page's own.
    return None if post.link else post.cover


def _kind(answer: Answer) -> ErrorKind:
    match answer.json():
        case {"error": {"is_transient": True}}:
            return ErrorKind.TRANSIENT
        case {"error": {"code": int(code)}} if code in _TRANSIENT_CODES:
            return ErrorKind.TRANSIENT
    return failure_kind(answer.status)


def _wait(answer: Answer) -> datetime | None:
    """Read for how many minutes Facebook wants no more calls, if it is that which it complains of.

    It tells so of each of its limits, in a header of JSON; the longest is the one to wait for.
    """
    if _kind(answer) is not ErrorKind.TRANSIENT:
        return None
    usage = answer.headers.get("x-business-use-case-usage", "")
    minutes = max(map(int, _MINUTES_TO_WAIT.findall(usage)), default=0)
    if not minutes:
        return wait_in_header(answer)
    return datetime.now(UTC) + timedelta(minutes=minutes)
