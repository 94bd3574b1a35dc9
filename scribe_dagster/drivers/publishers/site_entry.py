"""What the site keeps of an article: the public part, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Self
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from scribe_dagster.domain.article import Article
from scribe_dagster.domain.draft import EXTRACT
from scribe_dagster.domain.redaction import redact
from scribe_dagster.domain.text import StorableText
from scribe_dagster.domain.value import Value

FileName = Annotated[str, StringConstraints(pattern=r"^\w[\w.\-]*$", max_length=200)]
"""One path component, neither hidden nor able to lead elsewhere."""

_LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
_SLASH = re.compile(r"[/\\]")
_NOT_IN_A_HOST = re.compile(r"[^\w.:\[\]\-]")
_IN_A_URL = "/:;=&?~#+!$,@()*[]%'"


class CoverRendition(Value):
    """The cover, narrower, in a file beside it."""

    file: FileName
    width: int = Field(ge=1)


class Cover(Value):
    """The article's image, a file in the site's ``images`` folder."""

    file: FileName
    media_type: StorableText
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    size: int = Field(ge=1, description="Bytes.")
    alt: StorableText = ""
    made_by: StorableText = ""
    renditions: tuple[CoverRendition, ...] = ()


class Credit(Value):
    """Whom an article is owed to. ``url`` is None where the source is not on the web.

    ``author`` is who wrote the source, and never the author of what was made of it.
    """

    name: StorableText
    url: StorableText | None = None
    author: StorableText | None = None

    @classmethod
    def of(cls, article: Article) -> Self:
        """Credit an article's source without giving away what is not public.

        A link keeps no user name, no password and no query that holds a credential; of a local
        file only its own name is told, never its folder.
        """
        name, url = _public_source(article.source_url, article.source_name)
        return cls(name=name, url=url, author=article.author)


class SiteEntry(Value):
    """One article on the site, stored beside its page as JSON.

    The folder is meant to be copied to a web server, so an entry holds only what its page shows.
    Fields that a later version may add are ignored.
    """

    model_config = ConfigDict(extra="ignore")

    article_id: int
    slug: FileName
    title: StorableText
    content: StorableText = Field(description="HTML; not trusted, sanitised wherever rendered.")
    description: StorableText = ""
    meta_title: StorableText = ""
    meta_description: StorableText = ""
    category: StorableText | None = None
    tags: tuple[StorableText, ...] = ()
    language: StorableText | None = None
    credit: Credit
    written_by: StorableText
    cover: Cover | None = None
    published_at: AwareDatetime
    updated_at: AwareDatetime

    @classmethod
    def of(
        cls, article: Article, *, with_image: bool, with_renditions: Collection[str] = ()
    ) -> Self:
        """Take the public part of an article.

        Args:
            article: The article.
            with_image: Whether its image is at hand.
            with_renditions: Paths of those of the image's renditions that are.

        Raises:
            pydantic.ValidationError: The slug or the image's name cannot name a file.
        """
        return cls(
            article_id=article.id,
            slug=article.slug,
            title=article.title,
            content=article.content,
            description=article.description,
            meta_title=article.meta_title or article.title,
            meta_description=article.meta_description or article.description,
            category=article.category.name if article.category else None,
            tags=article.tags,
            language=_language_tag(article.language),
            credit=Credit.of(article),
            written_by=article.written_by,
            cover=_cover(article, with_renditions) if with_image else None,
            published_at=_in_utc(article.created_at),
            updated_at=_in_utc(article.created_at),
        )

    @property
    def is_extract(self) -> bool:
        """Whether nobody wrote it: it quotes its source."""
        return self.written_by == EXTRACT

    @property
    def topics(self) -> tuple[str, ...]:
        """Its category, if it has one, and its tags."""
        return (*filter(None, [self.category]), *self.tags)

    def succeeding(self, former: SiteEntry | None) -> SiteEntry:
        """Date this entry by its former state: updated now, unless it says the same."""
        if former is None:
            return self
        unchanged = former.evolve(updated_at=self.updated_at) == self
        return self.evolve(updated_at=former.updated_at if unchanged else datetime.now(UTC))


def _public_source(source_url: str, source_name: str | None) -> tuple[str, str | None]:
    try:
        parts = urlsplit(source_url.strip())
        host = parts.hostname or ""
    except ValueError:
        return source_name or "an unnamed source", None
    if parts.scheme in ("", "file") or len(parts.scheme) == 1:  # C:\ reads like a scheme
        file_name = PureWindowsPath(unquote(parts.path)).name
        # A name that is itself a path would give the folder away.
        named = source_name if source_name and not _SLASH.search(source_name) else None
        return named or file_name or "a local file", None
    netloc = parts.netloc.rpartition("@")[2]
    if parts.scheme not in ("http", "https") or not host or _NOT_IN_A_HOST.search(netloc):
        given = "a text handed in" if parts.scheme == "text" else "an unnamed source"
        return source_name or given, None
    path, query, fragment = (quote(part, safe=_IN_A_URL) for part in parts[2:])
    url = urlunsplit((parts.scheme, netloc, path, query, fragment))
    if redact(url) != url:
        url = urlunsplit((parts.scheme, netloc, path, "", ""))
    return source_name or host.removeprefix("www."), url


def _cover(article: Article, paths: Collection[str]) -> Cover | None:
    image = article.image
    if image is None:
        return None
    return Cover(
        file=PurePosixPath(image.path).name,
        media_type=image.media_type,
        width=image.width,
        height=image.height,
        size=image.size,
        alt=image.alt,
        made_by=image.made_by,
        renditions=tuple(
            CoverRendition(file=PurePosixPath(rendition.path).name, width=rendition.width)
            for rendition in image.renditions
            if rendition.path in paths
        ),
    )


def _language_tag(language: str | None) -> str | None:
    tag = (language or "").strip().replace("_", "-")
    return tag if _LANGUAGE_TAG.fullmatch(tag) else None


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
