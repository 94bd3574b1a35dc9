"""The channels the Publish stage sends to."""

from collections.abc import Sequence

from pydantic import Field

from scribe_dagster.config import Settings
from scribe_dagster.drivers.publishers.dry_run import DryRun
from scribe_dagster.drivers.publishers.protocol import Channel
from scribe_dagster.drivers.registry import PluginGroup, make
from scribe_dagster.resources.settings_resource import SettingsResource


class ChannelsResource(SettingsResource[Sequence[Channel]]):
    """Channels, chosen by PUBLISHER_CHANNELS; behind a DryRun each, with PUBLISHER_DRY_RUN."""

    names: list[str] | None = Field(default=None, description="Overrides PUBLISHER_CHANNELS.")

    def open(self, settings: Settings) -> Sequence[Channel]:
        """Load every channel's driver, each once, in the order given.

        Raises:
            UnknownPlugin: There is no such channel.
            ConfigurationError: A channel lacks a setting.
        """
        names = settings.publisher_channels if self.names is None else self.names
        channels = [make(PluginGroup.CHANNELS, name, settings) for name in dict.fromkeys(names)]
        # A dry run lacks no setting that the real one would not lack as well.
        return tuple(map(DryRun, channels) if settings.publisher_dry_run else channels)
