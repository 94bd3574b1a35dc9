"""An image kept in the image store."""

from __future__ import annotations

from pydantic import Field

from scribe_dagster.domain.text import StorableText
from scribe_dagster.domain.value import Value


class Rendition(Value):
    """The same picture, narrower: for screens that need no more."""

    path: str = Field(description="Path within the store, such as articles/abc123.webp.")
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    size: int = Field(ge=1, description="Bytes.")


class StoredImage(Value):
    """A file in the image store. Its path is named by its content, so it never changes."""

    path: str = Field(description="Path within the store, such as articles/abc123.webp.")
    media_type: str
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    size: int = Field(ge=1, description="Bytes.")
    alt: StorableText = ""
    made_by: StorableText = ""
    renditions: tuple[Rendition, ...] = Field(
        (), description="Narrower ones of the same media type, the narrowest first."
    )
