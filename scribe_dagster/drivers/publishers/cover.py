"""An article's cover, as channels send it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Self

from scribe_dagster.domain.article import Article


@dataclass(frozen=True, slots=True)
class Cover:
    """The image of an article, with its data."""

    name: str
    """Of its file: the same for the same image, and another for any other."""
    data: bytes = field(repr=False)
    media_type: str
    alt: str
    """What it shows; where nobody has said, the title."""
    width: int
    height: int
    """Pixels."""

    @classmethod
    def of(cls, article: Article, data: bytes | None) -> Self | None:
        """Return the cover; None when the article has none, or its data is lost."""
        image = article.image
        if image is None or not data:
            return None
        return cls(
            name=PurePosixPath(image.path).name,
            data=data,
            media_type=image.media_type,
            alt=image.alt or article.title,
            width=image.width,
            height=image.height,
        )

    @property
    def as_file(self) -> tuple[str, bytes, str]:
        """As a form takes it: name, data, media type."""
        return self.name, self.data, self.media_type
