"""JSON Feed, versions 1 and 1.1 (https://www.jsonfeed.org/version/1.1/)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from scribe_dagster.drivers.sources.raw_entry import RawEntry, RawFeed


def _as_text(value: object) -> str | None:
    """Ids are often numbers; what is no text at all is as good as absent."""
    if isinstance(value, bool):
        return None
    return str(value) if isinstance(value, str | int | float) else None


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


_Text = Annotated[str | None, BeforeValidator(_as_text)]


class _Author(BaseModel):
    name: _Text = None


class _Item(BaseModel):
    id: _Text = None
    url: _Text = None
    external_url: _Text = None
    title: _Text = None
    content_html: _Text = None
    content_text: _Text = None
    summary: _Text = None
    image: _Text = None
    banner_image: _Text = None
    date_published: _Text = None
    date_modified: _Text = None
    language: _Text = None
    authors: Annotated[list[Any], BeforeValidator(_as_list)] = Field(default_factory=list)
    author: Any = None
    tags: Annotated[list[Any], BeforeValidator(_as_list)] = Field(default_factory=list)


class _JsonFeed(BaseModel):
    version: str = Field(pattern=r"jsonfeed\.org/version/")
    title: _Text = None
    language: _Text = None
    items: Annotated[list[Any], BeforeValidator(_as_list)] = Field(default_factory=list)


def read_json_feed(text: str) -> RawFeed | None:
    """Read a JSON Feed; None when it is none. What is wrong with a field costs that field only."""
    try:
        feed = _JsonFeed.model_validate(json.loads(text.lstrip("\ufeff")))
    except (ValueError, RecursionError):
        return None
    return RawFeed(
        title=feed.title,
        language=feed.language,
        entries=tuple(
            _entry(_Item.model_validate(item)) for item in feed.items if isinstance(item, dict)
        ),
    )


def _entry(item: _Item) -> RawEntry:
    text = item.content_text
    paragraphs = text and "".join(
        f"<p>{escape(part, quote=False)}</p>" for part in text.split("\n\n") if part.strip()
    )
    return RawEntry(
        id=item.id,
        url=item.url or item.external_url,
        title=item.title and escape(item.title, quote=False),
        author=_name_of(next(iter(item.authors), None)) or _name_of(item.author),
        published_at=_moment(item.date_published) or _moment(item.date_modified),
        language=item.language,
        content=item.content_html or paragraphs,
        summary=item.summary and escape(item.summary, quote=False),
        image_url=item.image or item.banner_image,
        tags=tuple(tag for tag in item.tags if isinstance(tag, str)),
    )


def _name_of(author: object) -> str | None:
    try:
        return _Author.model_validate(author).name
    except ValidationError:
        return None


def _moment(value: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if value else None
        if moment is not None and moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment and moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
