"""The image model the GenerateImage stage asks."""

from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.drivers.images.protocol import ImageModel
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.resources.budget import BudgetedImageModel, Purse, is_budgeted
from scribe_dagster.resources.settings_resource import SettingsResource


class ImageModelResource(SettingsResource[ImageModel]):
    """An image model, chosen by AI_IMAGE_PROVIDER."""

    provider: str | None = Field(default=None, description="Overrides AI_IMAGE_PROVIDER.")

    def open(self, settings: Settings) -> ImageModel:
        """Load the provider's driver.

        Raises:
            UnknownPlugin: There is no such provider.
            ConfigurationError: Its key is missing.
        """
        name = self.provider or settings.ai_image_provider
        model: ImageModel = make(PluginGroup.IMAGE_MODELS, name, settings)
        if is_budgeted(model, settings):
            return BudgetedImageModel(model, Purse.from_settings(settings))
        return model
