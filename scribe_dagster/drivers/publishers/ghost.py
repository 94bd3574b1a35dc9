"""Ghost, by its Admin API and the key of a custom integration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.text import one_line, storable
from scribe_dagster.drivers.publishers.article_body import article_body
from scribe_dagster.drivers.publishers.channel_api import Answer, ChannelApi, kind_by_status
from scribe_dagster.drivers.publishers.cover import Cover
from scribe_dagster.drivers.publishers.ghost_key import GhostKey
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.errors import ErrorKind

LONGEST_EXCERPT = 300
LONGEST_TITLE = 255
LONGEST_ALT = 191
"""Characters that Ghost's columns hold."""

_PROTECTED = {"ghost", "rss", "amp"}
_ADVICE = {
    401: "Check GHOST_ADMIN_API_KEY: the Admin API key of a custom integration, and the clock.",
    403: "Check what the integration may do.",
    404: "Check GHOST_URL.",
    415: "Leave IMAGE_FORMAT at webp.",
}


@dataclass(frozen=True, slots=True)
class GhostChannel:
    """Writes one post an article, found again by its slug and brought up to date."""

    name: ClassVar[str] = "ghost"

    api: ChannelApi
    key: GhostKey
    status: str = "published"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Write to GHOST_URL with GHOST_ADMIN_API_KEY.

        Raises:
            ConfigurationError: One of the two is missing, or the key has no form of one.
        """
        url, key = required(settings, cls.name, "ghost_url", "ghost_admin_api_key")
        api = ChannelApi(
            "Ghost",
            f"{url}/ghost/api/admin",
            "GHOST_URL",
            headers={"Accept-Version": "v5.0"},
            secrets=(key, key.rpartition(":")[2]),
            advice=_ADVICE,
            kind_of=_kind,
        )
        return cls(api, GhostKey.parse(key), settings.ghost_status)

    def publish(self, post: Post) -> Receipt:
        """Create the article's post, or update the one that has its slug.

        Raises:
            PublishError: Ghost refused it, or did not answer.
        """
        slug = self._free_slug(post.article)
        fields: dict[str, Any] = self._fields(post.article) | {"slug": slug}
        existing = self._post_of(slug)
        if (cover := post.cover) is not None:
            fields["feature_image"] = _uploaded(cover, existing) or self._upload(cover)
            fields["feature_image_alt"] = one_line(cover.alt, limit=LONGEST_ALT)
        post.confirm()
        if existing is None:
            return self._receipt(self._write("POST", "/posts/", fields | {"status": self.status}))
        # Ghost refuses an update of what somebody has changed since it was read.
        fields["updated_at"] = existing.get("updated_at")
        if self.status == "published":
            fields["status"] = self.status
        return self._receipt(self._write("PUT", f"/posts/{existing.get('id')}/", fields))

    def find(self, article: Article) -> Receipt | None:
        """Return None: publishing looks for the post of the article's slug, and updates it.

        What Ghost tells of a post is not what it was given, so nobody can say whether the post
        is this article as it is now.
        """
        return None

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the post's fields; its cover by the file's name."""
        shown = self._fields(post.article) | {"status": self.status}
        if post.cover is not None:
            shown["feature_image"] = post.cover.name
        return shown

    def _fields(self, article: Article) -> dict[str, JsonValue]:
        names = [*([article.category.name] if article.category else []), *article.tags]
        return {
            "title": one_line(article.title, limit=LONGEST_TITLE),
            "slug": article.slug,
            "html": article_body(article),
            "custom_excerpt": one_line(article.description, limit=LONGEST_EXCERPT) or None,
            "meta_title": one_line(article.meta_title, limit=LONGEST_EXCERPT) or None,
            "meta_description": one_line(article.meta_description, limit=500) or None,
            # The first one is what Ghost shows as the section. It creates those it does not know.
            "tags": [{"name": storable(name)[:191]} for name in dict.fromkeys(names)],
        }

    def _free_slug(self, article: Article) -> str:
        """Return a slug that Ghost leaves as it is: a post that it has numbered is not found again.

        Pages and posts share their slugs. No slug of an article holds an underscore.
        """
        is_taken = article.slug in _PROTECTED or self._has_page(article.slug)
        return f"{article.slug}_{article.id}" if is_taken else article.slug

    def _has_page(self, slug: str) -> bool:
        answer = self._ask("GET", f"/pages/slug/{slug}/")
        if not answer.is_success and answer.status != 404:
            raise self.api.refusal(answer)
        return answer.is_success

    def _post_of(self, slug: str) -> dict[str, Any] | None:
        answer = self._ask("GET", f"/posts/slug/{slug}/")
        if answer.status == 404 and isinstance(answer.json(), dict):
            return None
        return self._post_in(answer)

    def _write(self, method: str, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        answer = self._ask(method, path, params={"source": "html"}, json={"posts": [fields]})
        return self._post_in(answer)

    def _upload(self, cover: Cover) -> str:
        answer = self._ask(
            "POST",
            "/images/upload/",
            data={"purpose": "image", "ref": cover.name},
            files={"file": cover.as_file},
        )
        if not answer.is_success:
            raise self.api.refusal(answer)
        match answer.json():
            case {"images": [{"url": str(url)}, *_]}:
                return url
        raise self.api.not_understood("it contains no image")

    def _ask(self, method: str, path: str, **content: Any) -> Answer:
        headers = {"Authorization": f"Ghost {self.key.token()}"}
        return self.api.ask(method, path, headers=headers, **content)

    def _post_in(self, answer: Answer) -> dict[str, Any]:
        if not answer.is_success:
            raise self.api.refusal(answer)
        match answer.json():
            case {"posts": [dict(post), *_]}:
                return post
        raise self.api.not_understood("it contains no post")

    def _receipt(self, post: dict[str, Any]) -> Receipt:
        # A draft has the address of a preview, which is for those who write.
        url = post.get("url") if post.get("status") == "published" else None
        post_id = post.get("id")
        return Receipt(
            url=url if isinstance(url, str) else None,
            external_id=post_id if isinstance(post_id, str) else None,
        )


def _uploaded(cover: Cover, post: dict[str, Any] | None) -> str | None:
    """Return the address of a post's cover if it is this image: files are named by their content.

    Ghost tells of no uploads, and numbers the second one of a name.
    """
    url = (post or {}).get("feature_image")
    stem, _, ending = cover.name.rpartition(".")
    file = rf"/{re.escape(stem)}(-\d+)?\.{re.escape(ending)}$"
    return url if isinstance(url, str) and re.search(file, url) else None


def _kind(answer: Answer) -> ErrorKind:
    # Somebody has saved the post between our reading and our writing: it can be read again.
    return ErrorKind.TRANSIENT if answer.status == 409 else kind_by_status(answer)
