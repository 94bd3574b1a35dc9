"""Blogger, by its API and a service account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.text import one_line, storable
from scribe_dagster.drivers.http_failure import failure_kind
from scribe_dagster.drivers.publishers.article_body import article_body
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi
from scribe_dagster.drivers.publishers.google_account import GoogleAccount
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.errors import ErrorKind

LONGEST_TITLE = 250
LONGEST_LABELS = 200
"""Characters of all labels together."""

_SCOPE = "https://www.googleapis.com/auth/blogger"
_RECENT = 100
_LATER = ("rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded", "backendError")
_ADVICE = {
    401: "Check BLOGGER_SERVICE_ACCOUNT.",
    403: "The service account acts for BLOGGER_SUBJECT, who must be an author of the blog.",
    404: "Check BLOGGER_BLOG_ID and BLOGGER_URL.",
}


@dataclass(frozen=True, slots=True)
class BloggerChannel:
    """Writes one post, found again by its title among the latest, and brought up to date."""

    name: ClassVar[str] = "blogger"

    api: ChannelApi
    account: GoogleAccount
    draft: bool = False

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Write to the blog BLOGGER_BLOG_ID with BLOGGER_SERVICE_ACCOUNT.

        Raises:
            ConfigurationError: One of the two is missing, or the key is none.
        """
        url, blog_id, key = required(
            settings, cls.name, "blogger_url", "blogger_blog_id", "blogger_service_account"
        )
        account = GoogleAccount.parse(
            key, "BLOGGER_SERVICE_ACCOUNT", scope=_SCOPE, subject=settings.blogger_subject
        )
        api = ChannelApi(
            "Blogger",
            f"{url}/blogs/{blog_id}/posts",
            "BLOGGER_URL",
            secrets=(account.key["private_key"],),
            advice=_ADVICE,
            kind_of=_kind,
        )
        return cls(api, account, settings.blogger_draft)

    def publish(self, post: Post) -> Receipt:
        """Create the article's post; or update the one of its title, if it was sent here before.

        Raises:
            PublishError: Blogger refused it, or did not answer.
        """
        headers = {"Authorization": f"Bearer {self.account.token()}"}
        fields = _fields(post.article)
        existing = self._post_of(post.article, headers) if post.was_sent_before else None
        post.confirm()
        if existing is None:
            draft = str(self.draft).lower()
            answer = self.api.fetch("POST", json=fields, params={"isDraft": draft}, headers=headers)
            return self._receipt(answer)
        # A draft that somebody has published stays so.
        publish = {} if self.draft else {"publish": "true"}
        path = f"/{existing.external_id}"
        return self._receipt(
            self.api.fetch("PUT", path, json=fields, params=publish, headers=headers)
        )

    def find(self, article: Article) -> Receipt | None:
        """Return None: publishing looks for the post of the article's title, and updates it."""
        return None

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the post's fields."""
        return {**_fields(post.article), "isDraft": self.draft}

    def _post_of(self, article: Article, headers: dict[str, str]) -> Receipt | None:
        query: dict[str, Any] = {"status": ["LIVE", "DRAFT"], "view": "AUTHOR"}
        query |= {"maxResults": _RECENT, "fetchBodies": "false"}
        title = unescape(_title(article))
        found = self.api.fetch("GET", params=query, headers=headers)
        if not isinstance(found, dict):
            raise self.api.not_understood("it is not a list of posts")
        match found.get("items", []):
            case [*posts]:
                for post in posts:
                    if isinstance(post, dict) and unescape(str(post.get("title"))) == title:
                        return self._receipt(post)
        return None

    def _receipt(self, post: Any) -> Receipt:
        match post:
            case {"id": str(post_id)}:
                # A draft has no address that readers can open.
                url = post.get("url") if post.get("status") != "DRAFT" else None
                return Receipt(url=url if isinstance(url, str) else None, external_id=post_id)
        raise self.api.not_understood("it contains no post")


def _fields(article: Article) -> dict[str, JsonValue]:
    return {
        "title": _title(article),
        "content": article_body(article),
        "labels": _labels(article),
    }


def _title(article: Article) -> str:
    # Themes print it as it is: a tag in it would be one.
    return one_line(article.title, limit=LONGEST_TITLE).replace("<", "&lt;")


def _labels(article: Article) -> list[JsonValue]:
    """Return category and tags as Blogger takes them: no comma in any, and 200 characters."""
    names = [*([article.category.name] if article.category else []), *article.tags]
    kept: list[JsonValue] = []
    room = LONGEST_LABELS
    for name in dict.fromkeys(" ".join(storable(name).replace(",", " ").split()) for name in names):
        room -= len(name) + 1
        if name and room >= 0:
            kept.append(name)
    return kept


def _kind(answer: Answer) -> ErrorKind:
    text = answer.body.decode(errors="replace")
    if answer.status == 403 and any(f'"{reason}"' in text for reason in _LATER):
        return ErrorKind.TRANSIENT
    return failure_kind(answer.status)
