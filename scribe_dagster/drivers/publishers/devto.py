"""DEV (dev.to), and other communities of Forem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.sanitise import sanitise_article
from scribe_dagster.domain.text import one_line, storable
from scribe_dagster.drivers.publishers.channel_api import ChannelApi
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required

LONGEST_TITLE = 128
MOST_TAGS = 4
LONGEST_TAG = 30
_PAGE = 100
_MOST_PAGES = 10
_NOT_IN_A_TAG = re.compile(r"[^a-z0-9]")

_ADVICE = {
    401: "Check DEVTO_API_KEY.",
    403: "Check what the account of DEVTO_API_KEY may do.",
    404: "Check DEVTO_URL.",
}


@dataclass(frozen=True, slots=True)
class DevtoChannel:
    """Writes one article, as Markdown; found again by its title, and brought up to date."""

    name: ClassVar[str] = "devto"

    api: ChannelApi
    published: bool = True

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Write as the owner of DEVTO_API_KEY.

        Raises:
            ConfigurationError: It is missing.
        """
        url, key = required(settings, cls.name, "devto_url", "devto_api_key")
        api = ChannelApi(
            "DEV",
            url,
            "DEVTO_URL",
            headers={"api-key": key, "Accept": "application/vnd.forem.api-v1+json"},
            secrets=(key,),
            advice=_ADVICE,
        )
        return cls(api, settings.devto_published)

    def publish(self, post: Post) -> Receipt:
        """Create the article; or update the one of its title, if it was sent here before.

        Raises:
            PublishError: DEV refused it, or did not answer.
        """
        fields: dict[str, Any] = dict(self.dry_run(post))
        existing = self._article_of(post.article) if post.was_sent_before else None
        post.confirm()
        if existing is None:
            return self._receipt(self.api.fetch("POST", "/api/articles", json={"article": fields}))
        # A draft that somebody has published stays so.
        if not self.published:
            del fields["published"]
        path = f"/api/articles/{self._receipt(existing).external_id}"
        return self._receipt(self.api.fetch("PUT", path, json={"article": fields}))

    def find(self, article: Article) -> Receipt | None:
        """Look for the article among the account's own, drafts included.

        One that says something else is to be brought up to date: publishing does no harm.

        Raises:
            PublishError: DEV refused to tell, or did not answer.
        """
        existing = self._article_of(article)
        if existing is None or existing.get("body_markdown") != _markdown(article.content):
            return None
        return self._receipt(existing)

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the article's fields."""
        article = post.article
        fields: dict[str, JsonValue] = {
            "title": _title(article),
            "body_markdown": _markdown(article.content),
            "published": self.published,
            "description": one_line(article.description, limit=150),
            "tags": _tags(article),
        }
        if post.link:
            fields["canonical_url"] = post.link
        return fields

    def _article_of(self, article: Article) -> dict[str, Any] | None:
        for page in range(1, _MOST_PAGES + 1):
            query = {"page": page, "per_page": _PAGE}
            found = self.api.fetch("GET", "/api/articles/me/all", params=query)
            if not isinstance(found, list):
                raise self.api.not_understood("it is not a list of articles")
            for one in found:
                if isinstance(one, dict) and one.get("title") == _title(article):
                    return one
            if len(found) < _PAGE:
                break
        return None

    def _receipt(self, article: Any) -> Receipt:
        match article:
            case {"id": int(article_id)}:
                # A draft has an address too, which only its author can open.
                url = article.get("url") if article.get("published_at") else None
                return Receipt(
                    url=url if isinstance(url, str) else None, external_id=str(article_id)
                )
        raise self.api.not_understood("it contains no article")


def _title(article: Article) -> str:
    return one_line(article.title, limit=LONGEST_TITLE)


def _markdown(html: str) -> str:
    """Write Markdown in which nothing is taken for Forem's own: no Liquid tag, no front matter."""
    from markdownify import markdownify

    text = markdownify(sanitise_article(storable(html)), heading_style="ATX").strip()
    text = text.replace("{%", "{&#37;").replace("{{", "{&#123;")
    return f"***{text[3:]}" if text.startswith("---") else text


def _tags(article: Article) -> list[JsonValue]:
    """Return tags as DEV takes them: four at most, short ones, of letters and digits."""
    named = (tag.lower().replace("++", "pp").replace("#", "sharp") for tag in article.tags)
    plain = (_NOT_IN_A_TAG.sub("", tag) for tag in named)
    kept: list[JsonValue] = [*dict.fromkeys(tag for tag in plain if 0 < len(tag) <= LONGEST_TAG)]
    return kept[:MOST_TAGS]
