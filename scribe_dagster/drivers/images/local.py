"""Covers drawn on this machine: no key, no network, no cost."""

from __future__ import annotations

from typing import ClassVar, Self

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageRequest


class LocalImageModel:
    """Draws a 1200 by 630 pixel cover from title, category and site name.

    It is a drawing, not a model: the same request always gives the same bytes. A title in a script
    its fonts lack is left off the cover.
    """

    name: ClassVar[str] = "local"
    is_free: ClassVar[bool] = True

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the renderer; it needs no setting."""
        return cls()

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """Draw the cover, as PNG. The prompt is not used."""
        from scribe_dagster.drivers.images.cover import draw_cover

        data = draw_cover(
            title=request.title, category=request.category, site_name=request.site_name
        )
        return GeneratedImage(data=data, made_by="local (drawn from the title)")
