"""The image model the GenerateImage stage asks."""

from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.db.budget import Budget
from scribe_dagster.drivers.images.fallback import choose_image_model
from scribe_dagster.drivers.images.protocol import ImageModel
from scribe_dagster.resources.settings_resource import SettingsResource


class ImageModelResource(SettingsResource[ImageModel]):
    """An image model, chosen by AI_IMAGE_PROVIDER, and those of AI_IMAGE_FALLBACKS."""

    provider: str | None = Field(default=None, description="Overrides AI_IMAGE_PROVIDER.")

    def open(self, settings: Settings) -> ImageModel:
        """Load the providers' drivers.

        Raises:
            UnknownPlugin: There is no such provider.
            ConfigurationError: Its key is missing.
        """
        return choose_image_model(settings, self.provider, Budget.from_settings(settings))
