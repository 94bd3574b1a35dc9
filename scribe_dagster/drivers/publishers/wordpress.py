"""WordPress, by its REST API and an application password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar, Self

from pydantic import JsonValue

from scribe_dagster.config import Settings
from scribe_dagster.domain.article import Article
from scribe_dagster.domain.publication import Receipt
from scribe_dagster.domain.text import storable
from scribe_dagster.drivers.publishers.article_body import article_body
from scribe_dagster.drivers.publishers.cover import Cover
from scribe_dagster.drivers.publishers.protocol import Post
from scribe_dagster.drivers.publishers.required import required
from scribe_dagster.drivers.publishers.wordpress_api import WordPressApi

_TEXTS = ("title", "content", "excerpt")
_FOR_FEEDS = {"feed", "rdf", "rss", "rss2", "atom", "embed"}


@dataclass(frozen=True, slots=True)
class WordPressChannel:
    """Writes one post an article, found again by its slug and brought up to date.

    The cover becomes the featured image, the category and the tags are created where there are
    none of that name.
    """

    name: ClassVar[str] = "wordpress"

    api: WordPressApi
    status: str = "publish"

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Write to WORDPRESS_URL, as WORDPRESS_USERNAME with WORDPRESS_APP_PASSWORD.

        Raises:
            ConfigurationError: One of the three is missing.
        """
        url, user, password = required(
            settings, cls.name, "wordpress_url", "wordpress_username", "wordpress_app_password"
        )
        return cls(WordPressApi.open(url, user, password), settings.wordpress_status)

    def publish(self, post: Post) -> Receipt:
        """Create the article's post, or update the one that has its slug.

        Raises:
            PublishError: WordPress refused something, or did not answer.
        """
        article, api = post.article, self.api
        fields: dict[str, Any] = self._fields(article)
        if article.category:
            fields["categories"] = [api.term("categories", article.category.name)]
        if article.tags:
            tags = (api.term("tags", tag) for tag in article.tags)
            fields["tags"] = list(dict.fromkeys(tags))
        if (cover := post.cover) is not None:
            fields["featured_media"] = self._media(cover)
        existing = self._post_of(article)
        post.confirm()
        if existing is None:
            return _receipt(api, api.fetch("POST", "posts", json=fields | {"status": self.status}))
        # What an editor has made of its status stays, unless it is to be public now.
        if self.status == "publish":
            fields["status"] = self.status
        return _receipt(api, api.fetch("POST", f"posts/{api.id_of(existing)}", json=fields))

    def find(self, article: Article) -> Receipt | None:
        """Look for a post with the article's slug that says what the article says.

        One that says something else is to be brought up to date: publishing does no harm.

        Raises:
            PublishError: WordPress refused to tell, or did not answer.
        """
        existing, fields = self._post_of(article), self._fields(article)
        if existing is None or any(_raw(existing, name) != fields[name] for name in _TEXTS):
            return None
        return _receipt(self.api, existing)

    def dry_run(self, post: Post) -> Mapping[str, JsonValue]:
        """Show the fields of the post; its terms and its cover by name."""
        article = post.article
        shown: dict[str, JsonValue] = {**self._fields(article), "status": self.status}
        if article.category:
            shown["categories"] = [article.category.name]
        if article.tags:
            shown["tags"] = list(article.tags)
        if post.cover is not None:
            shown["featured_media"] = post.cover.name
        return shown

    def _fields(self, article: Article) -> dict[str, JsonValue]:
        return {
            # WordPress takes all three for HTML, and shows an editor's as they are.
            "title": escape(storable(article.title), quote=False),
            "content": _without_shortcodes(article_body(article)),
            "excerpt": escape(storable(article.description), quote=False),
            "slug": _slug(article),
        }

    def _post_of(self, article: Article) -> dict[str, Any] | None:
        # Drafts are told to those only who ask for them, and texts as written to those who edit.
        return self.api.first("posts", slug=_slug(article), status="any", context="edit")

    def _media(self, cover: Cover) -> int:
        """Upload the cover, once: its file is named by its content."""
        api, slug = self.api, f"scribe-{cover.name.partition('.')[0]}"
        media = api.first("media", slug=slug) or api.fetch(
            "POST",
            "media",
            content=cover.data,
            headers={
                "Content-Type": cover.media_type,
                "Content-Disposition": f'attachment; filename="scribe-{cover.name}"',
            },
        )
        media_id = api.id_of(media)
        alt = storable(cover.alt)
        if media.get("alt_text") != alt:
            api.fetch("POST", f"media/{media_id}", json={"alt_text": alt})
        return media_id


def _slug(article: Article) -> str:
    """Return a slug that WordPress leaves as it is: a post that it has numbered is not found again.

    It keeps numbers for its archives, and a few names for its feeds. No slug of an article holds
    an underscore.
    """
    is_kept = article.slug.isdecimal() or article.slug in _FOR_FEEDS
    return f"{article.slug}_{article.id}" if is_kept else article.slug


def _without_shortcodes(html: str) -> str:
    """Write the sign that begins a shortcode as a character: a stranger's text may hold one."""
    return html.replace("[", "&#091;")


def _raw(post: dict[str, Any], name: str) -> object:
    text = post.get(name)
    return text.get("raw") if isinstance(text, dict) else text


def _receipt(api: WordPressApi, post: dict[str, Any]) -> Receipt:
    link = post.get("link") if post.get("status") == "publish" else None
    return Receipt(url=link if isinstance(link, str) else None, external_id=str(api.id_of(post)))
