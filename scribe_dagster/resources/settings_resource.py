"""A resource that is made from settings."""

from abc import abstractmethod
from typing import Generic, TypeVar

from dagster import ConfigurableResource, InitResourceContext

from scribe_dagster.config import Settings

T = TypeVar("T")


class SettingsResource(ConfigurableResource[T], Generic[T]):
    """The base of our resources: opened from settings, by Dagster or by ContentPipeline.

    Under Dagster the settings are read from the environment when the run starts, never when the
    definitions are loaded. Keys stay out of the resource's own configuration, which Dagster
    stores and shows.
    """

    @abstractmethod
    def open(self, settings: Settings) -> T:
        """Make what stages are given. Cheap: no connection, no heavy import.

        Raises:
            ConfigurationError: A setting is missing or wrong.
        """

    def create_resource(self, context: InitResourceContext) -> T:
        """Open with the settings of the environment, as Dagster asks at the start of a run."""
        return self.open(Settings.load())
