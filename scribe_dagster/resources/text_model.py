"""The text model the AiRewrite stage asks."""

from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.db.budget import Budget
from scribe_dagster.drivers.ai.fallback import choose_text_model
from scribe_dagster.drivers.ai.protocol import TextModel
from scribe_dagster.resources.settings_resource import SettingsResource


class TextModelResource(SettingsResource[TextModel]):
    """A text model, chosen by AI_PROVIDER, and those of AI_FALLBACKS that stand in for it."""

    provider: str | None = Field(default=None, description="Overrides AI_PROVIDER.")

    def open(self, settings: Settings) -> TextModel:
        """Load the providers' drivers.

        Raises:
            UnknownPlugin: There is no such provider.
            ConfigurationError: A key is missing.
        """
        return choose_text_model(settings, self.provider, Budget.from_settings(settings))
