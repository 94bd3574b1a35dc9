"""The text model the AiRewrite stage asks."""

from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.drivers.ai.protocol import TextModel
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.resources.settings_resource import SettingsResource


class TextModelResource(SettingsResource[TextModel]):
    """A text model, chosen by AI_PROVIDER."""

    provider: str | None = Field(default=None, description="Overrides AI_PROVIDER.")

    def open(self, settings: Settings) -> TextModel:
        """Load the provider's driver.

        Raises:
            UnknownPlugin: There is no such provider.
            ConfigurationError: Its key is missing.
        """
        name = self.provider or settings.ai_provider
        model: TextModel = make(PluginGroup.TEXT_MODELS, name, settings)
        return model
