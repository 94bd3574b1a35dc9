"""One image model after the other, until one of them draws."""

from __future__ import annotations

from dataclasses import replace
from typing import Self

from scribe_dagster.config import Settings
from scribe_dagster.drivers.fallback import Allowance, Fallback, make_choices, together
from scribe_dagster.drivers.images.protocol import GeneratedImage, ImageModel, ImageRequest
from scribe_dagster.drivers.registry import PluginGroup
from scribe_dagster.errors import ImageError


class FallbackImageModel(Fallback[ImageModel]):
    """Asks image models in order."""

    @classmethod
    def from_settings(cls, settings: Settings, allowance: Allowance | None = None) -> Self:
        """Make AI_IMAGE_PROVIDER and AI_IMAGE_FALLBACKS.

        Raises:
            UnknownPlugin: One of them is not installed.
            ConfigurationError: One of them lacks a key or a price, or takes no model's name.
        """
        choices = [settings.ai_image_provider, *settings.ai_image_fallbacks]
        return cls(make_choices(PluginGroup.IMAGE_MODELS, choices, settings), allowance)

    def generate(self, request: ImageRequest) -> GeneratedImage:
        """Return the first picture that one of the models draws.

        Raises:
            ImageError: All of them failed; the first one tells whether and when to resume.
            BudgetSpent: The first one may not be asked, and no other one drew.
        """
        image, used = self._ask_in_turn(
            lambda model, _: model.generate(request), failing=ImageError
        )
        return replace(image, usage=together(image.usage, used))


def choose_image_model(
    settings: Settings, provider: str | None = None, allowance: Allowance | None = None
) -> ImageModel:
    """Make the image model that the settings name, with those that stand in for it.

    Args:
        settings: AI_IMAGE_PROVIDER and AI_IMAGE_FALLBACKS, and what the drivers need.
        provider: Overrides AI_IMAGE_PROVIDER.
        allowance: What they may spend.

    Raises:
        UnknownPlugin: There is no such provider.
        ConfigurationError: A key is missing; or there is a budget, and no known price.
    """
    if provider is not None:
        settings = settings.model_copy(update={"ai_image_provider": provider})
    chosen = FallbackImageModel.from_settings(settings, allowance)
    return chosen if allowance or len(chosen.models) > 1 else chosen.models[0]
