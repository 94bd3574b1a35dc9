"""The channels the Publish stage sends to."""

from collections.abc import Sequence

from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.drivers.publishers.protocol import Channel
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.resources.settings_resource import SettingsResource


class ChannelsResource(SettingsResource[Sequence[Channel]]):
    """Channels, chosen by PUBLISHER_CHANNELS."""

    names: list[str] | None = Field(default=None, description="Overrides PUBLISHER_CHANNELS.")

    def open(self, settings: Settings) -> Sequence[Channel]:
        """Load every channel's driver, each once, in the order given.

        Raises:
            UnknownPlugin: There is no such channel.
            ConfigurationError: A channel lacks a setting.
        """
        names = settings.publisher_channels if self.names is None else self.names
        return tuple(make(PluginGroup.CHANNELS, name, settings) for name in dict.fromkeys(names))
