"""What an image model must do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, Self

from scribe_dagster.config import Settings
from scribe_dagster.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """What the cover is for. A model uses ``prompt``; a renderer uses title and category."""

    prompt: str
    title: str
    category: str | None = None
    site_name: str | None = None
    alt: str = ""
    """What a picture made from the prompt shows, for those who cannot see it."""
    lead_url: str | None = None
    """Address of the picture that the page names as its own; a stranger's."""


@dataclass(frozen=True, slots=True)
class GeneratedImage:
    """Encoded image data, as it came from the model."""

    data: bytes
    made_by: str
    """Provider and model, for people to read."""
    usage: Usage | None = None
    alt: str = ""
    """What it shows, if the request's words are true of it; empty where nobody knows."""


class ImageModel(Protocol):
    """Draws covers. Registered in the group ``scribe_dagster.image_models``.

    A driver may have three attributes more: ``model_setting``, the field of ``Settings`` that names
    its model, which AI_IMAGE_FALLBACKS may then override; ``is_free``, true where no budget need be
    asked; and ``is_unpriced``, true where somebody charges and nobody knows how much.
    """

    name: ClassVar[str]

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Make the model's client. Must be cheap: no connection, no heavy import.

        Raises:
            ConfigurationError: A key or another setting it cannot do without is missing.
        """
        ...

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """Draw one cover.

        Raises:
            ImageError: No usable image; one call, never retried here.
        """
        ...
